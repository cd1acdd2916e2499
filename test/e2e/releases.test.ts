import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribePipelineCommand, SageMakerClient, UpdatePipelineCommand } from "@aws-sdk/client-sagemaker";
import { cli, scratchFolders, startCli } from "../support/cli";
import { type ErrorDocument, type TinyProduct, tiny, tinyProduct } from "../support/tiny-product";

/** A definition's way to a cloud: published, compared, drawn, read back; on the embedded cloud and, over HTTP, as AWS. */
jest.setTimeout(60_000);

const newFolder = scratchFolders();
let product: TinyProduct;

beforeAll(async () => {
  product = await tinyProduct(newFolder());
});

/** A copy of the product with a state folder of its own. */
function copy(): string {
  const folder = newFolder();
  cpSync(product.folder, folder, { recursive: true });
  return folder;
}

function change(folder: string, from: string, to: string): void {
  const file = join(folder, "pipelines", tiny, "pipeline.ts");
  const source = readFileSync(file, "utf8");
  expect(source).toContain(from);
  writeFileSync(file, source.replace(from, to));
}

interface PublishDocument {
  change: string;
  cloud: string;
  uploaded: { objects: number };
  requests: { operation: string }[];
  diff: { steps: { step: string; attributes: { path: string }[] }[]; losesCache: { step: string }[] } | null;
}

const role = ["--role", "arn:aws:iam::111122223333:role/Runner"];

test("publish: created, unchanged, a difference that needs a yes, updated", async () => {
  const cwd = copy();
  const publish = async (...more: string[]) => {
    const { code, json } = await cli(["publish", tiny, "--json", ...more], { cwd });
    return { code, ...json<PublishDocument & Partial<ErrorDocument>>() };
  };
  const planned = await publish("--dry-run");
  expect(planned.requests.map(({ operation }) => operation)).toEqual(
    expect.arrayContaining(["PutObject", "CreatePipeline"]),
  );
  const created = await publish();
  expect(created).toMatchObject({ code: 0, change: "created", cloud: "the embedded cloud" });
  expect(created.uploaded.objects).toBeGreaterThan(0);
  expect(await publish()).toMatchObject({ code: 0, change: "unchanged", uploaded: { objects: 0 } });

  change(cwd, "integer(10, 12)", "integer(10, 14)");
  const refused = await publish("--no-input");
  expect(refused).toMatchObject({ code: 2, error: { code: "confirmation_needed" } });
  expect(refused.error?.message).toContain("Tune");
  const updated = await publish("--yes");
  expect(updated).toMatchObject({ code: 0, change: "updated", uploaded: { objects: 0 } });
  expect(updated.diff?.steps.map(({ step }) => step)).toEqual(["Tune"]);
  expect(updated.diff?.steps[0]?.attributes.map(({ path }) => path).join()).toContain("MaxValue");
  expect(updated.diff?.losesCache.map(({ step }) => step)).toContain("Tune");
});

test("diff: against what is deployed and against a file; graph draws every step", async () => {
  const cwd = copy();
  const nothing = await cli(["diff", tiny, "--json"], { cwd });
  expect(nothing.json()).toMatchObject({ error: { code: "pipeline_not_deployed", exitCode: 2 } });
  expect((await cli(["compile", tiny, "--out", "before.json"], { cwd })).code).toBe(0);
  expect((await cli(["publish", tiny], { cwd })).code).toBe(0);
  expect((await cli(["diff", tiny], { cwd })).stdout).toBe("no difference\n");
  change(cwd, "integer(10, 12)", "integer(10, 14)");
  const deployed = await cli(["diff", tiny], { cwd });
  expect(deployed.stdout).toMatch(/^~ Tune {2}Tuning\n {4}Arguments\..+: "12" → "14"\n/);
  expect((await cli(["diff", tiny, "--against", "before.json"], { cwd })).stdout).toBe(deployed.stdout);
  const { stdout } = await cli(["graph", tiny], { cwd });
  expect(stdout).toMatch(/^1 {2}Prepare .+\n2 {2}Tune .+◄ Prepare\n/);
});

test("import: what compile prints comes back as TypeScript, and an invalid definition is refused", async () => {
  const cwd = copy();
  await cli(["compile", tiny, "--out", "definition.json"], { cwd });
  const imported = await cli(["import", "definition.json", "--out", "imported.ts"], { cwd });
  expect({ code: imported.code, stdout: imported.stdout }).toEqual({ code: 0, stdout: "" });
  const source = readFileSync(join(cwd, "imported.ts"), "utf8");
  expect(source).toMatch(/when\("Gate", greaterThanOrEqual\(.+\)\)\n +\.then\(register\)\n +\.otherwise\(tooWeak\);/s);
  expect((await cli(["import", "definition.json", "--out", "imported.ts"], { cwd })).code).toBe(2);
  writeFileSync(join(cwd, "broken.json"), '{"Version":"2020-12-01","Steps":[{"Name":"A","Type":"Nonsense"}]}');
  expect((await cli(["import", "broken.json", "--json"], { cwd })).json()).toMatchObject({
    error: { code: "invalid_definition", exitCode: 3 },
  });
});

