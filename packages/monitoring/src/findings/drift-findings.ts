import type { DriftReport, FeatureDrift, QualityFinding, SegmentDrift } from "../drift/report";
import { counted } from "../drift/words";
import { momentInWords } from "../moments";
import type { Finding, Observation } from "./finding";
import { modelOf, moment, percent, type ReportedModel, shown } from "./model";

/**
 * What a drift report means for people. A feature that could not be tested is neither found nor cleared, and a window without
 * data is a finding of its own.
 *
 * @param at when the report was made
 */
export function driftObservation(report: DriftReport, model: ReportedModel, at: string): Observation {
  const context: Context = { report, name: model.name, model: modelOf(model, report.models) };
  const { name } = model;
  const noData = `${name}/no-data`;
  if (report.verdict === "no_data") return { format: 1, at, findings: [nothingSeen(context, noData, at)], cleared: [] };
  const tested = [...report.features, ...(report.score === undefined ? [] : [report.score])];
  const judged = report.verdict !== "too_few_rows";
  const { relations, segments } = report;
  const findings = [
    ...tested.filter(({ verdict }) => verdict === "drift").map((feature) => ofFeature(context, feature)),
    ...(relations.verdict === "drift" ? [ofRelations(context)] : []),
    ...segments.filter(({ verdict }) => verdict === "drift").map((segment) => ofSegment(context, segment)),
    ...report.quality.map((finding) => ofQuality(context, finding)),
  ];
  const cleared = [
    noData,
    ...tested.filter(({ verdict }) => verdict === "no_drift").map(({ feature }) => keyOf(name, feature)),
    ...(relations.verdict === "no_drift" ? [`${name}/relations`] : []),
    ...segments.filter(({ verdict }) => verdict === "no_drift").map((segment) => segmentKey(name, segment)),
    ...(judged ? [`${name}/quality/*`] : []),
  ];
  return { format: 1, at, findings, cleared };
}

interface Context {
  readonly report: DriftReport;
  readonly name: string;
  readonly model: Finding["model"];
}

const keyOf = (model: string, feature: string): string => `${model}/drift/${feature}`;
const segmentKey = (model: string, { column, value }: SegmentDrift): string =>
  `${model}/segment/${column}=${value}`.slice(0, 300);
const text = (sentence: string): string => sentence.slice(0, 1_000);

function ofFeature({ report, name, model }: Context, drift: FeatureDrift): Finding {
  const { feature, sentence, statistics, severity = "minor", rows } = drift;
  const isScore = drift.type === "score";
  const figures =
    statistics === undefined
      ? ""
      : ` PSI ${shown(statistics.psi)}, where chance explains ${shown(statistics.psiNoise)}.`;
  return {
    key: keyOf(name, feature),
    kind: isScore ? "score-drift" : "drift",
    severity: severity === "minor" ? "minor" : "performance",
    subject: feature,
    what: text(sentence),
    extent: `${severity[0]?.toUpperCase()}${severity.slice(1)} drift in ${counted(rows, "prediction")}.${figures}`,
    ...(statistics === undefined || statistics.psiNoise <= 0
      ? {}
      : { magnitude: statistics.psi / statistics.psiNoise }),
    since: moment(report.window.from),
    model,
    action: isScore
      ? "See which features drifted with it, and whether decisions at the threshold still make sense."
      : "See whether the data or the customers changed: a change of the data is repaired at its source, one of the customers is learnt by retraining.",
    runbook: isScore ? "score-drift" : "drift",
    group: `${name}/drift`,
  };
}

function ofRelations({ report, name, model }: Context): Finding {
  const { relations, window } = report;
  return {
    key: `${name}/relations`,
    kind: "relation-drift",
    severity: "minor",
    subject: "relations",
    what: text(relations.sentence),
    extent: `${relations.changes.length} of ${relations.pairs} pairs of features changed.`,
    magnitude: Math.max(1, relations.changes.length),
    since: moment(window.from),
    model,
    action: "See whether two columns were mixed up or one is computed in another way; else retrain.",
    runbook: "drift",
    group: `${name}/drift`,
  };
}

function ofSegment({ report, name, model }: Context, segment: SegmentDrift): Finding {
  return {
    key: segmentKey(name, segment),
    kind: "segment-drift",
    severity: "minor",
    subject: `${segment.column}=${segment.value}`.slice(0, 255),
    what: text(segment.sentence),
    extent: `${counted(segment.drifted.length, "feature")} drifted in a segment of ${counted(segment.rows, "prediction")}.`,
    magnitude: Math.max(1, segment.drifted.length),
    since: moment(report.window.from),
    model,
    action: "See what changed for these customers; other segments may hide it in the whole.",
    runbook: "drift",
    group: `${name}/drift`,
  };
}

function ofQuality({ report, name, model }: Context, quality: QualityFinding): Finding {
  const { code, column, severity, baseline, window, sentence } = quality;
  return {
    key: `${name}/quality/${code}/${column}`.slice(0, 300),
    kind: "data-quality",
    severity: severity === "critical" ? "critical" : "minor",
    subject: column.slice(0, 255),
    what: text(sentence),
    extent: `${percent(window)} of ${counted(report.rows, "row")}, where the training data had ${percent(baseline)}.`,
    magnitude: window,
    since: moment(report.window.from),
    model,
    action: "Repair the column at its source; until then the model guesses it.",
    runbook: "data-quality",
    group: `${name}/quality`,
  };
}

/** A window that ends about now is "since" for people. */
const NOW_MS = 24 * 60 * 60_000;

function nothingSeen({ report, name, model }: Context, key: string, at: string): Finding {
  const { from, to } = report.window;
  const isNow = Date.parse(at) - Date.parse(to) <= NOW_MS;
  return {
    key,
    kind: "no-data",
    severity: "performance",
    subject: name,
    what: isNow
      ? `No predictions since ${momentInWords(from)}: nothing can be said about drift.`
      : text(report.sentence),
    extent: "Nothing can be said of drift, neither that there is none.",
    since: moment(report.window.from),
    model,
    action: "See whether predictions are made and whether their capture is on.",
    runbook: "no-predictions",
  };
}
