import type { DriftReport, PerformanceReport } from "@sagewright/monitoring";
import { metric } from "../terminal/format";
import type { MonitorReport, WatchedModel } from "./report";

/** What the verdict is made of. */
interface Parts {
  readonly model: WatchedModel;
  readonly drift: DriftReport;
  readonly performance: PerformanceReport;
  readonly latest: PerformanceReport | null;
}

/**
 * The first line of a report, and what to do. A window that says nothing is `unknown`, whatever else is in order: that
 * nothing was found is never said of what was not looked at.
 */
export function verdictOf(parts: Parts, again: string): Pick<MonitorReport, "verdict" | "sentence" | "next"> {
  const { drift, performance, latest } = parts;
  const sentences = [
    drift.sentence,
    ...(drift.rows === 0 ? [] : [performanceSentence(performance)]),
    ...before(latest),
  ];
  return {
    verdict: stateOf(drift, latest ?? performance),
    sentence: sentences.join(" "),
    next: nextStep(parts, again),
  };
}

/** What was measured, beside the gate where there is one. */
export function performanceSentence({ sentence, gate }: PerformanceReport): string {
  if (gate === undefined || gate.verdict === "unknown") return sentence;
  const minimum = metric(gate.minimumAuc);
  const where = {
    below: `below the gate of ${minimum}`,
    at_risk: `under the gate of ${minimum}, which the interval reaches over`,
    met: `above the gate of ${minimum}`,
  }[gate.verdict];
  return `${sentence.replace(/\.$/, "")}: ${where}.`;
}

/** The newest week with labels, where the window has none. */
function before(latest: PerformanceReport | null): string[] {
  if (latest === null) return [];
  return [`The newest week with labels, from ${latest.window.from.slice(0, 10)}: ${performanceSentence(latest)}`];
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

function nextStep({ model, drift, performance, latest }: Parts, again: string): string {
  const { group } = model;
  const { gate } = latest ?? performance;
  const retrain = (reason: string) => `sagewright retrain ${group}${again} --reason "${reason}"`;
  if (drift.verdict === "no_data")
    return `predictions are captured with: sagewright serve ${group}${again} --capture 1`;
  const broken = drift.quality.find(({ severity }) => severity === "critical");
  if (broken !== undefined)
    return `find out where ${broken.column} comes from; training on it again would teach the fault`;
  if (gate?.verdict === "below") return retrain("ROC AUC below the gate");
  const worst = drift.features.find(({ verdict }) => verdict === "drift")?.feature;
  if (worst !== undefined) return `if the customers changed and not the data: ${retrain(`drift of ${worst}`)}`;
  if (drift.verdict === "too_few_rows")
    return `wait for more predictions, or take a longer window: sagewright monitor report ${group}${again} --window 30d`;
  if (gate?.verdict === "at_risk") return "wait for more labels: the interval still reaches over the gate";
  if (performance.overall.labelled === 0)
    return `tell what really happened: sagewright monitor labels --file labels.csv, or POST /feedback`;
  return "nothing to do";
}
