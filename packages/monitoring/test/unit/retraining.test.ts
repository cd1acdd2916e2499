import {
  decideRetraining,
  type LabelledRow,
  mergeRows,
  type PastTraining,
  pastTrainings,
  type RetrainingRules,
  type RetrainingTrigger,
  retrainingCause,
  retrainingDescription,
  retrainingObservation,
  retrainingToken,
  retrainingWish,
  startedBy,
} from "@sagewright/monitoring";
import fc from "fast-check";
import { finding, observed } from "./alerts/routing";

const DAY = 86_400_000;
const now = new Date("2026-03-20T12:00:00Z");
const rules: RetrainingRules = { onDrift: true, onPerformance: true, coolDownDays: 7, maximumPerMonth: 4 };
const wish = (kind: RetrainingTrigger["kind"], finding?: string): RetrainingTrigger => ({
  kind,
  at: now,
  ...(finding === undefined ? {} : { finding }),
});
const ago = (days: number, trigger?: PastTraining["trigger"], underWay = false): PastTraining => ({
  startedAt: new Date(now.getTime() - days * DAY),
  underWay,
  ...(trigger === undefined ? {} : { trigger }),
});
const decide = (trigger: RetrainingTrigger, past: PastTraining[], changes: Partial<RetrainingRules> = {}) =>
  decideRetraining("churn", trigger, { rules: { ...rules, ...changes }, past, now });

describe("whether a training starts", () => {
  test("drift, ROC AUC under the gate and the calendar start one, and say why", () => {
    expect(decide(wish("drift", "plan rose."), [])).toMatchObject({ start: true, because: "drift: plan rose." });
    expect(decide(wish("performance", "0.74 < 0.80."), [])).toMatchObject({ because: "performance: 0.74 < 0.80." });
    expect(decide(wish("schedule"), [])).toMatchObject({ because: "the schedule of 2026-03-20" });
  });

  test("it rests after a training that a finding started, but the calendar and people go on", () => {
    const until = new Date(now.getTime() + 4 * DAY);
    expect(decide(wish("drift"), [ago(3, "performance")])).toMatchObject({ start: false, rule: "cooling_down", until });
    for (const kind of ["schedule", "request"] as const)
      expect(decide(wish(kind), [ago(3, "performance")], { onDrift: false, onPerformance: false }).start).toBe(true);
    expect(decide(wish("drift"), [ago(3), ago(4, "schedule"), ago(7, "drift")]).start).toBe(true);
  });

  test.each([
    [wish("drift"), [], { onDrift: false }, "switched_off"],
    [wish("performance"), [], { onPerformance: false }, "switched_off"],
    [wish("schedule"), [ago(0.1, undefined, true)], {}, "under_way"],
    [wish("schedule"), [ago(1), ago(2), ago(3), ago(4)], {}, "month_full"],
    [wish("schedule"), [ago(1), ago(2)], { budget: { usdPerMonth: 10, usdPerRun: 4 } }, "budget_spent"],
    [wish("request"), [ago(0.1, undefined, true)], {}, "under_way"],
    [wish("request"), [ago(1), ago(2), ago(3), ago(4)], {}, "month_full"],
  ] as const)("what refuses is named: %j", (trigger, past, changes, rule) => {
    const decision = decide(trigger, [...past], changes);
    expect(decision).toMatchObject({ start: false, rule });
  });

  test("a month begins anew, for the number and for the budget", () => {
    const past = [ago(20.6), ago(21), ago(22), ago(23)];
    expect(decide(wish("schedule"), past, { budget: { usdPerMonth: 4, usdPerRun: 4 } }).start).toBe(true);
  });

  test("whatever happens, no month has more trainings than it may, and findings keep their rest", () => {
    const kinds = fc.constantFrom("schedule", "drift", "performance", "request") as fc.Arbitrary<
      RetrainingTrigger["kind"]
    >;
    const asked = fc.array(fc.record({ hour: fc.integer({ min: 0, max: 24 * 120 }), kind: kinds }), { maxLength: 80 });
    fc.assert(
      fc.property(asked, (all) => {
        const started: PastTraining[] = [];
        for (const { hour, kind } of [...all].sort((a, b) => a.hour - b.hour)) {
          const at = new Date(Date.UTC(2026, 0, 1, hour));
          const decision = decideRetraining("churn", { kind, at }, { rules, past: started, now: at });
          if (decision.start) started.push({ startedAt: at, trigger: kind, underWay: false });
        }
        const months = started.map(({ startedAt }) => startedAt.toISOString().slice(0, 7));
        for (const month of new Set(months)) expect(months.filter((each) => each === month).length).toBeLessThan(5);
        const caused = started
          .filter(({ trigger }) => trigger === "drift" || trigger === "performance")
          .map(({ startedAt }) => startedAt.getTime());
        for (const [index, time] of caused.slice(1).entries())
          expect(time - (caused[index] ?? 0)).toBeGreaterThanOrEqual(7 * DAY);
      }),
    );
  });

  test("the same wish has the same token, which SageMaker takes", () => {
    const [one, again, other] = [wish("drift", "a"), wish("drift", "b"), wish("performance", "a")].map((each) =>
      decide(each, []),
    );
    expect(one).toMatchObject({ token: expect.stringMatching(/^[0-9a-zA-Z]{32,128}$/) });
    expect((one as { token: string }).token).toBe((again as { token: string }).token);
    expect((one as { token: string }).token).not.toBe((other as { token: string }).token);
    // A schedule may have several moments a day, and somebody may ask twice.
    const later = new Date(now.getTime() + DAY / 2);
    for (const kind of ["schedule", "request"] as const) {
      const key = (at: Date) => retrainingToken("churn", { kind, at });
      expect(key(later)).not.toBe(key(now));
    }
    const asked = (at: Date) => retrainingToken("churn", { kind: "request", at, key: "monday" });
    expect(asked(later)).toBe(asked(now));
  });
});

