import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack, Validations } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { CfnTable } from "aws-cdk-lib/aws-dynamodb";
import { CfnQueue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";

/** A stack as CloudFormation gets it, and what others than this project say of it. */
export interface JudgedStack {
  readonly template: Template;
  /** `rule at path` of CloudFormation's own rules and of both rule packs; acknowledged findings are not among them. */
  readonly findings: string[];
}

/** An account and region that every name in the tests' templates can be read with. */
export const env = { account: "111122223333", region: "eu-central-1" } as const;

/** Builds one stack, and has it judged by CloudFormation's rules (W3030 too) and by cdk-nag. */
export function judged(build: (stack: Stack) => void): JudgedStack {
  const outdir = mkdtempSync(join(tmpdir(), "sagewright-judged-"));
  try {
    const app = new App({
      outdir,
      analyticsReporting: false,
      postCliContext: { "@aws-cdk/core:validateAgainstDefaultRules": true, "@aws-cdk/aws-iam:minimizePolicies": false },
    });
    build(new Stack(app, "Test", { env }));
    addCanary(new Stack(app, CANARY, { env }));
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
    try {
      app.synth();
    } catch (error) {
      if (!(error as Error).message.includes("validation-report.json")) throw error;
    }
    return { template: Template.fromString(text(outdir, "Test.template.json")), findings: findingsIn(outdir) };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

const CANARY = "Canary";

/** What every judge must object to: a judgement that nobody made is none. */
function addCanary(stack: Stack): void {
  new CfnQueue(stack, "Queue");
  new CfnTable(stack, "Table", {
    keySchema: [{ attributeName: "id", keyType: "HASH" }],
    attributeDefinitions: [{ attributeName: "id", attributeType: "nothing" }],
  });
}

function findingsIn(outdir: string): string[] {
  const { pluginReports } = JSON.parse(text(outdir, "validation-report.json")) as {
    pluginReports: { violations: { ruleName: string; violatingConstructs: { constructPath: string }[] }[] }[];
  };
  const all = pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    ),
  );
  const canary = all.filter((finding) => finding.includes(` at ${CANARY}/`)).map((finding) => finding.split(" at ")[0]);
  expect(canary).toEqual(expect.arrayContaining(["AwsSolutions-SQS4", "Serverless-SQSRedrivePolicy", "W3030"]));
  return all.filter((finding) => !finding.includes(` at ${CANARY}/`));
}

const text = (folder: string, name: string): string => readFileSync(join(folder, name), "utf8");

/** A statement as it stands in a template. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, unknown>>;
}

/** Statements of every role and policy for principals, in order. */
export function statementsOf(template: Template): Statement[] {
  interface Document {
    PolicyDocument: { Statement: Statement[] };
  }
  const of = (type: string) => Object.values(template.findResources(type)).map(({ Properties }) => Properties);
  const roles = of("AWS::IAM::Role").flatMap(({ Policies = [] }) => Policies as Document[]);
  const policies = of("AWS::IAM::Policy") as Document[];
  return [...roles, ...policies].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** Actions of statements, as a list. */
export function actionsOf({ Action }: Statement): string[] {
  return typeof Action === "string" ? [Action] : Action;
}
