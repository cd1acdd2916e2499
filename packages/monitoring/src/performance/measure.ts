import type { Baseline } from "../baseline/baseline";
import { MonitoringError } from "../errors";
import { EventIds } from "../summary/event-ids";
import type { ModelShare, Window } from "../window";
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
  const overall = new Period();
  const weeks = new Map<string, Period>(weeksOf(window).map(({ from }) => [from, new Period()]));
  const models = new Map<string, ModelShare>();
  const ids = new EventIds();
  let joined = 0;
  for await (const { eventId, at, score, modelVersion } of predictions) {
    if (at < window.from || at >= window.to || !isNumber(score) || ids.add(eventId) === "seen") continue;
    const outcome = labels.get(eventId);
    if (outcome !== undefined) joined += 1;
    overall.add(score, outcome);
    weeks.get(laterOf(weekOf(at), window.from))?.add(score, outcome);
    noteModel(models, modelVersion, at);
  }
  const calibrate = (baseline === undefined ? undefined : calibratorOf(baseline.score)) ?? ((score: number) => score);
  const rules: PeriodRules = { task, threshold, minimumLabels, calibrate };
  const whole = overall.judge(window, rules);
  return {
    format: 1,
    kind: "performance",
    task,
    window,
    models: [...models.values()].sort((a, b) => b.rows - a.rows),
    ...(task === "binary" ? { threshold } : {}),
    ...(minimumAuc === undefined ? {} : { gate: { minimumAuc, verdict: gateVerdict(whole, minimumAuc) } }),
    overall: whole,
    weeks: weeksOf(window).map((week) => (weeks.get(week.from) as Period).judge(week, rules)),
    orphans: labels.size - joined,
    sentence: whole.sentence,
  };
}

/** NaN and infinities are no answers. */
function isNumber(score: number | null): score is number {
  return Number.isFinite(score);
}

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

function laterOf(one: string, other: string): string {
  return [one, other].sort()[1] ?? one;
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

function noteModel(models: Map<string, ModelShare>, modelVersion: string, at: string): void {
  const known = models.get(modelVersion);
  if (known === undefined) models.set(modelVersion, { modelVersion, rows: 1, first: at, last: at });
  else {
    const first = at < known.first ? at : known.first;
    const last = at > known.last ? at : known.last;
    models.set(modelVersion, { modelVersion, rows: known.rows + 1, first, last });
  }
}
