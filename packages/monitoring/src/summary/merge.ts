import type { Baseline } from "../baseline/baseline";
import { MonitoringError } from "../errors";
import type { Window } from "../window";
import { type ColumnSummary, countName, emptySummary, type Summary } from "./summary";

/**
 * Adds summaries up. Their order does not matter; hours must not be given twice. Names of source files stay with the hours.
 *
 * @param window - @default from the first beginning to the last end
 * @throws {@link MonitoringError} `baseline_differs` when one was made on another baseline's bins.
 */
export function mergeSummaries(baseline: Baseline, summaries: Iterable<Summary>, window?: Window): Summary {
  const total = emptySummary(baseline, window ?? { from: "", to: "" });
  for (const summary of summaries) {
    refuseOther(baseline, summary);
    addSummary(total, summary);
    if (window === undefined) total.window = span(total.window, summary.window);
  }
  return total;
}

/** Adds a summary to another one of the same baseline. */
export function addSummary(total: Summary, one: Summary): void {
  total.rows += one.rows;
  total.columns.forEach((column, index) => {
    addColumn(column, one.columns[index] as ColumnSummary);
  });
  addColumn(total.score, one.score);
  total.positives += one.positives;
  total.decided += one.decided;
  addArray(total.latency, one.latency);
  addArray(total.relations, one.relations);
  total.segments.forEach((segment, index) => {
    const other = one.segments[index];
    if (other === undefined || other.rows === 0) return;
    segment.rows += other.rows;
    segment.columns.forEach((bins, at) => {
      addArray(bins, other.columns[at] as Float64Array);
    });
  });
  for (const [version, { rows, first, last }] of one.models) {
    const known = total.models.get(version);
    if (known === undefined) total.models.set(version, { rows, first, last });
    else {
      known.rows += rows;
      if (first < known.first) known.first = first;
      if (last > known.last) known.last = last;
    }
  }
  for (const [name, times] of one.unknown) countName(total.unknown, name, times);
  total.left.duplicates += one.left.duplicates;
  total.left.late += one.left.late;
  total.left.skewed += one.left.skewed;
  total.left.unchecked += one.left.unchecked;
  for (const [reason, times] of one.left.refused)
    total.left.refused.set(reason, (total.left.refused.get(reason) ?? 0) + times);
}

function addColumn(total: ColumnSummary, one: ColumnSummary): void {
  addArray(total.bins, one.bins);
  total.missing += one.missing;
  total.absent += one.absent;
  total.invalid += one.invalid;
  total.below += one.below;
  total.above += one.above;
  total.sum += one.sum;
  total.squares += one.squares;
  if (one.minimum < total.minimum) total.minimum = one.minimum;
  if (one.maximum > total.maximum) total.maximum = one.maximum;
  for (const [name, times] of one.names) countName(total.names, name, times);
}

function addArray(total: Float64Array, one: Float64Array): void {
  for (let index = 0; index < total.length; index += 1)
    total[index] = (total[index] as number) + (one[index] as number);
}

function span(one: Window, other: Window): Window {
  if (one.from === "") return other;
  const [from = ""] = [one.from, other.from].sort();
  const [, to = ""] = [one.to, other.to].sort();
  return { from, to };
}

function refuseOther(baseline: Baseline, { baseline: found, window }: Summary): void {
  if (found === baseline.sha256) return;
  throw new MonitoringError(
    "baseline_differs",
    `The summary of ${window.from} was made with the baseline ${found.slice(0, 12)}, not ${baseline.sha256.slice(0, 12)}. ` +
      "Compare each model's predictions with its own baseline, or summarise the captures again.",
    { facts: { window, found, expected: baseline.sha256 } },
  );
}
