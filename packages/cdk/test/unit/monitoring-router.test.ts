import { AlertRouter, type AlertRouting, AlertTopics } from "@sagewright/cdk";
import { defineAlerts, observationSchema } from "@sagewright/monitoring";
import { defineEnvironment } from "@sagewright/sagemaker";
import { Match } from "aws-cdk-lib/assertions";
import { Key } from "aws-cdk-lib/aws-kms";
import { actionsOf, judged, statementsOf } from "./judged-stack";

const alerts: AlertRouting = {
  targets: {
    oncall: { type: "pagerduty", secret: "sagewright/prod/pagerduty" },
    team: { type: "slack", secret: "sagewright/prod/slack", channel: "#churn" },
    backlog: {
      type: "jira",
      secret: "sagewright/prod/jira",
      site: "https://example.atlassian.net",
      project: "CHURN",
    },
  },
  routes: { critical: ["oncall", "team"], performance: ["team"], minor: ["backlog"] },
  perHour: 20,
  rules: [{ when: { kind: "drift", subject: "test_*" }, severity: "silent" }],
  runbooks: "https://example.com/runbooks",
};
const whole = judged((stack) => {
  const topics = new AlertTopics(stack, "Alerts");
  new AlertRouter(stack, "Router", { name: "churn-prod", alerts, topics, bucket: "data" });
});
const mailing = judged((stack) => {
  const topics = new AlertTopics(stack, "Alerts");
  const targets = { me: { type: "email" as const, address: "oncall@example.org" } };
  const routes = { critical: ["me"], performance: [], minor: [] };
  const encryptionKey = Key.fromKeyArn(stack, "Key", "arn:aws:kms:eu-central-1:111122223333:key/1234");
  new AlertRouter(stack, "Router", {
    ...{
      name: "churn-dev",
      alerts: { targets, routes, perHour: 20, rules: [] },
      topics,
      bucket: "data",
      encryptionKey,
    },
  });
});

test("alarms of every severity, and observations of the event bus, wait in one queue", () => {
  const { template } = whole;
  template.resourcePropertiesCountIs("AWS::SNS::Subscription", { Protocol: "sqs" }, 3);
  template.allResourcesProperties("AWS::SNS::Subscription", { RedrivePolicy: Match.anyValue() });
  template.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: { source: ["sagewright.monitoring"], "detail-type": ["Sagewright Observation"] },
    Targets: [Match.objectLike({ DeadLetterConfig: Match.anyValue(), InputTransformer: Match.absent() })],
  });
  template.hasResourceProperties("AWS::SQS::Queue", {
    VisibilityTimeout: 360,
    RedrivePolicy: { maxReceiveCount: 10, deadLetterTargetArn: Match.anyValue() },
  });
  template.hasResourceProperties("AWS::Lambda::EventSourceMapping", {
    BatchSize: 10,
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
  template.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(1 minute)" });
});

test("the function routes one batch at a time, and knows what each topic stands for", () => {
  const { template } = whole;
  template.hasResourceProperties("AWS::Lambda::Function", {
    ...{ FunctionName: "churn-prod-route", ReservedConcurrentExecutions: 1, Timeout: 60 },
    Environment: {
      Variables: {
        ALERTS: JSON.stringify(alerts),
        ...{ STATE_BUCKET: "data", STATE_KEY: "monitoring/alerts/churn-prod.json", MAIL_TOPICS: Match.absent() },
      },
    },
  });
  const [code] = Object.values(template.findResources("AWS::Lambda::Function"));
  const joined = code?.Properties.Environment.Variables.TOPIC_SEVERITIES["Fn::Join"][1] as (string | object)[];
  const topics = Object.entries(template.findResources("AWS::SNS::Topic"));
  const text = joined.map((part) => (typeof part === "string" ? part : Object.values(part)[0])).join("");
  const severities = Object.entries(JSON.parse(text) as Record<string, string>);
  expect(severities.map(([topic, severity]) => [topic, `Sagewright: ${severity}`])).toEqual(
    topics.map(([id, { Properties }]) => [id, Properties.DisplayName]),
  );
});

test("it may read the three secrets and keep one object, and nothing else", () => {
  const statements = statementsOf(whole.template);
  const secrets = statements.find(({ Sid }) => Sid === "Secrets");
  const arn = (name: string) => ({
    "Fn::Join": [
      "",
      [
        "arn:",
        { Ref: "AWS::Partition" },
        `:secretsmanager:eu-central-1:111122223333:secret:sagewright/prod/${name}-??????`,
      ],
    ],
  });
  expect(secrets?.Resource).toEqual(["pagerduty", "slack", "jira"].map(arn));
  expect([...new Set(statements.flatMap(actionsOf))].sort()).toEqual([
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
  ]);
});

test("no secret is in the template: their names are", () => {
  expect(JSON.stringify(whole.template.toJSON())).not.toMatch(/xox[bp]-|hooks\.slack\.com/);
});

test("an address has a topic of its own, which the function may publish to", () => {
  const { template } = mailing;
  template.hasResourceProperties("AWS::SNS::Subscription", { Protocol: "email", Endpoint: "oncall@example.org" });
  template.resourceCountIs("AWS::SNS::Topic", 4);
  const statements = statementsOf(template);
  expect(statements.filter(({ Sid }) => Sid === "Secrets")).toEqual([]);
  expect(statements.filter(({ Sid }) => Sid === "Mail").map(actionsOf)).toEqual([["sns:Publish"]]);
  template.hasResourceProperties("AWS::Lambda::Function", {
    Environment: { Variables: { MAIL_TOPICS: Match.anyValue() } },
  });
});

test("CloudFormation's rules, AwsSolutions and Serverless find nothing", () => {
  expect([...whole.findings, ...mailing.findings]).toEqual([]);
});

test("what an environment says of alerts, its rules too, is what the router takes", () => {
  const kinds = observationSchema.shape.findings.element.shape.kind.options;
  const rules = kinds.map((kind) => ({ when: { kind, model: "churn" }, severity: "silent", group: "none" }) as const);
  const quietHours = { from: "20:00", to: "07:00", timezone: "Europe/Berlin" };
  const { alerts: said } = defineEnvironment({
    ...{ name: "trial", account: "000000000000", region: "eu-central-1", serving: { mode: "embedded" } },
    alerts: { ...alerts, quietHours, rules },
  });
  expect(defineAlerts(said)).toEqual({ ...alerts, quietHours, rules });
});
