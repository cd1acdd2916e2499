import fc from "fast-check";
import {
  addSummary,
  compareWithBaseline,
  emptySummary,
  mergeSummaries,
  RowCounter,
  readBaseline,
  readSummary,
  type Summary,
  summaryJson,
} from "../../src";
import { hour } from "../support/captures";
import { baseline, contract, document, trained } from "../support/small";

const counter = new RowCounter(baseline, contract);
type Row = Record<string, unknown>;

function summaryOf(
  rows: number,
  change: (row: Row, at: number) => Row = (row) => row,
  score = (at: number) => [0.15, 0.15, 0.15, 0.15, 0.35, 0.35, 0.35, 0.6, 0.6, 0.85][(at * 13) % 10] ?? 0,
): Summary {
  const summary = emptySummary(baseline, hour);
  for (let at = 0; at < rows; at += 1) {
    const input = change(trained(at), at);
    counter.add(summary, { input, score: score(at), positive: null, modelVersion: "7", latencyMs: 1, at: hour.from });
  }
  return summary;
}

const reportOf = (summary: Summary) => compareWithBaseline({ baseline, contract, summary });
const feature = (summary: Summary, name: string) => reportOf(summary).features.find((each) => each.feature === name);

test("a window like training has no drift", () => {
  const report = reportOf(summaryOf(1_000));
  expect(report).toMatchObject({
    verdict: "no_drift",
    quality: [],
    rows: 1_000,
    models: [{ modelVersion: "7", rows: 1_000 }],
  });
  expect(report.sentence).toBe(
    "No drift in 4 features over 1,000 predictions from Monday 5 January, 10:00 to Monday 5 January 2026, 11:00 UTC.",
  );
});

test("a window without data says so, and one with few rows too; neither says no drift", () => {
  expect(reportOf(summaryOf(0))).toMatchObject({
    verdict: "no_data",
    quality: [],
    relations: { verdict: "not_available" },
  });
  const none = reportOf(summaryOf(0));
  expect(none.sentence).toContain("nothing can be said about drift");
  expect([...none.features, ...none.segments].map(({ verdict }) => verdict)).not.toContain("no_drift");
  const few = reportOf(summaryOf(99, (row) => ({ ...row, minutes: 399 })));
  expect(few).toMatchObject({ verdict: "too_few_rows" });
  expect(few.sentence).toContain("99 predictions");
});

test("a baseline of few rows, or without values, is what the sentence blames", () => {
  const sentence = (change: object) => {
    const small = readBaseline(JSON.stringify({ ...document, ...change }));
    const summary = { ...summaryOf(300), baseline: small.sha256, segments: [] };
    return compareWithBaseline({ baseline: { ...small, segments: [] }, contract, summary });
  };
  const empty = { missing: 60, edges: [], counts: [], mean: null, std: null, minimum: null, maximum: null };
  const { active, plan } = document.columns;
  const columns = {
    active: { ...active, missing: 60, counts: { "0": 0, "1": 0 } },
    minutes: { ...document.columns.minutes, ...empty },
    plan: { ...plan, missing: 60, counts: { basic: 0, gold: 0 } },
    version: { ...document.columns.version, ...empty },
  };
  expect(
    sentence({ columns, rows: 60, score: { ...document.score, edges: [], counts: [], positives: [] } }),
  ).toMatchObject({
    verdict: "too_few_rows",
    sentence: expect.stringMatching(
      /^300 predictions .*, but the 60 rows of training are too few to tell drift from chance\./,
    ),
  });
  expect(sentence({ columns })).toMatchObject({
    verdict: "too_few_rows",
    sentence: expect.stringMatching(
      /^300 predictions .*, but no feature has enough values to tell drift from chance\./,
    ),
  });
});

test("says what happened in a plain sentence", () => {
  const sentence = (name: string, change: (row: Row, at: number) => Row) =>
    feature(summaryOf(1_000, change), name)?.sentence;
  expect(sentence("plan", (row, at) => ({ ...row, plan: at % 100 < 21 ? "gold" : "basic" }))).toBe(
    'plan: "gold" rose from 9 % to 21 %.',
  );
  expect(sentence("active", (row, at) => ({ ...row, active: Number(at % 10 < 4) }))).toBe(
    "active: true fell from 70 % to 40 %.",
  );
  expect(sentence("minutes", (row) => ({ ...row, minutes: Number(row.minutes) + 50 }))).toMatch(
    /^minutes: the mean rose from 200 to 2\d\d minutes, by 0\.4\d+ standard deviations\.$/,
  );
  expect(sentence("minutes", (row, at) => (at % 2 === 0 ? row : { ...row, minutes: 199 }))).toBe(
    "minutes: the share between 100 and 200 rose from 25 % to 63 %.",
  );
  expect(sentence("minutes", (row) => row)).toBe("minutes: no more difference than chance explains.");
});

