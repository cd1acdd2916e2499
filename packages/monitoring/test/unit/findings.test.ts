import {
  alarmDescription,
  alarmObservation,
  captureLines,
  compareWithBaseline,
  type DriftReport,
  driftMetrics,
  driftObservation,
  embeddedMetrics,
  judgedObservation,
  measurePerformance,
  mergeSummaries,
  metricsText,
  noticeObservation,
  observationSchema,
  performanceObservation,
  Summariser,
} from "@sagewright/monitoring";
import { arrival, hour, record } from "../support/captures";
import { baseline, contract, trained } from "../support/small";

const at = "2026-01-05T12:00:00.000Z";
const model = { name: "churn", since: "2026-01-01T00:00:00Z" };

/** The drift report of an hour of rows. */
async function reportOf(
  rows: number,
  change: (row: ReturnType<typeof trained>, at: number) => object,
): Promise<DriftReport> {
  const summariser = new Summariser({ baseline, contract });
  const lines = Array.from({ length: rows }, (_, index) =>
    record({ id: `${index}`, input: change(trained(index), index) }),
  );
  const chunks = (async function* () {
    yield Buffer.from(lines.join("\n"));
  })();
  for await (const line of captureLines(chunks)) summariser.addLine(line, arrival);
  const summaries = summariser.hours().map(({ summary }) => summary);
  return compareWithBaseline({ baseline, contract, summary: mergeSummaries(baseline, summaries, hour) });
}

test("what drifted is a finding of the model's one incident; what was tested and did not is over", async () => {
  const report = await reportOf(1_000, (row, index) => ({ ...row, plan: index % 3 === 0 ? "gold" : "basic" }));
  const { findings, cleared } = observationSchema.parse(driftObservation(report, model, at));
  const plan = findings.find(({ key }) => key === "churn/drift/plan");
  expect(plan).toMatchObject({
    kind: "drift",
    severity: "performance",
    subject: "plan",
    group: "churn/drift",
    runbook: "drift",
    model: { name: "churn", version: "7", since: "2026-01-01T00:00:00.000Z" },
    what: report.features.find(({ feature }) => feature === "plan")?.sentence,
  });
  expect(plan?.extent).toMatch(/in 1,000 predictions\. PSI \d\.\d\d, where chance explains \d\.\d\d\.$/);
  expect(cleared).toEqual(expect.arrayContaining(["churn/no-data", "churn/drift/minutes", "churn/quality/*"]));
  expect(cleared).not.toContain("churn/drift/plan");
});

test("a column that is gone is critical, and too few rows neither find nor clear drift", async () => {
  const { plan: _, ...without } = trained(0);
  const broken = driftObservation(await reportOf(1_000, (row) => ({ ...row, plan: undefined, ...without })), model, at);
  expect(broken.findings.find(({ kind }) => kind === "data-quality")).toMatchObject({
    severity: "critical",
    subject: "plan",
    group: "churn/quality",
  });
  const few = driftObservation(await reportOf(20, (row) => row), model, at);
  expect(few.findings.filter(({ kind }) => kind === "drift")).toEqual([]);
  expect(few.cleared).toEqual(["churn/no-data"]);
});

test("a window without data is told as such, and clears nothing", async () => {
  const { findings, cleared } = driftObservation(await reportOf(0, (row) => row), model, at);
  expect(findings).toMatchObject([{ key: "churn/no-data", kind: "no-data", severity: "performance" }]);
  expect(cleared).toEqual([]);
  expect(findings[0]?.what).toMatch(/^No predictions since Monday 5 January 2026, \d\d:00 UTC: nothing can be said/);
  const later = driftObservation(await reportOf(0, (row) => row), model, "2026-02-01T00:00:00.000Z");
  expect(later.findings[0]?.what).toMatch(/^No predictions from Monday 5 January, \d\d:00 to \w+ \d+ January 2026, /);
});

test("ROC AUC under the gate is serious when its whole interval is; what was not measured says nothing of it", async () => {
  const window = { from: "2026-01-05T00:00:00Z", to: "2026-01-12T00:00:00Z" };
  const judged = async (rows: number, minimumAuc: number, labelled: number) => {
    const predictions = Array.from({ length: rows }, (_, index) => ({
      eventId: String(index),
      at: "2026-01-06T00:00:00.000Z",
      score: ((index * 29) % 100) / 100,
      modelVersion: "7",
    }));
    const labels = predictions
      .slice(0, labelled)
      .map(({ eventId, score }, index) => ({ eventId, outcome: Number((index * 53) % 97 < score * 97) }));
    const report = await measurePerformance(predictions, { window, task: "binary", labels, minimumAuc });
    return observationSchema.parse(performanceObservation(report, model, at));
  };
  const key = "churn/performance/rocAuc";
  expect((await judged(2_000, 0.95, 2_000)).findings).toMatchObject([
    { key, severity: "performance", runbook: "auc-below-gate" },
  ]);
  expect((await judged(2_000, 0.6, 2_000)).cleared).toEqual(expect.arrayContaining([key, "churn/labels"]));
  const unmeasured = await judged(2_000, 0.95, 0);
  expect([...unmeasured.findings.map((each) => each.key), ...unmeasured.cleared]).not.toContain(key);
});

