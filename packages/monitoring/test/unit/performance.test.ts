import { uniform } from "../../../../test/support/random";
import { measurePerformance, type PerformanceOptions, type ScoredPrediction, weeksOf } from "../../src";
import { normal } from "../support/random";
import { baseline } from "../support/small";

/** Two weeks from a Thursday: the first and the last one are cut. */
const window = { from: "2026-01-08T00:00:00.000Z", to: "2026-01-22T00:00:00.000Z" };
const monday = "2026-01-12T08:00:00.000Z";

function prediction(row: number, change: Partial<ScoredPrediction> = {}): ScoredPrediction {
  return { eventId: `p${row}`, at: monday, score: ((row * 37) % 100) / 100, modelVersion: "7", ...change };
}
const rows = (count: number, change: (row: number) => Partial<ScoredPrediction> = () => ({})) =>
  Array.from({ length: count }, (_, row) => prediction(row, change(row)));
/** Outcomes that come true as often as the scores say. */
const likely = (predictions: readonly ScoredPrediction[]) =>
  predictions.map(({ eventId, score }, row) => ({ eventId, outcome: Number((row * 61) % 100 < (score ?? 0) * 100) }));

const measured = (predictions: readonly ScoredPrediction[], given: Partial<PerformanceOptions> = {}) =>
  measurePerformance(predictions, { window, task: "binary", labels: likely(predictions), ...given });

test("a period without predictions, without labels or with few of them says so and measures nothing", async () => {
  const none = await measured([]);
  expect(none).toMatchObject({
    overall: { verdict: "no_data", labelShare: null, metrics: { rocAuc: { value: null, because: "no_labels" } } },
    sentence: "No predictions in this period: nothing can be measured.",
  });
  const unlabelled = await measured(rows(500), { labels: [], minimumAuc: 0.8 });
  expect(unlabelled).toMatchObject({
    gate: { minimumAuc: 0.8, verdict: "unknown" },
    overall: { verdict: "no_labels", labelShare: 0, estimate: { rocAuc: expect.closeTo(0.83, 1) } },
  });
  expect(unlabelled.sentence).toMatch(
    /^No labels yet for 500 predictions\. Estimated from the scores alone: ROC AUC 0\.8\d*, if they are as well calibrated as they were\.$/,
  );
  const few = await measured(rows(500), { labels: likely(rows(20)) });
  expect(few.overall).toMatchObject({ verdict: "too_few_labels", labelled: 20, labelShare: 0.04 });
  expect(few.sentence).toMatch(
    /^20 labels for 500 predictions \(4 %\): too few to measure\. Estimated from the scores/,
  );
});

test.each([
  [0, "negative"],
  [1, "positive"],
])("labels that are all %i leave ROC AUC undefined, and say so", async (outcome, word) => {
  const predictions = rows(300);
  const report = await measured(predictions, {
    labels: predictions.map(({ eventId }) => ({ eventId, outcome })),
    minimumAuc: 0.7,
  });
  expect(report.overall).toMatchObject({
    verdict: "one_class",
    metrics: { rocAuc: { value: null, because: "one_class" }, prAuc: { value: null, because: "one_class" } },
  });
  expect(report.gate?.verdict).toBe("unknown");
  expect(report.sentence).toMatch(
    new RegExp(`^All 300 labels so far are ${word}: ROC AUC is undefined\\. Estimated from`),
  );
  const { recall } = report.overall.metrics;
  expect(recall).toEqual(
    outcome === 0 ? { value: null, because: "one_class" } : expect.objectContaining({ value: 0.5 }),
  );
});

test("nine of the rarer class are too few for an area, and the reason is told", async () => {
  const predictions = rows(300);
  const labels = predictions.map(({ eventId }, row) => ({ eventId, outcome: Number(row < 9) }));
  const { overall } = await measured(predictions, { labels });
  expect(overall).toMatchObject({
    verdict: "too_few_labels",
    positives: 9,
    metrics: { rocAuc: { value: null, because: "too_few_labels" }, accuracy: { value: expect.any(Number) } },
  });
});

test("weeks begin on Monday, in UTC; the window cuts the first and the last one", async () => {
  expect(weeksOf(window).map(({ from, to }) => `${from.slice(0, 10)} ${to.slice(0, 10)}`)).toEqual([
    "2026-01-08 2026-01-12",
    "2026-01-12 2026-01-19",
    "2026-01-19 2026-01-22",
  ]);
  const moments = ["2026-01-11T23:59:59.999Z", "2026-01-12T00:00:00.000Z", "2026-01-21T23:59:59.999Z"];
  const report = await measured(rows(600, (row) => ({ at: moments[row % 3] ?? "" })));
  expect(report.weeks.map(({ predictions }) => predictions)).toEqual([200, 200, 200]);
  expect(report.overall.predictions).toBe(600);
});

test("what comes twice counts once, what is outside the window or has no score not at all", async () => {
  const predictions = [
    ...rows(100),
    ...rows(50),
    prediction(900, { at: "2026-01-07T23:59:59.999Z" }),
    prediction(901, { at: window.to }),
    prediction(902, { score: null }),
    prediction(903, { score: Number.NaN }),
    prediction(904, { score: Number.POSITIVE_INFINITY }),
  ];
  const report = await measured(predictions, { labels: likely(predictions) });
  expect(report.overall).toMatchObject({ predictions: 100, labelled: 100, labelShare: 1 });
  expect(report.models).toEqual([{ modelVersion: "7", rows: 100, first: monday, last: monday }]);
});

