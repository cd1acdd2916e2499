import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SageMakerClient, UpdateModelPackageCommand } from "@aws-sdk/client-sagemaker";
import { openCloud } from "@sagewright/local";
import { cli, jobPython, scratchFolders } from "../support/cli";
import { customers, type ErrorDocument, tiny, tinyProduct } from "../support/tiny-product";

/** Champion and challenger on the same test rows: who passes, who is refused, and that scikit-learn finds the same. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
let cwd: string;
let strong: string;
let paired: Record<string, number | string>;
let challenger: Shown;

const here = (...words: string[]) => cli(words, { cwd });
const json = async <T>(...words: string[]) => (await here(...words, "--json")).json<T>();
const run = async (...more: string[]) => expect((await here("run", tiny, ...more)).code).toBe(0);
const object = (uri: string) => join(cwd, ".sagewright/objects", uri.replace("s3://", ""));
const pipeline = () => join(cwd, "pipelines", tiny, "pipeline.ts");

beforeAll(async () => {
  cwd = newFolder();
  await tinyProduct(cwd, 2_000);
  strong = readFileSync(pipeline(), "utf8");
  await run();
});

interface Review {
  passed: boolean;
  champion?: string;
  comparison?: Record<string, number | string>;
  problems: { code: string }[];
}

interface Approval {
  forced: boolean;
  review: Review;
}

interface Shown {
  approval: string;
  approvalReason: string;
  modelDataUrl: string;
  metadata: Record<string, string>;
  decision: { by: string; gate: string };
}

interface Lineage {
  kind: string;
  name: string;
  sha256?: string;
  from: Lineage[];
}

function flat(node: Lineage): Lineage[] {
  return [node, ...node.from.flatMap(flat)];
}

/** As a person does in AWS's console. */
async function approveElsewhere(version: number): Promise<void> {
  const cloud = await openCloud({ stateDir: join(cwd, ".sagewright") });
  const client = new SageMakerClient(cloud.clientConfig());
  const ModelPackageArn = `arn:aws:sagemaker:us-east-1:000000000000:model-package/${tiny}/${version}`;
  await client.send(new UpdateModelPackageCommand({ ModelPackageArn, ModelApprovalStatus: "Approved" }));
  await cloud.close();
}

test("the first version passes by itself; who approved it, when and why stays", async () => {
  const first = await json<Approval>("models", "approve", "1", "--reason", "the first, reviewed", "--by", "anna");
  expect(first).toMatchObject({ forced: false, review: { passed: true, problems: [] } });
  expect(first.review).not.toHaveProperty("champion");
  expect(await json<Shown>("models", "show", "1")).toMatchObject({
    approval: "Approved",
    approvalReason: "the first, reviewed",
    decision: { by: "anna", gate: "passed" },
  });
});

test("a weaker challenger is refused with both figures, and goes past the gate with a reason only", async () => {
  const weak = strong.replace("integer(3, 4)", "integer(1, 2)").replace("integer(10, 12)", "integer(1, 2)");
  expect(weak).not.toBe(strong);
  writeFileSync(pipeline(), weak);
  await run();
  const refused = await here("models", "approve", "2", "--json");
  const { error } = refused.json<ErrorDocument & { error: { facts: { review: Review } } }>();
  expect({ code: refused.code, error }).toMatchObject({
    code: 4,
    error: { code: "gate_not_met", exitCode: 4, subject: "tiny/2" },
  });
  expect(error.why).toMatch(
    /tiny\/2 has ROC AUC 0\.\d{4} \(minimum 0\.\d+\)\ntiny\/1 has 0\.\d{4} on the same 30\d test rows \(both were judged on it\)\ndifference -0\.\d{4}, 95 % interval -0\.\d{4} to [+-]0\.\d{4}, p /,
  );
  expect(error.facts.review.problems).toMatchObject([{ code: "worse_than_champion" }]);
  expect((await json<Shown>("models", "show", "2")).approval).toBe("PendingManualApproval");
  expect((await here("models", "approve", "2", "--force")).code).toBe(2);
  const forced = await json<Approval>("models", "approve", "2", "--force", "--reason", 'tiny/1 "leaks"');
  expect(forced).toMatchObject({ forced: true, review: { passed: false } });
  expect(await json<Shown>("models", "show", "2")).toMatchObject({
    approval: "Approved",
    approvalReason: 'tiny/1 "leaks"',
    decision: { gate: "forced" },
    metadata: { gate_champion: "tiny/1" },
  });
  await here("models", "reject", "2", "--reason", "too weak after all");
  expect((await json<Shown>("models", "show", "2")).metadata).not.toHaveProperty("gate_champion");

  // Approved by another tool, which knows of no gate: judged before it is deployed.
  await approveElsewhere(2);
  const deployed = await here("deploy", `${tiny}/2`, "--json");
  expect(deployed.json<ErrorDocument>().error).toMatchObject({
    code: "gate_not_met",
    exitCode: 4,
  });
  expect((await here("endpoints", "list")).stdout).toContain("Nothing is deployed here");
  await here("models", "reject", "2", "--reason", "too weak after all");
});

