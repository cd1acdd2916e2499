import type { DriftReport, PerformanceReport } from "@sagewright/monitoring";
import type { MonitorReport, WatchedModel } from "./report";

/** What the verdict is made of. */
interface Parts {
  readonly model: WatchedModel;
  readonly drift: DriftReport;
  readonly performance: PerformanceReport;
}

/**
 * The first line of a report, and what to do. A window that says nothing is `unknown`, whatever else is in order: that
 * nothing was found is never said of what was not looked at.
 */
export function verdictOf(parts: Parts, again: string): Pick<MonitorReport, "verdict" | "sentence" | "next"> {
  const { drift, performance } = parts;
  const sentence = performance.sentence === "" ? drift.sentence : `${drift.sentence} ${performance.sentence}`;
  return { verdict: stateOf(drift, performance), sentence, next: nextStep(parts, again) };
}

function stateOf(drift: DriftReport, { gate }: PerformanceReport): MonitorReport["verdict"] {
  const found =
    drift.verdict === "drift" ||
    drift.score?.verdict === "drift" ||
    drift.relations.verdict === "drift" ||
    drift.segments.some(({ verdict }) => verdict === "drift") ||
    drift.quality.length > 0 ||
    gate?.verdict === "below" ||
    gate?.verdict === "at_risk";
  if (found) return "attention";
  return drift.verdict === "no_drift" ? "in_order" : "unknown";
}

function nextStep({ model, drift, performance }: Parts, again: string): string {
  const { group } = model;
  const retrain = (reason: string) => `sagewright retrain ${group}${again} --reason "${reason}"`;
  if (drift.verdict === "no_data")
    return `predictions are captured with: sagewright serve ${group}${again} --capture 1`;
  const broken = drift.quality.find(({ severity }) => severity === "critical");
  if (broken !== undefined)
    return `find out where ${broken.column} comes from; training on it again would teach the fault`;
  if (performance.gate?.verdict === "below") return retrain("ROC AUC below the gate");
  const worst = drift.features.find(({ verdict }) => verdict === "drift")?.feature;
  if (worst !== undefined) return `if the customers changed and not the data: ${retrain(`drift of ${worst}`)}`;
  if (drift.verdict === "too_few_rows")
    return `wait for more predictions, or take a longer window: sagewright monitor report ${group}${again} --window 30d`;
  if (performance.gate?.verdict === "at_risk") return "wait for more labels: the interval still reaches over the gate";
  if (performance.overall.labelled === 0)
    return `tell what really happened: sagewright monitor labels --file labels.csv, or POST /feedback`;
  return "nothing to do";
}