test("what is certain but small is no drift, whatever the number of rows", () => {
  const shifted = summaryOf(20_000, (row, at) => ({ ...row, plan: (at * 7) % 1_000 < 100 ? "gold" : "basic" }));
  const wide = readBaseline(
    JSON.stringify({
      ...document,
      rows: 1e6,
      columns: { ...document.columns, plan: { ...document.columns.plan, counts: { basic: 910_000, gold: 90_000 } } },
    }),
  );
  const report = compareWithBaseline({ baseline: wide, contract, summary: { ...shifted, baseline: wide.sha256 } });
  const plan = report.features.find((each) => each.feature === "plan");
  expect(plan).toMatchObject({
    verdict: "no_drift",
    sentence: 'plan: "gold" rose from 9 % to 10 %, too little to matter.',
  });
  expect(plan?.pValue).toBeLessThan(0.005);
});

test("scores that drift are drift", () => {
  const report = reportOf(summaryOf(1_000, undefined, (at) => ((at * 13) % 100) / 100));
  expect(report).toMatchObject({ verdict: "drift", score: { feature: "score", verdict: "drift", type: "score" } });
  expect(report.sentence).toMatch(
    /^Drift in the scores over 1,000 predictions .* score: the mean rose from 0\.35 to 0\.49\d, /,
  );
});

test("a renamed column is missed, and the new one named", () => {
  const report = reportOf(summaryOf(500, ({ minutes, ...row }) => ({ ...row, call_minutes: minutes, customer: 1 })));
  expect(report.quality).toEqual([
    {
      code: "column_absent",
      column: "minutes",
      severity: "critical",
      baseline: 0,
      window: 1,
      sentence: "minutes: the column is not in any row. Was it renamed to call_minutes?",
    },
    expect.objectContaining({ code: "column_unknown", column: "call_minutes", severity: "warning", window: 1 }),
  ]);
  expect(report.features.find((each) => each.feature === "minutes")).toMatchObject({ verdict: "no_data" });
});

test.each<[string, string, string, (row: Row, at: number) => Row, string]>([
  [
    "missing_share",
    "minutes",
    "critical",
    (row, at) => ({ ...row, minutes: at % 5 === 0 ? row.minutes : null }),
    "minutes: missing values went from 0 % to 80 % of rows.",
  ],
  [
    "new_category",
    "plan",
    "warning",
    (row, at) => ({ ...row, plan: at % 20 === 0 ? "tin" : row.plan }),
    'plan: values outside the known categories went from 0 % to 5 % of rows, most often "tin".',
  ],
  [
    "out_of_range",
    "minutes",
    "warning",
    (row, at) => ({ ...row, minutes: at % 50 === 0 ? 5_000 : row.minutes }),
    "minutes: 2 % of rows lie outside the contract's range, as far as 5,000.",
  ],
  [
    "invalid_value",
    "minutes",
    "warning",
    (row, at) => ({ ...row, minutes: at % 50 === 0 ? Number.POSITIVE_INFINITY : row.minutes }),
    "minutes: 2 % of rows hold NaN, an infinity or a value of another type.",
  ],
  [
    "constant_in_baseline",
    "version",
    "critical",
    (row) => ({ ...row, version: 4 }),
    "version: it was always 3 when the model was trained, and is not in 100 % of rows.",
  ],
])("%s of %s is %s", (code, column, severity, change, sentence) => {
  const found = reportOf(summaryOf(1_000, change)).quality;
  expect(found.map((each) => [each.code, each.column, each.severity, each.sentence])).toEqual([
    [code, column, severity, sentence],
  ]);
});

test("a segment is compared with itself", () => {
  const summary = summaryOf(3_000, (row) => (row.plan === "gold" ? { ...row, minutes: 350 } : row));
  const bigger = {
    ...document,
    segments: document.segments.map((each) => ({
      ...each,
      rows: 900,
      counts: { ...each.counts, minutes: [225, 225, 225, 225, 0], active: [270, 630, 0, 0] },
    })),
  };
  const wide = readBaseline(JSON.stringify(bigger));
  const report = compareWithBaseline({ baseline: wide, contract, summary: { ...summary, baseline: wide.sha256 } });
  expect(report.segments.map(({ value, verdict, rows }) => ({ value, verdict, rows }))).toEqual([
    { value: "gold", verdict: "drift", rows: 270 },
    { value: "basic", verdict: "no_drift", rows: 2_730 },
  ]);
  expect(report.segments[0]?.sentence).toBe("plan gold: minutes: the share from 300 rose from 25 % to 100 %.");
  expect(reportOf(summary).segments[0]).toMatchObject({ verdict: "too_few_rows", rows: 270 });
});

