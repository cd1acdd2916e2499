import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, jobPython, scratchFolders } from "../support/cli";
import { customers, type ErrorDocument, tiny, tinyProduct } from "../support/tiny-product";

/** Champion and challenger on the same test rows: who passes, who is refused, and that scikit-learn finds the same. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();

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

test("a challenger passes, is refused with both figures, or goes past the gate with a reason; as scikit-learn finds", async () => {
  const cwd = newFolder();
  await tinyProduct(cwd, 2_000);
  const here = (...words: string[]) => cli(words, { cwd });
  const json = async <T>(...words: string[]) => (await here(...words, "--json")).json<T>();
  const run = async (...more: string[]) => expect((await here("run", tiny, ...more)).code).toBe(0);
  const file = (uri: string) => join(cwd, ".sagewright/objects", uri.replace("s3://", ""));

  await run();
  const first = await json<Approval>("models", "approve", "1", "--reason", "the first, reviewed", "--by", "anna");
  expect(first).toMatchObject({ forced: false, review: { passed: true, problems: [] } });
  expect(first.review).not.toHaveProperty("champion");
  expect(await json<Shown>("models", "show", "1")).toMatchObject({
    approval: "Approved",
    approvalReason: "the first, reviewed",
    decision: { by: "anna", gate: "passed" },
  });

  const pipeline = join(cwd, "pipelines", tiny, "pipeline.ts");
  const strong = readFileSync(pipeline, "utf8");
  const weak = strong.replace("integer(3, 4)", "integer(1, 2)").replace("integer(10, 12)", "integer(1, 2)");
  expect(weak).not.toBe(strong);
  writeFileSync(pipeline, weak);
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

  writeFileSync(pipeline, strong);
  writeFileSync(join(cwd, "more.csv"), `${customers(3_000).join("\n")}\n`);
  await run("--data", "more.csv");
  const { paired } = await json<{ paired: Record<string, number | string> }>("models", "compare", "1", "3");
  expect(paired).toMatchObject({ basis: "rescored" });
  const approved = await json<Approval>("models", "approve", "3", "--force", "--reason", "whatever it says");
  expect(approved.review).toMatchObject({ champion: "tiny/1", comparison: paired });
  const [champion, challenger] = await Promise.all(["1", "3"].map((word) => json<Shown>("models", "show", word)));
  const answers = execFileSync(jobPython, [
    join(__dirname, "promotion.py"),
    file(champion?.modelDataUrl ?? ""),
    file(challenger?.modelDataUrl ?? ""),
    file(`${challenger?.metadata.test_data}/test.csv`),
    "churn",
  ]).toString();
  for (const [name, theirs] of Object.entries(JSON.parse(answers) as Record<string, number>))
    expect({ name, ours: approved.review.comparison?.[name] }).toEqual({ name, ours: expect.closeTo(theirs, 9) });
});