test("labels without a prediction are counted, and of an id's labels the last one holds", async () => {
  const predictions = rows(200);
  const labels = [
    ...predictions.map(({ eventId }) => ({ eventId, outcome: 0 })),
    { eventId: "unknown", outcome: 1 },
    ...predictions.map(({ eventId }, row) => ({ eventId, outcome: row % 2 })),
  ];
  expect(await measured(predictions, { labels })).toMatchObject({ orphans: 1, overall: { positives: 100 } });
});

test("labels that came late change the figures of the week in which the prediction was made", async () => {
  const predictions = rows(400, (row) => ({ at: row < 200 ? "2026-01-09T00:00:00.000Z" : monday }));
  const early = await measured(predictions, { labels: likely(predictions).slice(0, 200) });
  expect(early.weeks.map(({ verdict }) => verdict)).toEqual(["measured", "no_labels", "no_data"]);
  const later = await measured(predictions);
  expect(later.weeks.map(({ verdict, labelShare }) => [verdict, labelShare])).toEqual([
    ["measured", 1],
    ["measured", 1],
    ["no_data", null],
  ]);
  expect(later.weeks[0]?.metrics).toEqual(early.weeks[0]?.metrics);
});

test("a gate knows the interval: below only when even the interval's end is", async () => {
  const predictions = rows(2_000, (row) => ({ score: ((row * 37) % 1_000) / 1_000 }));
  const { overall } = await measured(predictions);
  const auc = overall.metrics.rocAuc;
  if (auc === undefined || auc.value === null) throw new Error("not measured");
  const verdict = async (minimumAuc: number) => (await measured(predictions, { minimumAuc })).gate?.verdict;
  expect(await verdict(auc.value - 0.001)).toBe("met");
  expect(await verdict((auc.value + auc.high) / 2)).toBe("at_risk");
  expect(await verdict(auc.high + 0.001)).toBe("below");
});

test("an estimate is near what labels show later, as long as scores come true", async () => {
  const random = uniform(5);
  const gauss = normal(random);
  const predictions = rows(20_000, () => ({ score: 1 / (1 + Math.exp(1 - 1.5 * gauss())) }));
  const labels = predictions.map(({ eventId, score }) => ({ eventId, outcome: Number(random() < (score ?? 0)) }));
  const { overall } = await measured(predictions, { labels });
  for (const name of ["rocAuc", "prAuc", "precision", "recall", "accuracy"] as const) {
    const [figure, estimated = Number.NaN] = [overall.metrics[name], overall.estimate?.[name]];
    expect(figure?.value).not.toBeNull();
    if (figure === undefined || figure.value === null) continue;
    // Two standard errors and a half: five figures of one sample.
    const reach = (figure.high - figure.low) * 0.64;
    expect(Math.abs(estimated - figure.value)).toBeLessThan(reach);
  }
});

test("an estimate uses what the baseline knows of its scores", async () => {
  const report = await measured(rows(400), { labels: [], baseline });
  const plain = await measured(rows(400), { labels: [] });
  // In the test split of this baseline, scores above 0.75 came true in nine of ten cases, those below 0.25 in one of ten.
  expect(report.overall.estimate?.precision).toBeGreaterThan(0.6);
  expect(report.overall.estimate?.rocAuc).not.toBeCloseTo(plain.overall.estimate?.rocAuc ?? 0, 3);
});

test.each<[string, Partial<PerformanceOptions>, string, string]>([
  [
    "an outcome that is no class",
    { labels: [{ eventId: "p1", outcome: 2 }] },
    "label_invalid",
    "The label of p1 is 2. Give 1 or 0.",
  ],
  [
    "an outcome that is no number",
    { task: "regression", labels: [{ eventId: "p1", outcome: Number.NaN }] },
    "label_invalid",
    "The label of p1 is NaN. Give a finite number.",
  ],
  [
    "a window that ends before it begins",
    { window: { from: window.to, to: window.from } },
    "window_invalid",
    "The window from 2026-01-22T00:00:00.000Z to 2026-01-08T00:00:00.000Z is not a span of time. Give two moments in ISO 8601, the earlier one first.",
  ],
])("%s is refused", async (_, given, code, message) => {
  await expect(measured(rows(10), given)).rejects.toEqual(expect.objectContaining({ code, message }));
});

test("a regression is measured by its errors; without labels there is no estimate", async () => {
  const predictions = rows(300, (row) => ({ score: 100 + row }));
  const labels = predictions.map(({ eventId, score }, row) => ({
    eventId,
    outcome: (score ?? 0) + (row % 2 ? 3 : -1),
  }));
  const report = await measured(predictions, { task: "regression", labels });
  expect(report.overall).toMatchObject({ verdict: "measured", metrics: { mae: { value: 2 }, bias: { value: -1 } } });
  expect(report.sentence).toMatch(/^mean absolute error 2 \(95 % interval 1\.\d+ to 2\.\d+\) from 300 labels/);
  expect((await measured(predictions, { task: "regression", labels: [] })).sentence).toBe(
    "No labels yet for 300 predictions.",
  );
  const alike = await measured(predictions, {
    task: "regression",
    labels: labels.map((each) => ({ ...each, outcome: 5 })),
  });
  expect(alike.overall.metrics.r2).toEqual({ value: null, because: "one_class" });
});
