import { count, metric, percent } from "../../terminal/format";
import { driftOf, type MonitorReport } from "../report";
import { performanceSentence } from "../verdict";
import { calibrationFigure } from "./calibration";
import { distributionFigure } from "./distribution";
import { html, type Markup, text } from "./markup";
import { overTimeFigure } from "./over-time";
import { alertTable, featureTable, qualityTable, relationTable, segmentTable } from "./sections";
import { states } from "./state";
import { style } from "./style";

/** A report as one HTML file that needs nothing else: no script, no other host, light and dark. */
export function reportPage(report: MonitorReport): string {
  const { model, window, drift, madeAt } = report;
  const name = `${model.group}/${model.version}`;
  const [first, rest] = [drift.sentence, report.sentence.slice(drift.sentence.length).trim()];
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text(`${name}: ${word(report)}`)}</title><style>${style as Markup}</style></head><body><main>
<h1>${states[report.verdict]} ${text(first)}</h1>
<p class="lead">${text(rest)}</p>
<p class="next"><strong>Next:</strong> ${advice(report.next)}</p>
<p class="facts">Model ${text(name)} · ${text(span(window))} · ${text(count(drift.rows))} predictions · ${text(answeredBy(report))} · baseline of ${text(count(drift.baseline.rows))} training rows · made ${text(minute(madeAt))}</p>
${section("Data quality", qualityTable(drift.quality))}
${features(report)}
${performance(report)}
${score(report)}
${section("Relations between features", relationTable(drift.relations))}
${section("Segments", segmentTable(drift))}
${section("Alerts", alertTable(report.alerts))}
</main><footer><p>${text(leftOut(report))}</p><p>Grey is the training data (of scores: the test rows), blue the window. A feature counts as drifted only beyond what chance explains for this many rows and features (chance of a false alarm for the whole report: ${text(percent(drift.significance))}).</p></footer></body></html>
`;
}

function section(title: string, content: Markup | undefined): Markup | undefined {
  return content === undefined ? undefined : html`<section><h2>${text(title)}</h2>${content}</section>`;
}

function features(report: MonitorReport): Markup | undefined {
  if (report.features.length === 0) return undefined;
  const figures = report.features.map(({ feature }, index) =>
    distributionFigure(driftOf(report, feature), `f${index}`),
  );
  return html`<section><h2>Features, by drift and importance</h2>${featureTable(report)}<h2>Distributions</h2><div class="grid">${figures}</div></section>`;
}

function performance({ performance: found, history, latest }: MonitorReport): Markup {
  const { threshold } = found;
  const judged = latest ?? found;
  const notes = [
    ...(latest === null ? [] : [found.sentence]),
    ...(threshold === undefined ? [] : [`Decided at the threshold ${metric(threshold)}.`]),
  ];
  const bins = judged.overall.calibration ?? [];
  const calibration = bins.some(({ rows }) => rows > 0) ? calibrationFigure(bins) : undefined;
  return html`<section><h2>Performance</h2><p>${text(notes.join(" "))}</p><div class="row">${overTimeFigure(history, performanceSentence(judged))}${calibration}</div></section>`;
}

function score({ drift }: MonitorReport): Markup | undefined {
  return drift.score === undefined ? undefined : section("Scores", distributionFigure(drift.score, "score"));
}

function word({ verdict }: MonitorReport): string {
  return { attention: "needs attention", in_order: "in order", unknown: "not known" }[verdict];
}

/** A sentence whose command is set as one. */
function advice(next: string): Markup {
  const at = next.indexOf("sagewright ");
  if (at === -1) return text(next);
  return html`${text(next.slice(0, at))}<code>${text(next.slice(at))}</code>`;
}

function span({ from, to }: MonitorReport["window"]): string {
  return `${minute(from)} to ${minute(to)} UTC`;
}

function minute(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}

function answeredBy({ drift }: MonitorReport): string {
  if (drift.models.length === 0) return "no model answered";
  return `answered by ${drift.models.map(({ modelVersion, rows }) => `version ${modelVersion} (${count(rows)})`).join(", ")}`;
}

function leftOut({ drift: { left } }: MonitorReport): string {
  const refused = Object.entries(left.refused).map(
    ([reason, lines]) => `${count(lines)} ${reason.replaceAll("_", " ")}`,
  );
  const parts = [
    ...(left.duplicates > 0 ? [`${count(left.duplicates)} seen twice`] : []),
    ...(left.late > 0 ? [`${count(left.late)} too late`] : []),
    ...refused,
  ];
  return parts.length === 0 ? "No captured record was left out." : `Records left out: ${parts.join(", ")}.`;
}