test("rules that cannot be are refused with their name", () => {
  const compare = (options: object) => () =>
    compareWithBaseline({ baseline, contract, summary: summaryOf(0) }, options);
  expect(compare({ significance: 0 })).toThrow(
    "drift.significance: 0 is not between 0 and 1. Correct it, or leave it out.",
  );
  expect(compare({ minimumRows: 5 })).toThrow("drift.minimumRows: 5 is not at least 20.");
});

test("summaries of another baseline are refused", () => {
  const other = readBaseline(JSON.stringify({ ...document, rows: 1_001 }));
  const code = expect.objectContaining({ code: "baseline_differs" });
  expect(() => mergeSummaries(other, [summaryOf(1)])).toThrow(code);
  expect(() => readSummary(summaryJson(summaryOf(1), baseline), other)).toThrow(code);
  expect(() => compareWithBaseline({ baseline: other, contract, summary: summaryOf(1) })).toThrow(code);
});

test("any parts of a window, in any order, written and read, add up to the whole", () => {
  const rows = fc.array(
    fc.record({
      minutes: fc.oneof(fc.integer({ min: -10, max: 900 }), fc.constantFrom(null, "x")),
      plan: fc.constantFrom("gold", "basic", "tin", null),
      active: fc.constantFrom(0, 1, true),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(rows, fc.array(fc.nat(3), { minLength: 40, maxLength: 40 }), (given, parts) => {
      const summaries = [0, 1, 2, 3].map(() => emptySummary(baseline, hour));
      const whole = emptySummary(baseline, hour);
      given.forEach((input, at) => {
        const prediction = {
          input,
          score: at / 40,
          positive: at % 2 === 0,
          modelVersion: `${at % 3}`,
          latencyMs: at,
          at: hour.from,
        };
        counter.add(whole, prediction);
        counter.add(summaries[parts[at] ?? 0] as Summary, prediction);
      });
      const read = summaries.map((each) => readSummary(summaryJson(each, baseline), baseline));
      const merged = mergeSummaries(baseline, read.reverse());
      const numbers = JSON.parse(summaryJson(merged, baseline));
      const expected = JSON.parse(summaryJson(whole, baseline));
      for (const document of [numbers, expected]) {
        for (const column of [document.score, document.columns.minutes]) {
          column.sum = Number((column.sum ?? 0).toFixed(6));
          column.squares = Number((column.squares ?? 0).toFixed(6));
        }
        document.models = Object.fromEntries(Object.entries(document.models).sort());
      }
      expect(numbers).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test("a year of hourly summaries is merged and tested at once", () => {
  const total = emptySummary(baseline, hour);
  const one = summaryOf(50);
  for (let at = 0; at < 8_760; at += 1) addSummary(total, one);
  expect(total.rows).toBe(438_000);
});

test.each([
  ["summary_invalid", "{", "it is not JSON"],
  ["summary_format", '{"format":9}', "the format 9"],
  ["summary_invalid", summaryJson(summaryOf(5), baseline).replace('"rows":5', '"rows":-5'), "rows is no count"],
  ["summary_invalid", summaryJson(summaryOf(5), baseline).replace('"bins":[', '"bins":[1,'), "has 4 numbers, not 3"],
])("%s: a summary that cannot be used says why", (code, text, message) => {
  expect(() => readSummary(text, baseline)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test.each([
  ["baseline_invalid", "[", "it is not JSON"],
  ["baseline_format", '{"format":3}', "the format 3"],
  ["baseline_invalid", JSON.stringify({ ...document, rows: "many" }), "rows: "],
  [
    "baseline_invalid",
    JSON.stringify({ ...document, score: { ...document.score, edges: [0, 1] } }),
    "score has 4 counts and 2 edges",
  ],
  ["baseline_invalid", JSON.stringify({ ...document, rows: 900 }), "active has 1000 values in 900 rows"],
])("%s: a baseline that cannot be used says why", (code, text, message) => {
  expect(() => readBaseline(text)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test("a baseline of format 1 is read; it knows no relations and no segments", () => {
  const {
    segments,
    score: { positives, ...score },
    ...old
  } = document;
  const read = readBaseline(JSON.stringify({ ...old, score, format: 1 }));
  expect(read.segments).toEqual([]);
  const report = compareWithBaseline({
    baseline: read,
    contract,
    summary: { ...summaryOf(500), baseline: read.sha256, segments: [] },
  });
  expect(report).toMatchObject({ verdict: "no_drift", relations: { verdict: "not_available" }, segments: [] });
  expect([segments.length, positives.length]).toEqual([2, 4]);
});
