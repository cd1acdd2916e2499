import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MERGED_PREFIX } from "@sagewright/cdk";
import { captureOf, DATA_PREFIX, type Environment } from "@sagewright/sagemaker";
import { callsOf } from "./support/calls";
import { everyEnvironment } from "./support/environments";
import { managedPoliciesOf, type Statement, statementsOf, textOf } from "./support/statements";
import { type Synthesised, synthesised, type Template } from "./support/synthesised";

/**
 * Every statement of every template, held against the list in permissions.json. A statement that is new, or that allows more, fails
 * until somebody has read it and written the list anew: `UPDATE_PERMISSIONS=1 npx jest infra/test/permissions`.
 */
const list = join(__dirname, "permissions.json");

/** Calls that know no resource, by the service authorisation reference: a wildcard is all that they take. */
const WITHOUT_RESOURCE = [
  "cloudwatch:PutMetricData",
  "ec2:CreateNetworkInterface",
  "ec2:CreateNetworkInterfacePermission",
  "ec2:DeleteNetworkInterface",
  "ec2:DeleteNetworkInterfacePermission",
  "ec2:DescribeDhcpOptions",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeSubnets",
  "ec2:DescribeVpcs",
  "ecr:GetAuthorizationToken",
  "xray:PutTelemetryRecords",
  "xray:PutTraceSegments",
];

let all: Synthesised;
let statements: readonly (Statement & { readonly stack: string })[];

beforeAll(async () => {
  all = await synthesised(everyEnvironment);
  statements = Object.entries(all.templates).flatMap(([stack, template]) =>
    statementsOf(template).map((statement) => ({ stack, ...statement })),
  );
}, 120_000);

/** What an identity is allowed to do. */
const allowed = () => statements.filter(({ kind, effect }) => kind === "role" && effect === "Allow");

test("no statement allows an action by wildcard, or everything but something", () => {
  expect(allowed().length).toBeGreaterThan(100);
  expect(allowed().filter(({ actions }) => actions.some((action) => action.includes("*")))).toEqual([]);
  expect(statements.filter(({ negations }) => negations.length > 0)).toEqual([]);
});

test("every resource is named, but for calls that know none", () => {
  const wild = allowed().filter(({ resources }) => resources.includes("*"));
  expect(new Set(wild.flatMap(({ actions }) => actions))).toEqual(new Set(WITHOUT_RESOURCE));
});

test("a metric can be put into one namespace only", () => {
  const metrics = allowed().filter(({ actions }) => actions.includes("cloudwatch:PutMetricData"));
  expect(metrics.length).toBeGreaterThan(0);
  for (const { condition } of metrics)
    expect(condition).toEqual({ StringLike: { "cloudwatch:namespace": "/aws/sagemaker/*" } });
});

/** Jobs get their names when SageMaker starts them, so the service allows nothing else; the log groups' names are SageMaker's own. */
const NAMED_AT_RUN_TIME = /:(processing-job|training-job|hyper-parameter-tuning-job)\/\*$/;

test("a wildcard within a resource's name follows a name: a prefix of one bucket, one pipeline, one group", () => {
  const inside = allowed().flatMap(({ resources }) => resources.filter((each) => each !== "*" && each.includes("*")));
  const unnamed = inside
    .filter((each) => !NAMED_AT_RUN_TIME.test(each))
    // Or the file of one name in every folder of a prefix.
    .filter((each) => !/^[^*]+[:/][^*/:]+\/[^*]*\*(\/[\w-]+\.json)?$/.test(each));
  expect(unnamed).toEqual([]);
  const allOfOneKind = inside.filter((each) => !NAMED_AT_RUN_TIME.test(each) && /:\d{12}:[a-z-]+\/\*$/.test(each));
  expect(allOfOneKind).toEqual([]);
});

test("a role is passed to one service and no other", () => {
  const passing = allowed().filter(({ actions }) => actions.includes("iam:PassRole"));
  expect(passing.length).toBeGreaterThan(0);
  for (const { condition, actions, resources } of passing) {
    expect(actions).toEqual(["iam:PassRole"]);
    expect(resources.every((each) => !each.includes("*"))).toBe(true);
    expect(typeof condition.StringEquals?.["iam:PassedToService"]).toBe("string");
  }
});

