import { existsSync } from "node:fs";
import { join } from "node:path";
import { AlertTopics, alarmTexts, ModelAlarms, type ModelAlarmsProps } from "@sagewright/cdk";
import { alarmObservation } from "@sagewright/monitoring";
import { Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { judged } from "./judged-stack";

const everything: ModelAlarmsProps = {
  model: "churn",
  apiName: "churn-prod",
  functionName: "churn-prod-predict",
  endpoint: { endpointName: "churn", rollback: { errorsPerMinute: 5, latencyP99Ms: 500, minutes: 2, alarms: [] } },
  endpointPrefix: "churn-v",
  capture: true,
  minimumAuc: 0.8,
  budget: { usdPerMonth: 500, alertAt: [0.5, 0.8, 1] },
};

const whole = judged((stack) => {
  const queue = new Queue(stack, "Given", { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true });
  new ModelAlarms(stack, "Alarms", { ...everything, deadLetterQueues: { retraining: queue } });
});

interface AlarmProperties {
  AlarmName: string;
  AlarmDescription: string;
  AlarmActions: { Ref: string }[];
  OKActions: { Ref: string }[];
}

const alarmsIn = (template: Template): AlarmProperties[] =>
  Object.values(template.findResources("AWS::CloudWatch::Alarm")).map(({ Properties }) => Properties);

/** The words of an alarm, in the order of the table. */
const wordOf = (name: string): keyof typeof alarmTexts => {
  const word = name.slice("sagewright-churn-model-".length);
  const known = (Object.keys(alarmTexts) as (keyof typeof alarmTexts)[]).find((each) => word.startsWith(each));
  if (known === undefined) throw new Error(`${name} has no text.`);
  return known;
};

test("each alarm that an on-call engineer needs is there once", () => {
  expect(
    alarmsIn(whole.template)
      .map(({ AlarmName }) => AlarmName.replace("sagewright-churn-model-", ""))
      .sort(),
  ).toEqual([
    "auc-below-gate",
    "capture-stopped",
    "dead-letters-notices",
    "dead-letters-retraining",
    "drift",
    "endpoint-errors",
    "endpoint-unhealthy",
    "function-errors",
    "latency",
    "model-errors",
    "model-latency",
    "no-predictions",
    "server-errors",
    "throttles",
  ]);
});

test("an alarm rings and ends at the topic of its severity", () => {
  const { template } = whole;
  const topics = template.findResources("AWS::SNS::Topic");
  for (const { AlarmName, AlarmActions, OKActions } of alarmsIn(template)) {
    const [told] = AlarmActions;
    expect(OKActions).toEqual(AlarmActions);
    const { severity } = alarmTexts[wordOf(AlarmName)];
    expect([AlarmName, topics[told?.Ref ?? ""]?.Properties.DisplayName]).toEqual([
      AlarmName,
      `Sagewright: ${severity}`,
    ]);
  }
});

test("the alert router reads the model, the action and the run-book out of every alarm, and every run-book is there", () => {
  const pages = new Set<string>();
  for (const { AlarmName, AlarmDescription } of alarmsIn(whole.template)) {
    expect(AlarmDescription.length).toBeLessThanOrEqual(1_024);
    const message = { AlarmName, AlarmDescription, NewStateValue: "ALARM", StateChangeTime: "2027-01-01T00:00:00Z" };
    const [finding] = alarmObservation(message, "critical").findings;
    const { action, runbook } = alarmTexts[wordOf(AlarmName)];
    expect(finding).toMatchObject({ action, runbook, model: { name: "churn" } });
    expect(finding?.what).not.toMatch(/[{}]/);
  }
  for (const { runbook } of Object.values(alarmTexts)) pages.add(runbook);
  const missing = [...pages].filter((page) => !existsSync(join(__dirname, "../../../../docs/runbooks", `${page}.md`)));
  expect(missing).toEqual([]);
});

test("limits are those that were given", () => {
  const { template } = judged((stack) => {
    new ModelAlarms(stack, "Alarms", {
      model: "churn",
      apiName: "a",
      minimumAuc: 0.85,
      silenceMinutes: 60,
      latencyP95Ms: 250,
      errorShare: 0.005,
    });
  });
  const limit = (word: string, properties: object) =>
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmName: `sagewright-churn-model-${word}`,
      ...properties,
    });
  limit("auc-below-gate", { Threshold: 0.85, ComparisonOperator: "LessThanThreshold", TreatMissingData: "ignore" });
  limit("latency", { Threshold: 250, ExtendedStatistic: "p95", AlarmDescription: Match.stringLikeRegexp("250 ms") });
  limit("server-errors", { Threshold: 0.005, AlarmDescription: Match.stringLikeRegexp("0.5 %") });
  limit("no-predictions", {
    ...{ TreatMissingData: "breaching", Period: 3_600, EvaluationPeriods: 1 },
    AlarmDescription: Match.stringLikeRegexp("for an hour"),
  });
  expect(alarmsIn(template).map(({ AlarmName }) => AlarmName)).not.toContain("sagewright-churn-model-capture-stopped");
});