test("on other test data the champion is asked again, and scikit-learn finds the same", async () => {
  writeFileSync(pipeline(), strong);
  writeFileSync(join(cwd, "more.csv"), `${customers(3_000).join("\n")}\n`);
  await run("--data", "more.csv");
  ({ paired } = await json<{ paired: Record<string, number | string> }>("models", "compare", "1", "3"));
  expect(paired).toMatchObject({ basis: "rescored" });
  const approved = await json<Approval>("models", "approve", "3", "--force", "--reason", "whatever it says");
  expect(approved.review).toMatchObject({ champion: "tiny/1", comparison: paired });
  const champion = await json<Shown>("models", "show", "1");
  challenger = await json<Shown>("models", "show", "3");
  const answers = execFileSync(jobPython, [
    join(__dirname, "promotion.py"),
    object(champion.modelDataUrl),
    object(challenger.modelDataUrl),
    object(`${challenger.metadata.test_data}/test.csv`),
    "churn",
  ]).toString();
  for (const [name, theirs] of Object.entries(JSON.parse(answers) as Record<string, number>))
    expect({ name, ours: approved.review.comparison?.[name] }).toEqual({ name, ours: expect.closeTo(theirs, 9) });
});

test("lineage leads from a version to the bytes of the file, by the file's own digest", async () => {
  const lineage = await json<Lineage>("models", "lineage", "3");
  const [data, ...others] = flat(lineage).filter(({ kind }) => kind === "data");
  expect(others).toEqual([]);
  expect(data).toMatchObject({
    name: "more.csv",
    sha256: createHash("sha256")
      .update(readFileSync(join(cwd, "more.csv")))
      .digest("hex"),
  });
  const kinds = new Set(flat(lineage).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual([
    "code",
    "contract",
    "data",
    "model-package",
    "pipeline-execution",
    "processing-job",
    "training-job",
    "tuning-job",
  ]);
  expect((await here("models", "lineage")).code).toBe(2);
  expect((await here("models", "lineage", "--endpoint", tiny, "--json")).json()).toMatchObject({
    error: { code: "endpoint_not_found" },
  });
});

test("state: verified, backed up, damaged, brought back", async () => {
  expect((await json<{ damaged: object[] }>("state", "verify")).damaged).toEqual([]);
  expect((await here("state", "backup", "../promotion-state.tgz")).code).toBe(0);
  rmSync(object(`${challenger.metadata.test_data}/test.csv`));
  writeFileSync(object(challenger.modelDataUrl), "not a model");
  const damaged = await here("state", "verify");
  expect({ code: damaged.code, stdout: damaged.stdout }).toEqual({
    code: 3,
    stdout: expect.stringMatching(/✗ s3:.+object_changed\n[\s\S]*2 damages\n/),
  });
  expect((await here("state", "restore", "../promotion-state.tgz")).code).toBe(5);
  expect((await here("state", "restore", "../promotion-state.tgz", "--force")).code).toBe(0);
  const again = await json<{ paired: Record<string, number | string> }>("models", "compare", "1", "3");
  expect(again.paired).toEqual(paired);
});
