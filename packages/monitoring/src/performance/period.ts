import { counted, figure, percent } from "../drift/words";
import type { Window } from "../window";
import { binaryMetrics, calibrationBins, type LabelledScores, LEAST_PER_CLASS } from "./binary-metrics";
import type { Calibrator } from "./calibrator";
import { ESTIMATE_BINS, estimate, estimateBin } from "./estimate";
import { regressionMetrics } from "./regression-metrics";
import type { Figure, PeriodPerformance } from "./report";

/** How a period is judged. */
export interface PeriodRules {
  readonly task: "binary" | "regression";
  readonly threshold: number;
  /** Labels under which nothing is called measured. */
  readonly minimumLabels: number;
  readonly calibrate: Calibrator;
}

/** Collects a period's predictions: labelled ones as they are, all of them as counts of scores. */
export class Period {
  predictions = 0;
  readonly #counts = new Float64Array(ESTIMATE_BINS);
  #scores = new Float64Array(1_024);
  #outcomes = new Float64Array(1_024);
  #labelled = 0;

  /** @param outcome - undefined as long as no label came */
  add(score: number, outcome: number | undefined): void {
    this.predictions += 1;
    const bin = estimateBin(score);
    this.#counts[bin] = (this.#counts[bin] as number) + 1;
    if (outcome === undefined) return;
    if (this.#labelled === this.#scores.length) {
      this.#scores = doubled(this.#scores);
      this.#outcomes = doubled(this.#outcomes);
    }
    this.#scores[this.#labelled] = score;
    this.#outcomes[this.#labelled] = outcome;
    this.#labelled += 1;
  }

  /** What the period says. */
  judge(window: Window, rules: PeriodRules): PeriodPerformance {
    const labelled = {
      scores: this.#scores.slice(0, this.#labelled),
      outcomes: this.#outcomes.slice(0, this.#labelled),
    };
    const base = {
      window,
      predictions: this.predictions,
      labelled: this.#labelled,
      labelShare: this.predictions === 0 ? null : this.#labelled / this.predictions,
    };
    const period =
      rules.task === "binary" ? this.#binary(base, labelled, rules) : regression(base, labelled, rules.minimumLabels);
    return { ...period, sentence: sentenceOf(period) };
  }

  #binary(base: Base, labelled: LabelledScores, rules: PeriodRules): Judged {
    const positives = labelled.outcomes.reduce((sum, outcome) => sum + outcome, 0);
    const estimated =
      this.predictions === 0 ? {} : { estimate: estimate(this.#counts, rules.calibrate, rules.threshold) };
    return {
      ...base,
      positives,
      verdict: verdictOf(base, positives, rules.minimumLabels),
      metrics: binaryMetrics(labelled, rules.threshold),
      ...(base.labelled === 0 ? {} : { calibration: calibrationBins(labelled) }),
      ...estimated,
    };
  }
}

type Base = Pick<PeriodPerformance, "window" | "predictions" | "labelled" | "labelShare">;
type Judged = Omit<PeriodPerformance, "sentence">;

function regression(base: Base, labelled: LabelledScores, minimumLabels: number): Judged {
  const { predictions, labelled: count } = base;
  const few = count === 0 ? "no_labels" : count < minimumLabels ? "too_few_labels" : "measured";
  return { ...base, verdict: predictions === 0 ? "no_data" : few, metrics: regressionMetrics(labelled) };
}

function verdictOf({ predictions, labelled }: Base, positives: number, minimum: number): PeriodPerformance["verdict"] {
  if (predictions === 0) return "no_data";
  if (labelled === 0) return "no_labels";
  if (labelled < minimum) return "too_few_labels";
  const rarer = Math.min(positives, labelled - positives);
  if (rarer === 0) return "one_class";
  return rarer < LEAST_PER_CLASS ? "too_few_labels" : "measured";
}

function sentenceOf(period: Judged): string {
  const { predictions, labelled, labelShare, verdict, positives, metrics } = period;
  const arrived = `${counted(labelled, "label")} for ${counted(predictions, "prediction")} (${percent(labelShare ?? 0)})`;
  switch (verdict) {
    case "no_data":
      return "No predictions in this period: nothing can be measured.";
    case "no_labels":
      return `No labels yet for ${counted(predictions, "prediction")}.${estimateOf(period)}`;
    case "one_class":
      return `All ${counted(labelled, "label")} so far are ${positives === 0 ? "negative" : "positive"}: ROC AUC is undefined.${estimateOf(period)}`;
    case "too_few_labels":
      return `${arrived}: too few to measure.${estimateOf(period)}`;
    default: {
      const [name, found] =
        metrics.rocAuc === undefined ? ["mean absolute error", metrics.mae] : ["ROC AUC", metrics.rocAuc];
      return `${name} ${withInterval(found)} from ${arrived}.`;
    }
  }
}

function withInterval(found: Figure | undefined): string {
  if (found === undefined || found.value === null) return "undefined";
  return `${figure(found.value)} (95 % interval ${figure(found.low)} to ${figure(found.high)})`;
}

function estimateOf({ estimate: estimated }: Judged): string {
  if (estimated?.rocAuc === undefined) return "";
  return ` Estimated from the scores alone: ROC AUC ${figure(estimated.rocAuc)}, if they are as well calibrated as they were.`;
}

function doubled(values: Float64Array): Float64Array<ArrayBuffer> {
  const more = new Float64Array(values.length * 2);
  more.set(values);
  return more;
}