test("findings ask for a training; while data is broken drift does not, and ROC AUC does", () => {
  const model = { name: "churn" };
  const drift = finding({ model });
  const broken = finding({ model, key: "q", kind: "data-quality", severity: "critical" });
  const poor = finding({ model, key: "p", kind: "performance", what: "ROC AUC is below the gate." });
  const asked = (...findings: ReturnType<typeof finding>[]) => retrainingWish(observed(now, findings), "churn");
  expect(asked(drift)).toEqual({ kind: "drift", at: now, finding: drift.what });
  expect(asked(drift, broken)).toBeUndefined();
  expect(asked(drift, broken, poor)).toMatchObject({ kind: "performance" });
  expect(asked({ ...drift, severity: "minor" })).toBeUndefined();
  expect(asked({ ...drift, model: { name: "other" } })).toBeUndefined();
  expect(asked(finding({ model, kind: "no-data" }))).toBeUndefined();
});

test("a run's description says later what started it", () => {
  const wishes: RetrainingTrigger[] = [
    wish("drift", "plan: a rose."),
    wish("performance", "0.74"),
    wish("schedule"),
    { ...wish("request", "drift of plan"), key: "monday" },
  ];
  for (const trigger of wishes) {
    const because = retrainingCause(trigger);
    expect(startedBy(retrainingDescription("churn", because))).toEqual({ because, trigger: trigger.kind });
  }
  const runs = [
    { StartTime: now, PipelineExecutionStatus: "Stopping", PipelineExecutionDescription: "Retraining of a: drift: b" },
    { StartTime: now, PipelineExecutionStatus: "Succeeded" },
    { PipelineExecutionStatus: "Executing" },
  ];
  expect(pastTrainings(runs)).toEqual([
    { startedAt: now, underWay: true, trigger: "drift" },
    { startedAt: now, underWay: false },
  ]);
  expect(startedBy(retrainingDescription("churn", "asked for at the prompt"))).toEqual({
    because: "asked for at the prompt",
  });
  expect(startedBy("first try")).toBeUndefined();
  expect(startedBy(undefined)).toBeUndefined();
});

