import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { App, Stack, Validations } from "aws-cdk-lib";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { CfnBucket } from "aws-cdk-lib/aws-s3";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { appOf, flags } from "../lib/app";
import { findingText, readFindings } from "../lib/findings";
import { everyEnvironment } from "./support/environments";
import { type Synthesised, synthesised } from "./support/synthesised";

/** What CloudFormation's own rules, both rule packs of cdk-nag and cfn-lint say of every template. */
let all: Synthesised;

beforeAll(async () => {
  all = await synthesised(everyEnvironment, true);
}, 120_000);

test("every environment and every way of serving has its four stacks", () => {
  const lifetimes = ["data", "observability", "pipeline", "serving"];
  const expected = Object.keys(everyEnvironment).flatMap((name) =>
    lifetimes.map((each) => `sagewright-${name}-${each}`),
  );
  expect(Object.keys(all.templates).sort()).toEqual(expected.sort());
});

test("CloudFormation's rules, AwsSolutions and Serverless find nothing in any template", () => {
  // Not "no report": a judgement that nobody made is none.
  expect(existsSync(join(all.folder, "validation-report.json"))).toBe(true);
  expect(all.findings.map(findingText)).toEqual([]);
});

test("every acknowledged finding has a reason that says something", () => {
  const reasons = Object.values(all.templates).flatMap(({ Resources }) =>
    Object.values(Resources).flatMap((resource) => JSON.stringify(resource).match(/"reason":"[^"]*"/g) ?? []),
  );
  for (const reason of reasons) expect(reason.length).toBeGreaterThan('"reason":""'.length + 20);
});

test("a template with defects of each kind is found out by every judge", () => {
  const outdir = join(all.folder, "..", "defects");
  const app = new App({ outdir, analyticsReporting: false, postCliContext: flags });
  const stack = new Stack(app, "Defects", { env: { account: "111122223333", region: "eu-central-1" } });
  const code = { zipFile: "exports.handler = async () => 1" };
  const role = "arn:aws:iam::111122223333:role/x";
  new CfnFunction(stack, "Old", { handler: "index.handler", role, code, runtime: "nodejs99.x" });
  new CfnLogGroup(stack, "Odd", { retentionInDays: 13 });
  new CfnBucket(stack, "Open").addPropertyOverride("Colour", "green");
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  expect(() => app.synth()).toThrow("Colour: Additional properties are not allowed");
  const found = readFindings(outdir).map(({ pack, rule, construct }) => `${pack} ${rule} ${construct}`);
  expect(found).toEqual(
    expect.arrayContaining([
      "CloudFormation Validate F3002 Defects/Open",
      "CloudFormation Validate W3030 Defects/Old",
      "CloudFormation Validate W3030 Defects/Odd",
      expect.stringMatching(/^AwsSolutions AwsSolutions-S10 Defects\/Open/),
      expect.stringMatching(/^Serverless Serverless-LambdaTracing Defects\/Old/),
    ]),
  );
  const lint = cfnLint(outdir);
  expect(lint.status).not.toBe(0);
  expect(lint.stdout).toMatch(/E3002|E3030/);
});

test("cfn-lint finds nothing in any template", () => {
  const { status, stdout } = cfnLint(all.folder);
  expect(stdout).toBe("");
  expect(status).toBe(0);
}, 60_000);

test("cdk.json makes every choice that CDK has a recommendation for, so that cdk has nothing to remark", () => {
  const recommended = Object.keys(require("aws-cdk-lib/recommended-feature-flags.json") as object);
  expect(recommended.filter((flag) => !(flag in flags))).toEqual([]);
});

test("an environment that config/ does not have is refused by name", () => {
  const asked = () => appOf(all.product, everyEnvironment, { context: { env: "test" } });
  expect(asked).toThrow('Context env: "test" is no environment of config/. Use one of dev, staging, prod, ');
});

function cfnLint(folder: string): { status: number | null; stdout: string } {
  const python = process.env.SAGEWRIGHT_TEST_PYTHON;
  if (python === undefined) throw new Error("SAGEWRIGHT_TEST_PYTHON is not set. Run the tests with npm test.");
  const config = join(__dirname, "../.cfnlintrc.yaml");
  const templates = readdirSync(folder).filter((name) => name.endsWith(".template.json"));
  const program = "import sys; from cfnlint.runner import main; sys.exit(main())";
  const args = ["-c", program, "--config-file", config, "--", ...templates];
  return spawnSync(python, args, { cwd: folder, encoding: "utf8" });
}
