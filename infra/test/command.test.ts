import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cli, root } from "../../test/support/cli";
import { type Moto, openMoto } from "./support/moto";

/** `sagewright infra`, as somebody types it. */
jest.setTimeout(120_000);

/** No credentials anywhere, and any name that is looked up is asked of nobody. */
const nobody = {
  HOME: join(tmpdir(), "nobody"),
  HTTPS_PROXY: "http://127.0.0.1:9",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_ACCESS_KEY_ID: "",
  AWS_SECRET_ACCESS_KEY: "",
  AWS_PROFILE: "",
  AWS_CONFIG_FILE: "/nowhere",
  AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
};

interface Months {
  readonly months: readonly {
    readonly environment: string;
    readonly mode: string;
    readonly total: number;
    readonly budgetUsd: number;
  }[];
}

test("the month that the README names for each environment is what the command says", async () => {
  const { months } = (await cli(["infra", "cost", "--json"])).json<Months>();
  const readme = readFileSync(join(root, "infra/README.md"), "utf8");
  const [, table = ""] = /<!-- cost -->\n([\s\S]*)<!-- \/cost -->/.exec(readme) ?? [];
  const rows = months.map(
    ({ environment, mode, total, budgetUsd }) =>
      `| ${environment} | ${mode} | $${total.toFixed(2)} | ${Math.round((total / budgetUsd) * 100)} % of $${budgetUsd} |\n`,
  );
  expect(months.map(({ environment }) => environment)).toEqual(["dev", "prod", "staging"]);
  expect(table).toBe(`| environment | mode | a month | of the budget |\n|---|---|---|---|\n${rows.join("")}`);
});

test("it is the same month as sagewright cost says for the environment's mode, and within its budget", async () => {
  const { months } = (await cli(["infra", "cost", "--json"])).json<Months>();
  for (const { environment, mode, total, budgetUsd } of months) {
    const one = (await cli(["cost", "churn", "--env", environment, "--json"])).json<{
      months: { mode: string; total: number }[];
    }>();
    expect(one.months.find((each) => each.mode === mode)?.total).toBe(total);
    expect(total).toBeLessThan(budgetUsd);
  }
});

test("synth writes one environment's templates for somebody with no account, no network and no home", async () => {
  const { code, json } = await cli(["infra", "synth", "--env", "dev", "--json"], {
    env: { HOME: join(tmpdir(), "nobody") },
  });
  expect(code).toBe(0);
  const { folder, stacks } = json<{ folder: string; stacks: { stack: string; resources: number }[] }>();
  expect(stacks.map(({ stack }) => stack)).toEqual(
    ["data", "observability", "pipeline", "serving"].map((part) => `sagewright-dev-${part}`),
  );
  for (const { stack, resources } of stacks) {
    expect(existsSync(join(folder, `${stack}.template.json`))).toBe(true);
    expect(resources).toBeGreaterThan(0);
  }
});

test("diff without credentials of the account says so (exit code 5)", async () => {
  const { code, stderr } = await cli(["infra", "diff", "--env", "dev"], { env: nobody });
  expect(stderr).toContain("what is deployed in dev cannot be read without credentials of its account");
  expect(code).toBe(5);
});

/** An account that others have made a double of: nothing of it is ours. */
describe("against what is deployed", () => {
  let account: Moto;
  beforeAll(async () => {
    account = await openMoto();
  }, 60_000);
  afterAll(() => account?.close());

  interface Difference {
    readonly stacksThatDiffer: number;
    readonly text: string;
  }
  const diff = async (): Promise<Difference> => {
    const { code, json, stderr } = await cli(["infra", "diff", "--env", "dev", "--json"], { env: account.variables });
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    return json<Difference>();
  };

  test("diff says of every stack whether it is there, and of one that was changed by hand what was", async () => {
    // The templates are those of the synthesis above.
    await account.create("sagewright-dev-data");
    const before = await diff();
    expect(before.text).toMatch(/Stack sagewright-dev-data .*\nThere were no differences/);
    expect(before.text).toMatch(/\[\+\] AWS::SageMaker::Pipeline Training/);
    expect(before.stacksThatDiffer).toBe(3);
    await account.changeByHand("sagewright-dev-data", '"ExpirationInDays":7,', '"ExpirationInDays":70,');
    const after = await diff();
    expect(after.text).toMatch(
      /\[~\] AWS::S3::Bucket Data DataBucket[\s\S]*\[-\] +"ExpirationInDays": 70[\s\S]*\[\+\] +"ExpirationInDays": 7,/,
    );
    expect(after.text).not.toMatch(/^(start|success): /m);
    expect(after.stacksThatDiffer).toBe(4);
  }, 240_000);
});

test("an environment that there is not, a project without an app and a wrong word are refused before cdk is asked", async () => {
  const unknown = await cli(["infra", "synth", "--env", "prd"]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/there is no such environment[\s\S]*did you mean: --env prod\?/);
  const elsewhere = await cli(["infra", "synth"], { cwd: mkdtempSync(join(tmpdir(), "sagewright-nothing-")) });
  expect(elsewhere.code).toBe(5);
  expect(elsewhere.stderr).toContain("there is no CDK app here: no cdk.json");
  const word = await cli(["infra", "synht"]);
  expect(word.code).toBe(2);
  expect(word.stderr).toContain("sagewright infra synth?");
});