test("an outcome is told in the threads of drift and performance; only a failure is a finding, which a success ends", () => {
  const outcome = { model: "churn", run: "abc", because: "drift: x" };
  const failed = retrainingObservation(
    { ...outcome, result: { kind: "failed", reason: "Tune: no capacity" } },
    now.toISOString(),
  );
  expect(failed.findings).toMatchObject([
    { key: "churn/retraining", runbook: "retraining-failed", severity: "performance" },
  ]);
  const auc = { champion: 0.8512, challenger: 0.8631 };
  const promoted = retrainingObservation(
    { ...outcome, auc, result: { kind: "promoted", version: "8" } },
    now.toISOString(),
  );
  expect(promoted.findings).toEqual([]);
  expect(promoted.cleared).toEqual(["churn/retraining"]);
  expect(promoted.notes).toMatchObject([
    {
      about: "churn/drift",
      text: "The model trained by abc (drift: x) took over as version 8. ROC AUC on the same rows: challenger 0.863, champion 0.851.",
    },
    { about: "churn/performance" },
  ]);
});

describe("history and fresh rows as one data set", () => {
  const row = (customer: string, date: string, value: string): LabelledRow => ({ customer, date, value });
  const merge = (history: LabelledRow[], fresh: LabelledRow[], changes = {}) =>
    mergeRows(history, fresh, { rules: { customer: "customer", date: "date", ...changes }, now });

  test("a customer counts once a date; the fresh row wins, and of two fresh ones the later given", () => {
    const merged = merge(
      [row("a", "2026-03-01", "old"), row("b", "2026-03-01", "old")],
      [row("a", "2026-03-01T00:00:00Z", "new"), row("a", "2026-03-01", "newest"), row("a", "2026-03-02", "other day")],
      { freshWeight: 3 },
    );
    expect(merged.duplicates).toBe(2);
    expect(merged.rows.map(({ row: { customer, value }, weight, from }) => [customer, value, weight, from])).toEqual([
      ["a", "newest", 3, "fresh"],
      ["b", "old", 1, "history"],
      ["a", "other day", 3, "fresh"],
    ]);
  });

  test("what is too old, of the future or without a date is left out and counted", () => {
    const rows = [
      row("a", "2025-01-01", ""),
      row("b", "2026-04-01", ""),
      row("c", "soon", ""),
      row("d", "2026-03-01", ""),
    ];
    const { rows: kept, tooOld, fromTheFuture, undated } = merge([], rows, { windowDays: 365 });
    expect([kept.length, tooOld, fromTheFuture, undated]).toEqual([1, 1, 1, 1]);
  });

  test("tomorrow never trains today: whatever comes, each part is later than the one before, and nothing is lost", () => {
    const rows = fc.array(
      fc.record({
        customer: fc.integer({ min: 0, max: 30 }),
        day: fc.integer({ min: 1, max: 25 }),
        fresh: fc.boolean(),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(rows, (all) => {
        const given = all.map(({ customer, day, fresh }, at) => ({
          fresh,
          row: row(String(customer), new Date(Date.UTC(2026, 1, day)).toISOString(), String(at)),
        }));
        const of = (fresh: boolean) => given.filter((each) => each.fresh === fresh).map((each) => each.row);
        const merged = merge(of(false), of(true));
        const distinct = new Set(given.map(({ row: { customer, date } }) => `${customer} ${date}`));
        expect(merged.rows).toHaveLength(distinct.size);
        expect(merged.rows.length + merged.duplicates).toBe(given.length);
        const times = (split: string) =>
          merged.rows.filter((each) => each.split === split).map((each) => Date.parse(each.row.date ?? ""));
        const [train, validation, test] = [times("train"), times("validation"), times("test")];
        expect(Math.max(...train)).toBeLessThan(Math.min(...validation, ...test));
        expect(Math.max(...validation)).toBeLessThan(Math.min(...test));
      }),
    );
  });

  test("rows on many days are divided by their shares", () => {
    const rows = Array.from({ length: 1_000 }, (_, at) =>
      row(`c${at}`, new Date(now.getTime() - at * 60_000).toISOString(), ""),
    );
    const { rows: merged, boundaries } = merge(rows, [], { testShare: 0.2, validationShare: 0.1 });
    const count = (split: string) => merged.filter((each) => each.split === split).length;
    expect([count("train"), count("validation"), count("test")]).toEqual([700, 100, 200]);
    expect(boundaries.test).toBe(new Date(now.getTime() - 199 * 60_000).toISOString());
  });
});
