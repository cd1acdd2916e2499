import type { FeatureDrift } from "@sagewright/monitoring";
import { count, percent } from "../../terminal/format";
import { type Drawing, figure } from "./figure";
import { html, type Markup, text } from "./markup";
import { linear, plain, round } from "./scale";

const WIDTH = 360;
const HEIGHT = 180;
const PLOT = { left: 8, right: WIDTH - 8, top: 10, bottom: HEIGHT - 22 };

/** A bin or a category, with its shares. */
interface Bar {
  readonly name: string;
  readonly baseline: number;
  readonly window: number;
  /** Ends of the bin. @default a category has none */
  readonly from?: number;
  readonly to?: number;
}

/** The distribution of a feature when the model was made (grey) and in the window (blue), one over the other. */
export function distributionFigure(drift: FeatureDrift, id: string): Markup {
  const bars = barsOf(drift);
  const shared = {
    title: drift.sentence,
    counts: `n ${count(drift.baselineRows)} in ${drift.type === "score" ? "the test" : "training"} (grey), ${count(drift.rows)} in the window (blue)`,
    table: {
      heads: [drift.feature, drift.type === "score" ? "test" : "training", "window"],
      rows: bars.map(({ name, baseline, window }) => [name, percent(baseline), percent(window)]),
    },
    name: drift.feature,
    id,
  };
  if (bars.length === 0) return figure({ ...shared, ...nothing });
  return figure({ ...shared, ...(scaled(bars) ? histogram(drift.feature, bars) : slots(drift.feature, bars)) });
}

type Shapes = Pick<Drawing, "width" | "height" | "shapes" | "description">;

const nothing: Shapes = {
  width: WIDTH,
  height: 40,
  shapes: html`<text x="${PLOT.left}" y="24">no values to draw</text>`,
  description: "There are no values to draw.",
};

function barsOf({ type, distribution }: FeatureDrift): readonly Bar[] {
  const { edges, categories = [], baseline, window } = distribution;
  const bars = baseline.map((share, index) => {
    const shares = { baseline: share, window: window[index] ?? 0 };
    if (edges === undefined) return { name: nameOf(categories[index] ?? "", type), ...shares };
    const [from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY] = [edges[index], edges[index + 1]];
    return { name: `${plain(from)} to ${plain(to)}`, from, to, ...shares };
  });
  const last = bars.at(-1);
  const empty = last?.name === OTHER && last.baseline === 0 && last.window === 0;
  return empty ? bars.slice(0, -1) : bars;
}

/** Where values that are no category are counted. */
const OTHER = "other";

/** A category as people read it. */
export function nameOf(category: string, type: FeatureDrift["type"] | undefined): string {
  if (type !== "boolean") return category;
  return { 0: "false", 1: "true" }[category] ?? category;
}

const breadth = ({ from = 0, to = 0 }: Bar): number => to - from;
const inner = (bars: readonly Bar[]) => bars.filter((bar) => breadth(bar) > 0 && Number.isFinite(breadth(bar)));

/**
 * Whether bins can be drawn in their own breadth: an ordinary bin must stay visible beside the densest one. Where a value
 * holds many rows by itself, bins are drawn side by side.
 */
function scaled(bars: readonly Bar[]): boolean {
  if (bars.length < 4 || inner(bars).length < bars.length) return false;
  const breadths = bars.map(breadth);
  if (Math.max(...breadths) < 1.01 * Math.min(...breadths)) return true;
  const densities = bars.map((bar) => bar.baseline / breadth(bar)).sort((a, b) => a - b);
  const [middle = 0, most = 0] = [densities[densities.length >> 1], densities.at(-1)];
  return most < 10 * middle;
}