test("labels are missing when they should be there by now, and not before", async () => {
  const history = async (labelled: number) => {
    const predictions = Array.from({ length: 400 }, (_, index) => ({
      eventId: String(index),
      at: "2026-01-06T00:00:00.000Z",
      score: (index % 100) / 100,
      modelVersion: "7",
    }));
    const labels = predictions.slice(0, labelled).map(({ eventId }, index) => ({ eventId, outcome: index % 2 }));
    const window = { from: "2026-01-05T00:00:00Z", to: "2026-01-12T00:00:00Z" };
    return measurePerformance(predictions, { window, task: "binary", labels });
  };
  const said = async (labelled: number, at: string) => {
    const report = await history(labelled);
    const judged = judgedObservation({ performance: report, history: report }, model, { at, labelDelayDays: 30 });
    return [observationSchema.parse(judged).findings.map(({ key }) => key), judged.cleared];
  };
  expect(await said(10, "2026-01-20T00:00:00.000Z")).toEqual([[], []]);
  expect(await said(10, "2026-02-12T00:00:00.000Z")).toEqual([["churn/labels"], []]);
  expect(await said(300, "2026-02-12T00:00:00.000Z")).toEqual([[], ["churn/labels"]]);
});

test("alarms are read as SNS and as EventBridge carry them, with the words that their descriptions have", () => {
  const description = alarmDescription({
    what: "It is slow.",
    action: "Look.",
    model: "churn",
    runbook: "docs/runbooks/latency.md",
  });
  const sns = {
    AlarmName: "churn-latency",
    AlarmDescription: description,
    NewStateValue: "ALARM",
    NewStateReason: "Threshold Crossed",
    StateChangeTime: "2026-01-05T10:00:00.000+0000",
  };
  const bus = {
    "detail-type": "CloudWatch Alarm State Change",
    detail: {
      alarmName: "churn-latency",
      state: { value: "ALARM", reason: "Threshold Crossed", timestamp: "2026-01-05T10:00:00.000+0000" },
      configuration: { description },
    },
  };
  const [one, other] = [alarmObservation(sns, "performance"), alarmObservation(bus, "performance")];
  expect(one).toEqual(other);
  expect(observationSchema.parse(one).findings).toMatchObject([
    { key: "alarm/churn-latency", what: "It is slow.", action: "Look.", runbook: "latency", model: { name: "churn" } },
  ]);
  expect(alarmObservation({ ...sns, NewStateValue: "OK" }, "minor")).toMatchObject({
    findings: [],
    cleared: ["alarm/churn-latency"],
  });
  expect(alarmObservation({ ...sns, NewStateValue: "INSUFFICIENT_DATA" }, "minor")).toMatchObject({
    findings: [],
    cleared: [],
  });
  expect(() => alarmObservation({ AlarmName: "x" }, "minor")).toThrow();
});

test("a budget is one incident a month, and the next month's first notice ends it", () => {
  const notice = (month: string, threshold: string) =>
    noticeObservation(
      {
        subject: "AWS Budgets",
        at: `2026-${month}-10T00:00:00Z`,
        text: `x\nBudget Name: b\nBudgeted Amount: $500.00\nAlert Type: ACTUAL\nAlert Threshold: > ${threshold}\nACTUAL Amount: $412.50\n`,
      },
      "minor",
    );
  const [half, most, next] = [notice("11", "$250.00"), notice("11", "$400.00"), notice("12", "$250.00")];
  expect(most.findings).toMatchObject([
    {
      what: "The actual cost of the budget b is above $400.00.",
      extent: "It is $412.50 of $500.00 this month.",
      group: "budget/b/2026-11",
      runbook: "budget",
    },
  ]);
  expect(half.findings[0]?.group).toBe(most.findings[0]?.group);
  expect(half.findings[0]?.key).not.toBe(most.findings[0]?.key);
  expect(next.cleared).toEqual(["budget/b/2026-11/*"]);
  for (const each of [half, most, next]) observationSchema.parse(each);
});

test("figures have the same value in CloudWatch's log format and in Prometheus' text, and what is unknown is absent", async () => {
  const report = await reportOf(1_000, (row, index) => ({ ...row, plan: index % 3 === 0 ? "gold" : "basic" }));
  const metrics = driftMetrics(report);
  const line = JSON.parse(embeddedMetrics(metrics, { model: "churn", at: new Date(at) }) ?? "");
  const { Metrics } = line._aws.CloudWatchMetrics[0];
  const text = metricsText(metrics, { model: "churn" });
  expect(Metrics.length).toBeGreaterThan(2);
  expect(text.match(/^sagewright_\w+\{model="churn"\} /gm)).toHaveLength(Metrics.length);
  expect(text).toContain(`sagewright_worst_drift{model="churn"} ${line.WorstDrift}\n`);
  expect(line.RocAuc).toBeUndefined();
  expect(
    embeddedMetrics({ values: { rocAuc: Number.NaN }, properties: {} }, { model: "churn", at: new Date(at) }),
  ).toBeUndefined();
});
