import type { Contract } from "@sagewright/contract";
import type { LabelledRow } from "./merge-rows";
import { mergedColumns as own } from "./merged-columns";

/** Fewer rows of a day say nothing about a column. */
const LEAST_ROWS = 10;
/** A column of which a day has so little is broken on that day, unless it is usually so. */
const MOST_MISSING = 0.9;
const USUALLY_THERE = 0.5;

/**
 * Rows without those of days on which a column that is usually there was missing nearly everywhere: a model would learn the
 * fault, and take it for the usual state of things.
 */
export function withoutBrokenDays(
  rows: readonly LabelledRow[],
  { columns, missing }: Contract,
): { readonly rows: readonly LabelledRow[]; readonly broken: number } {
  const days = new Map<string, LabelledRow[]>();
  for (const row of rows) {
    const day = dayOf(row);
    const known = days.get(day);
    if (known === undefined) days.set(day, [row]);
    else known.push(row);
  }
  const lost = (of: readonly LabelledRow[], name: string) =>
    of.filter((row) => missing.includes((row[name] ?? "").trim())).length / of.length;
  const usual = columns.map(({ name }) => name).filter((name) => lost(rows, name) < USUALLY_THERE);
  const isBroken = (of: readonly LabelledRow[]) =>
    of.length >= LEAST_ROWS && usual.some((name) => lost(of, name) >= MOST_MISSING);
  const sound = new Set([...days].filter(([, of]) => !isBroken(of)).map(([day]) => day));
  const kept = rows.filter((row) => sound.has(dayOf(row)));
  return { rows: kept, broken: rows.length - kept.length };
}

const dayOf = (row: LabelledRow): string => (row[own.date] ?? "").slice(0, 10);