/** Bins in their own breadth, areas standing for shares; the window's outline over the training's area. */
function histogram(feature: string, bars: readonly Bar[]): Shapes {
  const [low, high] = [bars[0]?.from ?? 0, bars.at(-1)?.to ?? 1];
  const x = linear([low, high], [PLOT.left, PLOT.right], 4);
  const density = (bar: Bar, share: number) => share / breadth(bar);
  const most = Math.max(...bars.flatMap((bar) => [density(bar, bar.baseline), density(bar, bar.window)]));
  const y = linear([0, most], [PLOT.bottom, PLOT.top]);
  const outline = (share: (bar: Bar) => number) =>
    bars.map((bar) => `V${y(density(bar, share(bar)))}H${x(bar.to ?? 0)}`).join("");
  const path = (share: (bar: Bar) => number) => text(`M${x(low)} ${PLOT.bottom}${outline(share)}V${PLOT.bottom}Z`);
  return {
    width: WIDTH,
    height: HEIGHT,
    shapes: html`<path class="ref" d="${path((bar) => bar.baseline)}"/><path class="cur" d="${path((bar) => bar.window)}"/>${axis()}${x.ticks.map((tick) => label(x(tick), plain(tick)))}`,
    description: `${feature} from ${plain(low)} to ${plain(high)}; areas are shares of rows. ${largest(bars)}`,
  };
}

/** Bins or categories side by side; the window's narrower bar over the training's. */
function slots(feature: string, bars: readonly Bar[]): Shapes {
  if (bars.every((bar) => bar.from === undefined) && bars.length <= 12) return rows(feature, bars);
  const step = (PLOT.right - PLOT.left) / bars.length;
  const most = Math.max(...bars.flatMap(({ baseline, window }) => [baseline, window]), 0.01);
  const y = linear([0, most], [PLOT.bottom, PLOT.top]);
  const shapes = bars.map(({ baseline, window }, index) => {
    const x = PLOT.left + index * step;
    return html`${bar("ref", x + step * 0.05, step * 0.9, y(baseline))}${bar("cur", x + step * 0.25, step * 0.5, y(window))}`;
  });
  const every = Math.ceil(bars.length / 4);
  const labels = bars.map((each, index) => {
    const name = each.from === undefined ? each.name : plain(each.from);
    return index % every === 0 ? label(round(PLOT.left + (index + 0.5) * step), name.slice(0, 12)) : undefined;
  });
  const what = bars[0]?.from === undefined ? "" : ", bins of about equal shares of the training rows side by side";
  return {
    width: WIDTH,
    height: HEIGHT,
    shapes: html`${shapes}${axis()}${labels}`,
    description: `Shares of ${feature}${what}. ${largest(bars)}`,
  };
}

/** A few categories: a row each, with its name and both shares. */
function rows(feature: string, bars: readonly Bar[]): Shapes {
  const most = Math.max(...bars.flatMap(({ baseline, window }) => [baseline, window]), 0.01);
  const x = linear([0, most], [0, WIDTH - 250]);
  const shapes = bars.map(({ name, baseline, window }, index) => {
    const y = index * 28 + 4;
    const shown = name.length > 17 ? `${name.slice(0, 16)}…` : name;
    return html`<text x="0" y="${y + 15}">${text(shown)}</text><rect class="ref" x="120" y="${y + 1}" width="${x(baseline)}" height="20"/><rect class="cur" x="120" y="${y + 6}" width="${x(window)}" height="10"/><text x="${WIDTH}" y="${y + 15}" text-anchor="end">${text(`${percent(baseline)} → ${percent(window)}`)}</text>`;
  });
  return {
    width: WIDTH,
    height: bars.length * 28 + 8,
    shapes: html`${shapes}`,
    description: `Shares of ${feature}. ${largest(bars)}`,
  };
}

function bar(kind: "ref" | "cur", x: number, width: number, y: number): Markup {
  return html`<rect class="${text(kind)}" x="${round(x)}" y="${y}" width="${round(width)}" height="${round(PLOT.bottom - y)}"/>`;
}

function axis(): Markup {
  return html`<path class="axis" d="M${PLOT.left} ${PLOT.bottom}H${PLOT.right}"/>`;
}

function label(x: number, name: string): Markup {
  const anchor = x < 24 ? "start" : x > WIDTH - 24 ? "end" : "middle";
  return html`<text x="${x}" y="${HEIGHT - 6}" text-anchor="${text(anchor)}">${text(name)}</text>`;
}

function largest(bars: readonly Bar[]): string {
  const change = ({ baseline, window }: Bar) => Math.abs(window - baseline);
  const [first] = [...bars].sort((a, b) => change(b) - change(a));
  if (first === undefined) return "";
  return `Largest change: ${first.name}, ${percent(first.baseline)} before and ${percent(first.window)} in the window.`;
}
