import type { DriftReport, FeatureDrift, QualityFinding, RelationDrift, SegmentDrift } from "@sagewright/monitoring";
import { count, percent } from "../../terminal/format";
import { type AlertLine, driftOf, type MonitorReport, withoutName } from "../report";
import { nameOf } from "./distribution";
import { numbers, tableWith } from "./figure";
import { html, type Markup, text } from "./markup";
import { plain } from "./scale";
import { state } from "./state";

/** Features, worst for the model first, each leading to its distribution. */
export function featureTable(report: MonitorReport): Markup {
  const rows = report.features.map(({ feature, importance }, index) => {
    const drift = driftOf(report, feature);
    return html`<tr><td>${driftState(drift)}</td><td><a href="#f${index}">${text(feature)}</a></td><td class="what">${text(withoutName(drift))}</td>${number(psi(drift))}${number(importance === null ? "" : percent(importance))}${number(drift.pValue === undefined ? "" : pValue(drift.pValue))}${number(count(drift.rows))}</tr>`;
  });
  return tableWith(["", "feature", "what happened", ...numbers("PSI (by chance up to)", "importance", "p", "n")], rows);
}

function driftState({ verdict, severity }: FeatureDrift): Markup {
  if (verdict === "drift") return state(severity === "major" ? "fail" : "warn", `${severity ?? ""} drift`.trim());
  if (verdict === "no_drift") return state("ok", "no drift");
  return state("idle", verdict === "no_data" ? "no data" : "too few rows");
}

function psi({ statistics }: FeatureDrift): string {
  return statistics === undefined ? "" : `${statistics.psi.toFixed(3)} (${statistics.psiNoise.toFixed(3)})`;
}

function pValue(value: number): string {
  return value < 0.0001 ? "< 0.0001" : value.toFixed(4);
}

function number(value: string): Markup {
  return html`<td class="r">${text(value)}</td>`;
}

/** What is wrong with data rather than with customers; nothing when all is well. */
export function qualityTable(findings: readonly QualityFinding[]): Markup | undefined {
  if (findings.length === 0) return undefined;
  const rows = findings.map(
    ({ severity, column, sentence, baseline, window }) =>
      html`<tr><td>${state(severity === "critical" ? "fail" : "warn", severity)}</td><td>${text(column)}</td><td class="what">${text(sentence)}</td>${number(percent(baseline))}${number(percent(window))}</tr>`,
  );
  return tableWith(["", "column", "what is wrong", ...numbers("training", "window")], rows);
}

/** Pairs of features that do not go together as they did. */
export function relationTable({ verdict, sentence, changes }: RelationDrift): Markup | undefined {
  if (verdict === "not_available") return undefined;
  const rows = changes.map(
    ({ features: [one, other], baseline, window, pValue: p }) =>
      html`<tr><td>${text(`${one} and ${other}`)}</td>${number(plain(baseline))}${number(plain(window))}${number(pValue(p))}</tr>`,
  );
  const table =
    rows.length === 0
      ? undefined
      : tableWith(["features", ...numbers("rank correlation, training", "window", "p")], rows);
  return html`<p>${text(sentence)}</p>${table}`;
}

/** Segments, those that drifted first. */
export function segmentTable({ segments, features }: DriftReport): Markup | undefined {
  if (segments.length === 0) return undefined;
  const types = new Map(features.map(({ feature, type }) => [feature, type]));
  const named = ({ column, value }: SegmentDrift) => `${column} = ${nameOf(value, types.get(column))}`;
  const alone = ({ column, value, sentence }: SegmentDrift) => sentence.replace(`${column} ${value}: `, "");
  const order = [...segments].sort((a, b) => Number(b.verdict === "drift") - Number(a.verdict === "drift"));
  const rows = order.map(
    (segment) =>
      html`<tr><td>${segmentState(segment.verdict)}</td><td>${text(named(segment))}</td><td class="what">${text(alone(segment))}</td>${number(count(segment.rows))}</tr>`,
  );
  return tableWith(["", "segment", "what happened", ...numbers("n")], rows);
}

function segmentState(verdict: SegmentDrift["verdict"]): Markup {
  if (verdict === "drift") return state("warn", "drift");
  return verdict === "no_drift" ? state("ok", "no drift") : state("idle", verdict.replaceAll("_", " "));
}

/** Incidents of the window. */
export function alertTable(alerts: readonly AlertLine[]): Markup {
  if (alerts.length === 0) return html`<p>No alert of this window is on record.</p>`;
  const rows = alerts.map(
    ({ severity, title, opened, closed }) =>
      html`<tr><td>${closed === null ? state("warn", "open") : state("ok", "over")}</td><td>${text(severity)}</td><td class="what">${text(title)}</td><td>${text(opened.slice(0, 16).replace("T", " "))}</td><td>${text(closed?.slice(0, 16).replace("T", " ") ?? "")}</td></tr>`,
  );
  return tableWith(["", "severity", "what", "since (UTC)", "until"], rows);
}
