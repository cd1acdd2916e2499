import type { Figure, PerformanceReport, PeriodPerformance } from "@sagewright/monitoring";
import { count, metric, percent } from "../../terminal/format";
import { figure } from "./figure";
import { html, type Markup, text } from "./markup";
import { linear, round, type Scale } from "./scale";

const WIDTH = 720;
const HEIGHT = 260;
const PLOT = { left: 52, right: WIDTH - 72, top: 14, bottom: HEIGHT - 30 };

/** One week of the figure that the model is judged by. */
interface Point {
  readonly week: PeriodPerformance;
  readonly x: number;
  readonly measured: Figure | undefined;
  readonly estimate: number | undefined;
}

/** ROC AUC (in a regression the mean absolute error) by week, with intervals, the gate, and estimates named as such. */
export function overTimeFigure(report: PerformanceReport, title: string): Markup {
  const binary = report.task === "binary";
  const name = binary ? "ROC AUC" : "Mean absolute error";
  const points = pointsOf(report);
  const values = points.flatMap(({ measured, estimate }) => [
    ...ends(measured),
    ...(estimate === undefined ? [] : [estimate]),
  ]);
  const gate = report.gate?.minimumAuc;
  const y = axisOf([...values, ...(gate === undefined ? [] : [gate])], binary);
  return figure({
    title,
    description: `${name} by week with 95 % intervals${gate === undefined ? "" : ` and the gate ${gate}`}. The axis does not begin at 0. Hollow marks are estimates from scores alone.`,
    counts: `n ${count(report.overall.labelled)} labelled of ${count(report.overall.predictions)} predictions; filled: measured with 95 % interval; hollow: an estimate from scores alone; –: nothing to measure`,
    width: WIDTH,
    height: HEIGHT,
    scrolls: true,
    shapes: html`${grid(y)}${gate === undefined ? undefined : gateLine(y(gate), gate)}${points.map((point) => mark(point, y))}${weekLabels(points)}`,
    table: {
      heads: ["week from", name, "95 % interval", "estimate", "predictions", "labelled"],
      rows: points.map(({ week, measured, estimate }) => [
        week.window.from.slice(0, 10),
        valueText(measured),
        intervalText(measured),
        estimate === undefined ? "" : metric(estimate),
        count(week.predictions),
        week.labelShare === null ? count(week.labelled) : `${count(week.labelled)} (${percent(week.labelShare)})`,
      ]),
    },
    name: binary ? "roc-auc" : "mean-absolute-error",
  });
}

/** Weeks before the first prediction say nothing. */
function pointsOf({ weeks: all, task }: PerformanceReport): readonly Point[] {
  const first = all.findIndex(({ predictions }) => predictions > 0);
  const weeks = first === -1 ? all.slice(-1) : all.slice(first);
  const step = (PLOT.right - PLOT.left) / Math.max(1, weeks.length);
  return weeks.map((week, index) => ({
    week,
    x: round(PLOT.left + (index + 0.5) * step),
    measured: task === "binary" ? week.metrics.rocAuc : week.metrics.mae,
    estimate: task === "binary" ? week.estimate?.rocAuc : undefined,
  }));
}

function ends(found: Figure | undefined): number[] {
  return found === undefined || found.value === null ? [] : [found.low, found.high];
}

/** Zoomed on what is shown, with room, and never beyond what an AUC can be. */
function axisOf(values: readonly number[], binary: boolean): Scale {
  const [low, high] = values.length === 0 ? [0.5, 1] : [Math.min(...values), Math.max(...values)];
  const room = (high - low || 0.1) * 0.15;
  const [from, to] = binary
    ? [Math.max(0, low - room), Math.min(1, high + room)]
    : [Math.max(0, low - room), high + room];
  return linear([from, to], [PLOT.bottom, PLOT.top]);
}

function grid(y: Scale): Markup {
  const lines = y.ticks.map(
    (tick) =>
      html`<path class="axis" d="M${PLOT.left} ${y(tick)}H${PLOT.right}"/><text x="${PLOT.left - 6}" y="${round(y(tick) + 4)}" text-anchor="end">${text(metric(tick))}</text>`,
  );
  return html`${lines}`;
}

function gateLine(y: number, gate: number): Markup {
  return html`<path class="gate" d="M${PLOT.left} ${y}H${PLOT.right}"/><text class="gatetext" x="${PLOT.right + 6}" y="${round(y + 4)}">${text(`gate ${metric(gate)}`)}</text>`;
}

function mark({ week, x, measured, estimate }: Point, y: Scale): Markup {
  const from = week.window.from.slice(0, 10);
  if (measured !== undefined && measured.value !== null) {
    const said = `${from}: ${metric(measured.value)} (${intervalText(measured)}), n ${count(week.labelled)}`;
    return html`<g><title>${text(said)}</title><path class="interval" d="M${x} ${y(measured.low)}V${y(measured.high)}M${x - 5} ${y(measured.low)}h10M${x - 5} ${y(measured.high)}h10"/><circle class="dot" cx="${x}" cy="${y(measured.value)}" r="5"/></g>`;
  }
  if (estimate !== undefined) {
    const said = `${from}: about ${metric(estimate)}, an estimate from scores alone; ${why(week)}`;
    return html`<g><title>${text(said)}</title><circle class="hollow" cx="${x}" cy="${y(estimate)}" r="5"/></g>`;
  }
  return html`<text x="${x}" y="${PLOT.bottom - 6}" text-anchor="middle"><title>${text(`${from}: ${why(week)}`)}</title>–</text>`;
}

const day = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });

/** `28 Sep`. */
function dayOf(iso: string): string {
  return day.format(new Date(iso)).replace("Sept", "Sep");
}

function weekLabels(points: readonly Point[]): Markup {
  const every = Math.ceil(points.length / 8);
  return html`${points.map(({ week, x }, index) =>
    index % every === 0
      ? html`<text x="${x}" y="${HEIGHT - 10}" text-anchor="middle">${text(dayOf(week.window.from))}</text>`
      : undefined,
  )}`;
}

const reasons: Record<PeriodPerformance["verdict"], string> = {
  measured: "",
  one_class: "one class only",
  too_few_labels: "too few labels",
  no_labels: "no labels yet",
  no_data: "no data",
};

function why({ verdict }: PeriodPerformance): string {
  return reasons[verdict];
}

/** A figure in words: "0.861", or why there is none. */
export function valueText(found: Figure | undefined): string {
  if (found === undefined) return "";
  return found.value === null ? found.because.replaceAll("_", " ") : metric(found.value);
}

/** Its interval: "0.84 to 0.88". */
export function intervalText(found: Figure | undefined): string {
  return found === undefined || found.value === null ? "" : `${metric(found.low)} to ${metric(found.high)}`;
}
