import { shares } from "../statistics/binned";
import type { FeaturePair } from "./compare-feature";
import type { PooledHistograms } from "./pooling";
import { counted, figure, moved, percent } from "./words";

interface Described {
  readonly pair: FeaturePair;
  readonly pooled: PooledHistograms;
  readonly means: { readonly baseline: number; readonly window: number } | undefined;
  readonly isCertain: boolean;
  readonly hasDrifted: boolean;
}

/** A mean that moved by less than this part of the standard deviation is not what happened. */
const SMALL_SHIFT = 0.1;

/** Keeps the logarithm of a share finite. */
const RARE = 0.01;

/** What happened to a feature, in one sentence. */
export function featureSentence({ pair, pooled, means, isCertain, hasDrifted }: Described): string {
  const { column } = pair;
  if (!isCertain) return `${column.name}: no more difference than chance explains.`;
  const what = changeOf(pair, pooled, means);
  return hasDrifted ? `${column.name}: ${what}.` : `${column.name}: ${what}, too little to matter.`;
}

/** Why a feature was not tested. */
export function untestedSentence(name: string, rows: number, baselineRows: number): string {
  if (rows === 0) return `${name}: no value in this window; nothing can be said.`;
  const few = rows <= baselineRows ? counted(rows, "value") : `${counted(baselineRows, "value")} in the baseline`;
  return `${name}: ${few}, too few to tell drift from chance.`;
}

function changeOf(pair: FeaturePair, pooled: PooledHistograms, means: Described["means"]): string {
  const { column, unit } = pair;
  const [before, after] = [shares(pooled.baseline), shares(pooled.window)];
  const isNamed = "categories" in column;
  const changes = before.map((share, bin) => {
    const other = after[bin] ?? 0;
    // A rare category that doubles says more than the common one that gives way to it.
    return Math.abs(other - share) * (isNamed ? Math.abs(Math.log((other + RARE) / (share + RARE))) : 1);
  });
  const bin = changes.indexOf(Math.max(...changes));
  const [from, to] = [before[bin] ?? 0, after[bin] ?? 0];
  const change = `${moved(from, to)} from ${percent(from)} to ${percent(to)}`;
  if (column.type === "boolean" && means !== undefined)
    return `true ${moved(means.baseline, means.window)} from ${percent(means.baseline)} to ${percent(means.window)}`;
  const members = pooled.members[bin] ?? [];
  const found = members.filter((member) => (pair.baseline[member] ?? 0) + (pair.window[member] ?? 0) > 0);
  if ("categories" in column) return `${categoriesOf(column.categories, found)} ${change}`;
  const std = column.std ?? 0;
  if (means !== undefined && Math.abs(means.window - means.baseline) >= SMALL_SHIFT * std) {
    const shift = std === 0 ? "" : `, by ${figure(Math.abs(means.window - means.baseline) / std)} standard deviations`;
    const of = unit === undefined ? "" : ` ${unit}`;
    return `the mean ${moved(means.baseline, means.window)} from ${figure(means.baseline)} to ${figure(means.window)}${of}${shift}`;
  }
  return `the share ${rangeOf(column.edges, members)} ${change}`;
}

const MOST_NAMED = 3;

function categoriesOf(categories: readonly string[], members: readonly number[]): string {
  const names = members.map((member) => {
    const name = categories[member];
    return name === undefined ? "values that are no category" : `"${name}"`;
  });
  if (names.length <= MOST_NAMED) return names.join(" and ");
  return `${names.slice(0, MOST_NAMED - 1).join(", ")} and ${names.length - MOST_NAMED + 1} other rare values`;
}

/** Bin 0 is below the edges, the last one above. */
function rangeOf(edges: readonly number[], members: readonly number[]): string {
  const [from, to] = [edges[(members[0] ?? 0) - 1], edges[members.at(-1) ?? 0]];
  if (from === undefined && to === undefined) return "of all values";
  if (from === undefined) return `below ${figure(to ?? 0)}`;
  if (to === undefined) return `from ${figure(from)}`;
  return from === to ? `at ${figure(from)}` : `between ${figure(from)} and ${figure(to)}`;
}