test("nobody outside of AWS's services can be one of the roles, and nothing is open to the public", () => {
  for (const { principals } of statements.filter(({ kind }) => kind === "trust")) {
    expect(principals).toMatch(/^\{"Service":"[a-z.]+\.amazonaws\.com"\}$/);
  }
  const open = statements.filter(
    ({ kind, effect, principals }) => kind === "resource" && effect === "Allow" && /"\*"/.test(principals),
  );
  expect(open).toEqual([]);
});

test("the only managed policies are the two that AWS prescribes", () => {
  const named = Object.values(all.templates)
    .flatMap(managedPoliciesOf)
    .map((each) => each.split("/").at(-1));
  expect([...new Set(named)].sort()).toEqual([
    "AWSCodeDeployRoleForLambdaLimited",
    "AmazonAPIGatewayPushToCloudWatchLogs",
  ]);
});

test("who reads data can read no keys, and who reads keys no data", () => {
  const reading = (action: string) =>
    new Set(
      allowed()
        .filter(({ actions }) => actions.includes(action))
        .map(({ stack, owner }) => `${stack}/${owner}`),
    );
  const data = reading("s3:GetObject");
  const secrets = allowed().filter(({ actions }) => actions.includes("secretsmanager:GetSecretValue"));
  const keys = secrets
    .filter(({ owner }) => owner.includes("Authorizer"))
    .map(({ stack, owner }) => `${stack}/${owner}`);
  expect(keys.length).toBe(Object.keys(everyEnvironment).length);
  expect(keys.filter((each) => data.has(each))).toEqual([]);
});

/** Functions, by what follows the environment's name, and where their code begins. */
const CODE: Readonly<Record<string, string>> = {
  authorize: "serving/src/lambda/authorize",
  predict: "serving/src/lambda/predict",
  preprocess: "serving/src/lambda/preprocess",
  retrain: "monitoring/src/lambda/retrain",
  route: "monitoring/src/lambda/route",
  summarise: "monitoring/src/lambda/summarise",
  weekly: "monitoring/src/lambda/weekly",
  approved: "sagemaker/src/lambda/approved",
};

/** What AWS does with a function's rights, and its code does not. */
const BY_AWS: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^(logs|xray):/, "Lambda writes down what the function did"],
  [/^ec2:/, "Lambda puts the function into a network"],
  [/^sqs:/, "Lambda reads the function's queue, and sends what failed to another"],
  [/^kms:/, "S3, SNS and Secrets Manager encrypt and decrypt for the function"],
  [/^s3:ListBucket$/, "without it S3 does not say that an object is not there"],
  [/^ssm:GetParameters$/, "CloudFormation reads the parameters of the stack that the function updates"],
];

test("a function's role allows nothing that its code does not call", () => {
  const called = new Map(Object.entries(CODE).map(([name, entry]) => [name, callsOf(entry)]));
  const judged = new Set<string>();
  for (const [stack, { Resources }] of Object.entries(all.templates)) {
    for (const { Type, Properties } of Object.values(Resources)) {
      const [, name = ""] = /-(\w+)$/.exec(String(Properties?.FunctionName ?? "")) ?? [];
      if (Type !== "AWS::Lambda::Function" || name === "") continue;
      const asks = (Properties.Environment as { Variables: object }).Variables;
      const code = "ENDPOINT_NAME" in asks ? "preprocess" : name;
      judged.add(code);
      const calls = called.get(code);
      const [role = ""] = (Properties.Role as { "Fn::GetAtt": string[] })["Fn::GetAtt"];
      const granted = actionsOf(Resources, role);
      const needless = granted.filter((each) => !calls?.has(each) && !BY_AWS.some(([pattern]) => pattern.test(each)));
      expect([stack, code, needless]).toEqual([stack, code, []]);
      expect(granted.length).toBeGreaterThan(2);
    }
  }
  expect([...judged].sort()).toEqual(Object.keys(CODE).sort());
}, 120_000);