test("silence before the first release is none, where something says when that was", () => {
  const stack = new Stack();
  new ModelAlarms(stack, "Alarms", {
    ...{ model: "churn", apiName: "a", silenceMinutes: 170 },
    released: new Metric({ namespace: "N", metricName: "Released", statistic: "Minimum" }),
  });
  Template.fromStack(stack).hasResourceProperties("AWS::CloudWatch::Alarm", {
    ...{ AlarmName: "sagewright-churn-model-no-predictions", EvaluationPeriods: 3, Threshold: 1 },
    Metrics: Match.arrayWith([
      Match.objectLike({ Expression: "IF(FILL(released, 0) > 0, FILL(requests, 0), 1)" }),
      Match.objectLike({ Id: "released", MetricStat: Match.objectLike({ Period: 3_600, Stat: "Minimum" }) }),
    ]),
  });
});

test("the gate is 0.80 unless said otherwise, and a budget tells each of its shares", () => {
  const { template } = judged((stack) => {
    new ModelAlarms(stack, "Alarms", { model: "churn", budget: { usdPerMonth: 25, alertAt: [0.5, 1] } });
  });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    AlarmName: "sagewright-churn-model-auc-below-gate",
    Threshold: 0.8,
  });
  const [budget] = Object.values(template.findResources("AWS::Budgets::Budget"));
  const shares = budget?.Properties.NotificationsWithSubscribers as { Notification: { Threshold: number } }[];
  expect(budget?.Properties.Budget.BudgetLimit).toEqual({ Amount: 25, Unit: "USD" });
  expect(budget?.Properties.Budget.BudgetName).toMatch(/-budget-50-100$/);
  expect(shares.map(({ Notification }) => Notification.Threshold)).toEqual([50, 100]);
});

test("topics are encrypted, take messages over TLS alone, and from this account's alarms and budgets", () => {
  const { template, findings } = judged((stack) => {
    new AlertTopics(stack, "Alerts");
  });
  expect(findings).toEqual([]);
  template.resourceCountIs("AWS::SNS::Topic", 3);
  template.allResourcesProperties("AWS::SNS::Topic", { KmsMasterKeyId: Match.anyValue() });
  const here = { StringEquals: { "aws:SourceAccount": "111122223333" } };
  const Principal = { Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] };
  template.allResourcesProperties("AWS::SNS::TopicPolicy", {
    PolicyDocument: {
      Statement: [
        Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        Match.objectLike({ Effect: "Allow", Action: "sns:Publish", Principal, Condition: here }),
      ],
    },
  });
  template.hasResourceProperties("AWS::KMS::Key", { EnableKeyRotation: true });
});

test("EventBridge may use the key of the topic it tells of endpoints, without conditions that it does not meet", () => {
  interface KeyStatement {
    Principal: { Service?: string | string[] };
    Condition?: object;
  }
  const [key] = Object.values(whole.template.findResources("AWS::KMS::Key"));
  const statements = key?.Properties.KeyPolicy.Statement as KeyStatement[];
  const events = statements.filter(({ Principal: { Service } }) => Service === "events.amazonaws.com");
  expect(events.map(({ Condition }) => Condition)).toEqual([undefined]);
});

test("CloudFormation's rules, AwsSolutions and Serverless find nothing", () => {
  // The queue that the test gives is nobody's.
  const ours = whole.findings.filter((finding) => !finding.endsWith("Test/Given/Resource"));
  expect(ours).toEqual([]);
});

test("an alarm that is deleted with its endpoint is over for those whom it rang", () => {
  const rules = Object.values(whole.template.findResources("AWS::Events::Rule")).map(({ Properties }) => Properties);
  const [rule] = rules.filter(({ EventPattern }) => EventPattern["detail-type"][0].includes("Configuration"));
  expect(rule.EventPattern).toEqual({
    source: ["aws.cloudwatch"],
    "detail-type": ["CloudWatch Alarm Configuration Change"],
    detail: { operation: ["delete"], alarmName: [{ prefix: "sagewright-churn-v" }] },
  });
  // As CloudWatch's guide shows the event.
  const event: Record<string, string> = {
    "$.time": "2022-03-03T17:06:13Z",
    "$.detail.alarmName": "sagewright-churn-v2-5xx",
  };
  const { InputPathsMap, InputTemplate } = rule.Targets[0].InputTransformer;
  // Each stands where a whole value does, and becomes one.
  const message = InputTemplate.replace(/<([\w-]+)>/g, (_: string, name: string) =>
    JSON.stringify(event[InputPathsMap[name]]),
  );
  expect(alarmObservation(JSON.parse(message), "critical")).toEqual({
    ...{ format: 1, at: "2022-03-03T17:06:13.000Z", findings: [] },
    cleared: ["alarm/sagewright-churn-v2-5xx"],
  });
});
