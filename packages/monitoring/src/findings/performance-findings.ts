import { counted } from "../drift/words";
import type { PerformanceReport } from "../performance/report";
import type { Finding, Observation } from "./finding";
import { modelOf, moment, percent, type ReportedModel, shown } from "./model";

/**
 * What a performance report means for people: ROC AUC beside the gate, and labels that do not come. What was not measured is
 * neither found nor cleared.
 *
 * @param at when the report was made
 */
export function performanceObservation(report: PerformanceReport, model: ReportedModel, at: string): Observation {
  const context: Context = { report, name: model.name, model: modelOf(model, report.models) };
  const aucKey = `${model.name}/performance/rocAuc`;
  const labelsKey = `${model.name}/labels`;
  const { gate, overall } = report;
  const findings: Finding[] = [];
  const cleared: string[] = [];
  if (gate !== undefined && (gate.verdict === "below" || gate.verdict === "at_risk")) {
    findings.push(belowGate(context, aucKey, gate));
  }
  if (gate?.verdict === "met") cleared.push(aucKey);
  if (["no_labels", "too_few_labels", "one_class"].includes(overall.verdict))
    findings.push(withoutLabels(context, labelsKey));
  if (overall.verdict === "measured") cleared.push(labelsKey);
  return { format: 1, at, findings, cleared };
}

interface Context {
  readonly report: PerformanceReport;
  readonly name: string;
  readonly model: Finding["model"];
}

function belowGate(
  { report, name, model }: Context,
  key: string,
  gate: NonNullable<PerformanceReport["gate"]>,
): Finding {
  const { overall, window } = report;
  const auc = overall.metrics.rocAuc;
  const measured = auc !== undefined && auc.value !== null;
  const interval = measured ? ` (95 % interval ${shown(auc.low, 3)} to ${shown(auc.high, 3)})` : "";
  const figure = measured ? shown(auc.value, 3) : "unknown";
  const sure = gate.verdict === "below" ? "is below" : "may be below";
  const labels =
    overall.labelShare === null
      ? ""
      : `, ${percent(overall.labelShare)} of ${counted(overall.predictions, "prediction")}`;
  return {
    key,
    kind: "performance",
    severity: gate.verdict === "below" ? "performance" : "minor",
    subject: "rocAuc",
    what: `ROC AUC ${sure} the gate of ${shown(gate.minimumAuc)}: it was ${figure}${interval}.`,
    extent: `Measured on ${counted(overall.labelled, "outcome")}${labels}.`,
    ...(measured && gate.minimumAuc < 1 ? { magnitude: (1 - auc.value) / (1 - gate.minimumAuc) } : {}),
    since: moment(window.from),
    model,
    action:
      "See whether features drifted and whether the labels are right; retraining starts by itself where it is configured.",
    runbook: "auc-below-gate",
    group: `${name}/performance`,
  };
}

function withoutLabels({ report, name, model }: Context, key: string): Finding {
  const { overall, window } = report;
  return {
    key,
    kind: "labels-missing",
    severity: "minor",
    subject: name,
    what: overall.sentence.slice(0, 1_000),
    extent: `${overall.labelled.toLocaleString("en-US")} of ${counted(overall.predictions, "prediction")} have an outcome; the model's quality is not known.`,
    since: moment(window.from),
    model,
    action: "See whether outcomes are still sent to POST /feedback or to the ground-truth folder.",
    runbook: "labels-missing",
  };
}