test("cost: every mode beside the reference", async () => {
  const { code, stdout, json } = await cli(["cost", tiny, "--json"], { cwd: product.folder });
  expect({ code, printed: stdout.length > 0 }).toEqual({ code: 0, printed: true });
  const { months, reference } = json<{ months: { mode: string; total: number }[]; reference: { perMonth: number } }>();
  expect(reference.perMonth).toBe(165);
  expect(months.map(({ mode }) => mode)).toEqual(["endpoint", "serverless", "embedded"]);
  for (const { total } of months) expect(total).toBeLessThan(reference.perMonth);
  const few = await cli(["cost", tiny, "--predictions", "100"], { cwd: product.folder });
  expect(few.stdout).toMatch(
    /reference +\$165 a month for 100,000 predictions; ours: endpoint \$\d+\.\d\d, \$\d+\.\d\d below/,
  );
  expect(few.stdout).toMatch(/endpoints +serverless, endpoint from [\d,]+ predictions a month/);
  const prices = await cli(["cost", "--prices"], { cwd: product.folder });
  expect(prices.stdout).toMatch(/endpoint on ml\.m5\.large +\$0\.115 +an hour +aws\.amazon\.com\/sagemaker\/pricing/);
  expect((await cli(["cost", tiny, "--predictions", "many"], { cwd: product.folder })).code).toBe(2);
});

test("models compare: two versions of one group", async () => {
  const cwd = copy();
  const run = async () => expect((await cli(["run", tiny, "--set", "MinimumAuc=0.5"], { cwd })).code).toBe(0);
  await run();
  change(cwd, "integer(10, 12)", "integer(20, 24)");
  await run();
  const { code, stdout } = await cli(["models", "compare", "1", "2"], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/roc_auc +0\.\d{3} +0\.\d{3} +/);
  expect(stdout).toContain("the contracts are the same\n");
  expect(stdout).not.toContain("different numbers of rows");
});

/** Somebody else's change: the same definition, written differently by another tool. */
async function publishOtherwise(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
  const client = new SageMakerClient({ endpoint, region: "us-east-1", credentials });
  const PipelineName = `${tiny}-training`;
  const { PipelineDefinition = "" } = await client.send(new DescribePipelineCommand({ PipelineName }));
  const spaced = JSON.stringify(JSON.parse(PipelineDefinition), null, 3);
  await client.send(new UpdatePipelineCommand({ PipelineName, PipelineDefinition: spaced }));
  client.destroy();
}

describe("with --aws", () => {
  const keys = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_REGION: "us-east-1" };

  test("the same command publishes through whatever answers as AWS", async () => {
    const cwd = copy();
    const cloud = startCli(["cloud", "--port", "0", "--json=lines", "--state", join(newFolder(), "state")]);
    try {
      const url = await new Promise<string>((resolve) => {
        let text = "";
        cloud.stdout?.on("data", (chunk) => {
          text += chunk;
          const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
          if (found !== undefined) resolve(found);
        });
      });
      const env = { ...keys, AWS_ENDPOINT_URL: url };
      const publish = (...more: string[]) =>
        cli(["publish", tiny, "--aws", ...role, "--account", "000000000000", "--json", ...more], { cwd, env });
      const first = await publish();
      expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: "" });
      expect(first.json()).toMatchObject({ change: "created", cloud: "AWS (us-east-1)" });
      expect((await publish()).json()).toMatchObject({ change: "unchanged" });
      await publishOtherwise(url);
      expect((await publish()).json()).toMatchObject({ error: { code: "pipeline_changed", exitCode: 3 } });
      expect((await publish("--force")).json()).toMatchObject({ change: "updated", foreign: true });
    } finally {
      process.kill(-(cloud.pid ?? 0), "SIGTERM");
    }
  });

  test("missing credentials, region or role are the environment's or the user's, and name the remedy", async () => {
    const bare = {
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
      AWS_CONFIG_FILE: "/nowhere",
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
    };
    const publish = async (env: NodeJS.ProcessEnv, ...more: string[]) => {
      const { code, json } = await cli(["publish", tiny, "--aws", "--json", ...more], { cwd: product.folder, env });
      return { code, ...json<ErrorDocument>() };
    };
    const missing = await publish({ ...bare, AWS_REGION: "eu-central-1" }, ...role);
    expect(missing).toMatchObject({ code: 5, error: { code: "credentials_missing", subject: "AWS (eu-central-1)" } });
    expect(missing.error.fix).toContain("AWS_PROFILE");
    expect(await publish({ ...bare, AWS_REGION: "" }, ...role)).toMatchObject({
      code: 5,
      error: { code: "region_missing" },
    });
    expect(await publish({ ...bare, AWS_REGION: "eu-central-1" })).toMatchObject({ code: 2, error: { code: "usage" } });
  });
});