/** What a role is allowed, by policies of its own and by those that name it. */
function actionsOf(resources: Template["Resources"], role: string): string[] {
  const inline = (resources[role]?.Properties.Policies ?? []) as { PolicyDocument: object }[];
  const named = Object.values(resources).filter(
    ({ Type, Properties }) =>
      Type === "AWS::IAM::Policy" && JSON.stringify(Properties.Roles).includes(JSON.stringify({ Ref: role })),
  );
  const documents = [...inline, ...named.map(({ Properties }) => Properties as { PolicyDocument: object })];
  const found = documents.flatMap(
    ({ PolicyDocument }) => (PolicyDocument as { Statement: { Action: string | string[] }[] }).Statement,
  );
  return [...new Set(found.flatMap(({ Action }) => Action))];
}

test("trainings read what is merged wherever predictions are captured; the function writes it, and nobody else starts one", () => {
  const merged = ({ resources }: Statement, account: string) =>
    resources.some((each) => each.endsWith(`:s3:::sagewright-eu-central-1-${account}/${MERGED_PREFIX}/*`));
  const roleOf = ({ owner }: Statement) => owner.replace(/(?:[0-9A-F]{8})+$/, "");
  for (const [name, environment] of Object.entries(everyEnvironment)) {
    const may = (action: string) =>
      allowed().filter(({ stack, actions }) => stack.startsWith(`sagewright-${name}-`) && actions.includes(action));
    const about = (action: string) =>
      may(action)
        .filter((statement) => merged(statement, environment.account))
        .map(roleOf);
    const captured = captureOf(environment.serving) !== undefined;
    expect([name, about("s3:GetObject").sort()]).toEqual([
      name,
      captured ? ["RetrainingStartRole", "TrainingRole"] : [],
    ]);
    expect([name, about("s3:PutObject")]).toEqual([name, captured ? ["RetrainingStartRole"] : []]);
    expect(may("sagemaker:StartPipelineExecution").map(roleOf)).toEqual(["RetrainingStartRole"]);
  }
});

test("trainings read the files that a run was given, and nobody else does", () => {
  const file = ({ resources, actions }: Statement) =>
    actions.includes("s3:GetObject") && resources.some((each) => each.endsWith(`/${DATA_PREFIX}/*`));
  const readers = allowed().filter(file);
  expect(readers.map(({ owner }) => owner.replace(/(?:[0-9A-F]{8})+$/, ""))).toEqual(readers.map(() => "TrainingRole"));
  expect(readers).toHaveLength(Object.keys(everyEnvironment).length);
});

test("every statement is on the list, and nothing else is", () => {
  const found = new Map<string, string[]>();
  for (const statement of statements) {
    const [line, name] = normalised(statement);
    found.set(line, [...new Set([...(found.get(line) ?? []), name])]);
  }
  const now = Object.fromEntries(
    [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([line, names]) => [line, names.join(" ")]),
  );
  if (process.env.UPDATE_PERMISSIONS !== undefined) writeFileSync(list, `${JSON.stringify(now, null, 2)}\n`);
  expect(existsSync(list)).toBe(true);
  expect(now).toEqual(JSON.parse(readFileSync(list, "utf8")));
});

/** One line about a statement, the same for every environment, and the environment's name. */
function normalised({
  stack,
  kind,
  owner,
  effect,
  actions,
  resources,
  principals,
  condition,
}: Statement & { stack: string }): [string, string] {
  const [, name = "", part = ""] = /^sagewright-([a-z]+)-([a-z]+)$/.exec(stack) ?? [];
  const { account } = everyEnvironment[name] as Environment;
  const neutral = (text: string) =>
    text
      .replaceAll(account, "ACCOUNT")
      .replaceAll(new RegExp(`\\b${name}\\b|(?<=sagewright)${name}`, "g"), "ENV")
      .replaceAll(/[0-9a-f]{64}/g, "SHA256")
      .replaceAll(/(?<=[a-z])(?:[0-9A-F]{8})+(?=\W|$|[A-Z])/g, "");
  const who = principals === "" ? "" : ` to ${principals}`;
  const when =
    Object.keys(condition).length === 0
      ? ""
      : ` when ${JSON.stringify(condition, (_, value) => (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).some((key) => key.startsWith("Fn::") || key === "Ref") ? textOf(value) : value))}`;
  return [
    neutral(
      `${part}/${owner} (${kind}): ${effect} ${actions.join(", ")} on ${[...new Set(resources.map(neutral))].sort().join(", ") || "itself"}${who}${when}`,
    ),
    name,
  ];
}
