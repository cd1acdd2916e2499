import { compile } from "../training/metrics";
import { definitionsOf, isEnded, objectiveOf, type Trial, type TuningJob } from "./tuning-job";

/** Fewer than this many trials to compare with say nothing. */
const FEWEST_OTHERS = 3;
/** A script that reports once reports its end, and there is nothing left to save. */
const FEWEST_REPORTS = 2;

/** What a trial's log says of its objective so far, in order. */
export function reportsOf(messages: readonly string[], pattern: string): number[] {
  const regex = compile(pattern);
  if (regex === undefined) return [];
  return messages.flatMap((message) => {
    const text = regex.exec(message)?.[1]?.trim();
    const value = text === undefined || text === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) ? [value] : [];
  });
}

/**
 * The median stopping rule (Golovin et al., Google Vizier, KDD 2017, section 3.2.2), which SageMaker's early stopping
 * type Auto follows: a trial is stopped when the best of its reports is worse than the median of the others' running
 * averages after as many reports.
 */
export function isHopeless(
  own: readonly number[],
  others: readonly (readonly number[])[],
  direction: "Maximize" | "Minimize",
): boolean {
  const comparable = others.filter((reports) => reports.length >= own.length);
  if (own.length < FEWEST_REPORTS || comparable.length < FEWEST_OTHERS) return false;
  const averages = comparable.map((reports) => mean(reports.slice(0, own.length)));
  return direction === "Minimize" ? Math.min(...own) > median(averages) : Math.max(...own) < median(averages);
}

/** The running trials of a job that are not worth going on with. `messagesOf` gives a trial's log so far. */
export async function hopelessTrials(
  job: TuningJob,
  messagesOf: (trial: string) => Promise<readonly string[]>,
): Promise<Trial[]> {
  const reports = await Promise.all(
    job.trials.map(async (trial) => {
      const metric = objectiveOf(job.request, trial.definition)?.MetricName;
      const metrics = definitionsOf(job.request)[trial.definition]?.AlgorithmSpecification?.MetricDefinitions ?? [];
      const pattern = metrics.find(({ Name }) => Name === metric)?.Regex ?? "";
      return { trial, values: reportsOf(await messagesOf(trial.name), pattern) };
    }),
  );
  const ended = reports.filter(({ trial }) => trial.status === "Completed");
  return reports
    .filter(({ trial }) => !isEnded(trial.status))
    .filter(({ trial, values }) => {
      const others = ended.filter((other) => other.trial.definition === trial.definition).map((other) => other.values);
      return isHopeless(
        values,
        others,
        objectiveOf(job.request, trial.definition)?.Type === "Minimize" ? "Minimize" : "Maximize",
      );
    })
    .map(({ trial }) => trial);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
