import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  FINDING_EVENT,
  type Finding,
  OBSERVATION_EVENT,
  type Observation,
  observationSchema,
} from "@sagewright/monitoring";
import { fitted } from "../../../src/lambda/events";
import { finding } from "../alerts/routing";
import { bundled, invoke, openAws } from "./functions";
import { type Aws, captured, hourPath, outcomes, register } from "./registered";

jest.setTimeout(60_000);

const monday = "2026-01-12T04:00:00.000Z";

describe("the weekly function's bundle", () => {
  let aws: Aws;
  let sqs: SQSClient;
  let queue: string;
  let variables: Record<string, string>;
  const [summarise, weekly] = [bundled("summarise"), bundled("weekly")];
  const put = (key: string, Body: string) => aws.s3.putObject({ Bucket: aws.bucket, Key: key, Body });

  /** What came by the bus since the last time. */
  async function events(): Promise<{ observations: Observation[]; findings: Finding[] }> {
    const details = new Map<string, unknown[]>();
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) break;
      for (const { Body = "" } of Messages) {
        const { "detail-type": type, detail } = JSON.parse(Body);
        details.set(type, [...(details.get(type) ?? []), detail]);
      }
    }
    return {
      observations: (details.get(OBSERVATION_EVENT.detailType) ?? []) as Observation[],
      findings: (details.get(FINDING_EVENT.detailType) ?? []) as Finding[],
    };
  }

  beforeAll(async () => {
    aws = await openAws();
    sqs = new SQSClient(aws.cloud.clientConfig());
    const bus = new EventBridgeClient(aws.cloud.clientConfig());
    queue = (await sqs.send(new CreateQueueCommand({ QueueName: "router" }))).QueueUrl ?? "";
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ["QueueArn"] }),
    );
    await bus.send(
      new PutRuleCommand({ Name: "all", EventPattern: JSON.stringify({ source: [FINDING_EVENT.source] }) }),
    );
    await bus.send(new PutTargetsCommand({ Rule: "all", Targets: [{ Id: "queue", Arn: Attributes?.QueueArn }] }));
    variables = {
      ...aws.variables,
      ...{ MODEL: "small", BUCKET: aws.bucket, CAPTURES: "captures", SUMMARIES: "monitoring/summaries" },
      ...{ REPORTS: "monitoring/reports", LABELS: "ground-truth", EVENT_BUS: "default", GATE: "0.95" },
      MONITORING: JSON.stringify({
        falseAlarmShare: 0.01,
        minimumSample: 100,
        driftWindowDays: 7,
        labelDelayDays: 0,
        silenceMinutes: 60,
      }),
    };
  });
  afterAll(() => aws.close());

  test("before the first version there is nothing to judge", async () => {
    expect((await invoke(weekly.file, variables, [{ time: monday }])).answers).toEqual([null]);
  });

  test("without captures it says that nothing is known, and not that nothing drifted", async () => {
    await register(aws, 1);
    const { answers, error } = await invoke(weekly.file, variables, [{ time: monday }]);
    expect(error).toBeUndefined();
    expect(answers).toMatchObject([{ version: "1", drift: "no_data", performance: "no_data", findings: 1 }]);
    const { observations, findings } = await events();
    expect(observations).toMatchObject([
      { at: monday, findings: [{ key: "small/no-data", runbook: "no-predictions" }], cleared: [] },
    ]);
    expect(findings.map(({ kind }) => kind)).toEqual(["no-data"]);
  });

  test("tells what drifted, whether ROC AUC is under the gate, and what is in order; figures become metrics", async () => {
    await register(aws, 2);
    const times = ["2026-01-07T09:00:00.000Z", "2026-01-08T09:00:00.000Z"] as const;
    await put(`captures/${hourPath(times[0])}/a.jsonl`, captured({ at: times[0], rows: 300, version: "1" }));
    const drifted = captured({
      at: times[1],
      rows: 900,
      version: "2",
      change: (row, at) => ({ ...row, plan: at % 4 === 0 ? "gold" : "basic" }),
    });
    await put(`captures/${hourPath(times[1])}/b.jsonl`, drifted);
    await put("ground-truth/2026/01/09/00/c.jsonl", outcomes(times[1], 900));
    await invoke(summarise.file, variables, [{ time: "2026-01-08T10:20:00.000Z" }]);
    const { answers, lines, error } = await invoke(weekly.file, variables, [{ time: monday }]);
    expect(error).toBeUndefined();
    expect(answers).toMatchObject([{ version: "2", drift: "drift", performance: "measured" }]);
    const { reports } = answers[0] as { reports: string[] };
    expect(reports).toEqual([1, 2].map((version) => `monitoring/reports/small/2026-01-12/version-${version}.json`));
    const { Body } = await aws.s3.getObject({ Bucket: aws.bucket, Key: reports[1] });
    const report = JSON.parse((await Body?.transformToString()) ?? "");
    expect(report).toMatchObject({
      format: 1,
      answers: "now",
      window: { from: "2026-01-05T04:00:00.000Z", to: monday },
      drift: { rows: 900, verdict: "drift" },
      performance: { threshold: 0.4, gate: { minimumAuc: 0.95, verdict: "below" }, overall: { labelled: 900 } },
    });
    const { observations, findings } = await events();
    expect(observations).toHaveLength(1);
    const [observation] = observations as [Observation];
    expect(observationSchema.parse(observation)).toEqual(observation);
    const kinds = Object.fromEntries(observation.findings.map(({ key, kind, severity }) => [key, [kind, severity]]));
    expect(kinds).toMatchObject({
      "small/drift/plan": ["drift", "performance"],
      "small/performance/rocAuc": ["performance", "performance"],
    });
    expect(observation.findings.every(({ model }) => model.version === "2")).toBe(true);
    expect(observation.cleared).toEqual(
      expect.arrayContaining(["small/no-data", "small/drift/minutes", "small/labels"]),
    );
    expect(findings).toEqual(observation.findings);
    const values = Object.assign({}, ...lines);
    const { rocAuc, rocAucLow } = { rocAuc: values.RocAuc, rocAucLow: values.RocAucLow };
    expect(rocAuc).toBeCloseTo(report.performance.overall.metrics.rocAuc.value, 12);
    expect(rocAucLow).toBeLessThan(rocAuc);
    expect(values).toMatchObject({ Model: "small", LabelShare: 1, worstFeature: "plan" });
    expect(values).not.toHaveProperty("CapturedPredictions");
  });

  test("the same event again says the same, so that the router tells nothing twice", async () => {
    await events();
    await invoke(weekly.file, variables, [{ time: monday }, { time: monday }]);
    const { observations } = await events();
    expect(observations).toHaveLength(2);
    expect(observations[0]).toEqual(observations[1]);
  });

  test("labels that come late give the newest week that they cover", async () => {
    const { answers, lines } = await invoke(weekly.file, variables, [{ time: "2026-01-19T04:00:00.000Z" }]);
    expect(answers).toMatchObject([{ version: "2", drift: "no_data", performance: "measured" }]);
    expect(Object.assign({}, ...lines)).toHaveProperty("RocAuc");
  });
});

test("an observation that is too large for an event keeps the worst, and clears nothing by patterns", () => {
  const observation: Observation = {
    format: 1,
    at: monday,
    findings: Array.from({ length: 900 }, (_, at) =>
      finding({
        subject: `f${at}`,
        severity: at % 3 === 0 ? "critical" : "minor",
        magnitude: at,
        what: "x".repeat(900),
      }),
    ),
    cleared: ["small/quality/*", "small/drift/a"],
  };
  const { findings, cleared } = fitted(observation);
  expect(Buffer.byteLength(JSON.stringify({ ...observation, findings, cleared }))).toBeLessThan(256 * 1024);
  expect(findings.length).toBeGreaterThan(100);
  expect(findings.every(({ severity }) => severity === "critical")).toBe(true);
  expect(findings[0]?.magnitude).toBe(897);
  expect(cleared).toEqual(["small/drift/a"]);
  expect(fitted({ ...observation, findings: observation.findings.slice(0, 5) }).cleared).toEqual(observation.cleared);
});
