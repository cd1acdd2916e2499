import type { Baseline } from "../baseline/baseline";
import { MonitoringError } from "../errors";
import { EventIds } from "../summary/event-ids";
import type { Window } from "../window";
import { calibratorOf } from "./calibrator";
import { Period, type PeriodRules } from "./period";
import type { PerformanceReport, PeriodPerformance } from "./report";

/** A prediction, as far as its worth is measured; a captured one has more. */
export interface ScoredPrediction {
  readonly eventId: string;
  /** Event time, ISO 8601 in UTC. */
  readonly at: string;
  readonly score: number | null;
  readonly modelVersion: string;
}

/** What became of a prediction: 1 or 0, or the number of a regression. */
export interface Label {
  readonly eventId: string;
  readonly outcome: number;
}

/** What is measured, and how. */
export interface PerformanceOptions {
  readonly window: Window;
  readonly task: "binary" | "regression";
  /** The last label of an id counts. All are held in memory, one entry each. */
  readonly labels: Iterable<Label>;
  /** From this score on the model says yes. @default 0.5 */
  readonly threshold?: number;
  /** Least ROC AUC. @default no gate */
  readonly minimumAuc?: number;
  /** Labels under which nothing is called measured. @default 30 */
  readonly minimumLabels?: number;
  /** Says how often scores came true in the test split, for estimates. @default scores are taken for probabilities */
  readonly baseline?: Baseline;
}

/**
 * Joins labels to predictions by id, and says by weeks what the model's answers were worth. Predictions are read once; one
 * that comes twice counts once, and those outside the window not at all.
 *
 * @throws {@link MonitoringError} `window_invalid`; `label_invalid` for an outcome that is not 1 or 0 (not finite, for a regression).
 */
export async function measurePerformance(
  predictions: Iterable<ScoredPrediction> | AsyncIterable<ScoredPrediction>,
  options: PerformanceOptions,
): Promise<PerformanceReport> {
  const { task, threshold = 0.5, minimumAuc, minimumLabels = 30, baseline } = options;
  const window = normalised(options.window);
  const labels = labelsById(options.labels, task);
  const collected = new Collected(window, labels);
  // Waiting for each of what is there already would take most of the time.
  if (Symbol.asyncIterator in predictions) for await (const prediction of predictions) collected.add(prediction);
  else for (const prediction of predictions) collected.add(prediction);
  const calibrate = (baseline === undefined ? undefined : calibratorOf(baseline.score)) ?? ((score: number) => score);
  const rules: PeriodRules = { task, threshold, minimumLabels, calibrate };
  const whole = collected.overall.judge(window, rules);
  return {
    format: 1,
    kind: "performance",
    task,
    window,
    models: [...collected.models.values()].sort((a, b) => b.rows - a.rows),
    ...(task === "binary" ? { threshold } : {}),
    ...(minimumAuc === undefined ? {} : { gate: { minimumAuc, verdict: gateVerdict(whole, minimumAuc) } }),
    overall: whole,
    weeks: collected.weeks.map(({ week, period }) => period.judge(week, rules)),
    orphans: labels.size - collected.joined,
    sentence: whole.sentence,
  };
}

/** The predictions of a window, by week. */
class Collected {
  readonly overall = new Period();
  readonly weeks: readonly { readonly week: Window; readonly period: Period }[];
  readonly models = new Map<string, { modelVersion: string; rows: number; first: string; last: string }>();
  joined = 0;
  readonly #ids = new EventIds();
  readonly #window: Window;
  readonly #labels: ReadonlyMap<string, number>;
  /** By day, since the moments of a day share their beginning and their week. */
  readonly #periods = new Map<string, Period | undefined>();

  constructor(window: Window, labels: ReadonlyMap<string, number>) {
    this.#window = window;
    this.#labels = labels;
    this.weeks = weeksOf(window).map((week) => ({ week, period: new Period() }));
  }

  add({ eventId, at, score, modelVersion }: ScoredPrediction): void {
    // NaN and infinities are no answers.
    if (at < this.#window.from || at >= this.#window.to || score === null || !Number.isFinite(score)) return;
    if (this.#ids.add(eventId) === "seen") return;
    const outcome = this.#labels.get(eventId);
    if (outcome !== undefined) this.joined += 1;
    this.overall.add(score, outcome);
    this.#weekOf(at)?.add(score, outcome);
    const model = this.models.get(modelVersion);
    if (model === undefined) this.models.set(modelVersion, { modelVersion, rows: 1, first: at, last: at });
    else {
      model.rows += 1;
      if (at < model.first) model.first = at;
      if (at > model.last) model.last = at;
    }
  }

  #weekOf(at: string): Period | undefined {
    const day = at.slice(0, DAY_LENGTH);
    if (!this.#periods.has(day)) {
      this.#periods.set(day, this.weeks.find(({ week }) => at >= week.from && at < week.to)?.period);
    }
    return this.#periods.get(day);
  }
}

/** `2026-01-05` */
const DAY_LENGTH = 10;

/** Weeks from Monday to Monday in UTC, the first and last one cut by the window. */
export function weeksOf(window: Window): Window[] {
  const weeks: Window[] = [];
  for (let from = window.from; from < window.to; ) {
    const next = new Date(Date.parse(weekOf(from)) + WEEK_MS).toISOString();
    const [to = window.to] = [next, window.to].sort();
    weeks.push({ from, to });
    from = to;
  }
  return weeks;
}

/** Both ends as `toISOString` writes them, so that moments compare as texts. */
function normalised({ from, to }: Window): Window {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if (start < end) return { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
  const message = `The window from ${from} to ${to} is not a span of time. Give two moments in ISO 8601, the earlier one first.`;
  throw new MonitoringError("window_invalid", message, { facts: { from, to } });
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** The Monday before a moment; 1970-01-01 was a Thursday. */
function weekOf(at: string): string {
  const day = Math.floor(Date.parse(at) / DAY_MS);
  return new Date((day - ((day + 3) % 7)) * DAY_MS).toISOString();
}

function gateVerdict({ metrics }: PeriodPerformance, minimum: number): "below" | "at_risk" | "met" | "unknown" {
  const auc = metrics.rocAuc;
  if (auc === undefined || auc.value === null) return "unknown";
  if (auc.value >= minimum) return "met";
  return auc.high < minimum ? "below" : "at_risk";
}

function labelsById(labels: Iterable<Label>, task: "binary" | "regression"): Map<string, number> {
  const byId = new Map<string, number>();
  for (const { eventId, outcome } of labels) {
    const isGood = task === "binary" ? outcome === 0 || outcome === 1 : Number.isFinite(outcome);
    if (!isGood)
      throw new MonitoringError(
        "label_invalid",
        `The label of ${eventId} is ${outcome}. Give ${task === "binary" ? "1 or 0" : "a finite number"}.`,
        { facts: { eventId, outcome } },
      );
    byId.set(eventId, outcome);
  }
  return byId;
}
