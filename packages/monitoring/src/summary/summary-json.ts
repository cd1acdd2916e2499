import type { Baseline } from "../baseline/baseline";
import { MonitoringError } from "../errors";
import { type ColumnSummary, emptySummary, type Summary } from "./summary";

/** The newest summary.json format this package writes. */
export const SUMMARY_FORMAT = 1;

/** summary.json: what is zero or empty is left out. */
export function summaryJson(summary: Summary, baseline: Baseline): string {
  const { left } = summary;
  const document = {
    format: SUMMARY_FORMAT,
    baseline: summary.baseline,
    window: summary.window,
    rows: summary.rows,
    columns: Object.fromEntries(
      baseline.columns.map(({ name }, index) => [name, columnJson(summary.columns[index] as ColumnSummary)]),
    ),
    score: columnJson(summary.score),
    decided: summary.decided,
    positives: summary.positives,
    latency: compact(summary.latency),
    relations: compact(summary.relations),
    segments: summary.segments.map(({ rows, columns }) =>
      rows === 0 ? { rows } : { rows, columns: columns.map(compact) },
    ),
    models: Object.fromEntries(summary.models),
    unknown: Object.fromEntries(summary.unknown),
    left: { ...left, refused: Object.fromEntries(left.refused) },
    sources: [...summary.sources],
  };
  return `${JSON.stringify(document)}\n`;
}

/**
 * Reads summary.json.
 *
 * @throws {@link MonitoringError} `summary_invalid`, `summary_format` for a newer format, `baseline_differs`.
 */
export function readSummary(bytes: Uint8Array | string, baseline: Baseline): Summary {
  const document = parse(typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8"));
  if (document.format !== SUMMARY_FORMAT)
    throw new MonitoringError(
      "summary_format",
      `summary.json has the format ${JSON.stringify(document.format) ?? "none"}, and this release reads 1. Use a newer release.`,
      { facts: { format: document.format } },
    );
  if (document.baseline !== baseline.sha256)
    throw new MonitoringError(
      "baseline_differs",
      `summary.json was made with the baseline ${String(document.baseline).slice(0, 12)}, not ${baseline.sha256.slice(0, 12)}. Summarise the captures again.`,
      { facts: { found: document.baseline, expected: baseline.sha256 } },
    );
  const window = object(document.window, "window");
  const summary = emptySummary(baseline, { from: text(window.from, "window.from"), to: text(window.to, "window.to") });
  summary.rows = count(document.rows, "rows");
  summary.decided = count(document.decided, "decided");
  summary.positives = count(document.positives, "positives");
  const columns = object(document.columns, "columns");
  baseline.columns.forEach(({ name }, index) => {
    fillColumn(summary.columns[index] as ColumnSummary, columns[name], `columns.${name}`);
  });
  fillColumn(summary.score, document.score, "score");
  fill(summary.latency, document.latency, "latency");
  fill(summary.relations, document.relations, "relations");
  const segments = array(document.segments, "segments");
  if (segments.length !== summary.segments.length)
    throw invalid(`segments has ${segments.length} members, not ${summary.segments.length}`);
  summary.segments.forEach((segment, index) => {
    const given = object(segments[index], `segments.${index}`);
    segment.rows = count(given.rows, `segments.${index}.rows`);
    if (segment.rows === 0) return;
    const bins = array(given.columns, `segments.${index}.columns`);
    segment.columns.forEach((column, at) => {
      fill(column, bins[at], `segments.${index}.columns.${at}`);
    });
  });
  for (const [version, value] of Object.entries(object(document.models, "models"))) {
    const { rows, first, last } = object(value, `models.${version}`);
    summary.models.set(version, {
      rows: count(rows, "models"),
      first: text(first, "models"),
      last: text(last, "models"),
    });
  }
  fillNames(summary.unknown, document.unknown, "unknown");
  const left = object(document.left, "left");
  for (const name of ["duplicates", "late", "skewed", "unchecked"] as const)
    summary.left[name] = count(left[name], `left.${name}`);
  fillNames(summary.left.refused, left.refused, "left.refused");
  for (const source of array(document.sources, "sources")) summary.sources.add(text(source, "sources"));
  return summary;
}

function columnJson({ bins, names, minimum, maximum, ...sums }: ColumnSummary): Record<string, unknown> {
  const filled = Object.entries(sums).filter(([, value]) => value !== 0);
  return {
    bins: compact(bins),
    ...Object.fromEntries(filled),
    ...(minimum <= maximum ? { minimum, maximum } : {}),
    ...(names.size === 0 ? {} : { names: Object.fromEntries(names) }),
  };
}

/** A list, or nothing when it holds only zeros. */
function compact(values: Float64Array): number[] {
  return values.every((value) => value === 0) ? [] : [...values];
}

function fillColumn(column: ColumnSummary, value: unknown, path: string): void {
  const given = object(value, path);
  fill(column.bins, given.bins, `${path}.bins`);
  for (const name of ["missing", "absent", "invalid", "below", "above"] as const)
    column[name] = given[name] === undefined ? 0 : count(given[name], `${path}.${name}`);
  column.sum = sumOf(given.sum, `${path}.sum`);
  column.squares = sumOf(given.squares, `${path}.squares`);
  if (given.minimum !== undefined) column.minimum = number(given.minimum, `${path}.minimum`);
  if (given.maximum !== undefined) column.maximum = number(given.maximum, `${path}.maximum`);
  if (given.names !== undefined) fillNames(column.names, given.names, `${path}.names`);
}

/** A sum that overflowed is written as null; it stays unknown. */
function sumOf(value: unknown, path: string): number {
  if (value === undefined) return 0;
  return value === null ? Number.NaN : number(value, path);
}

function fill(target: Float64Array, value: unknown, path: string): void {
  const values = array(value, path);
  if (values.length === 0) return;
  if (values.length !== target.length) throw invalid(`${path} has ${values.length} numbers, not ${target.length}`);
  for (let index = 0; index < target.length; index += 1) target[index] = number(values[index], path);
}

function fillNames(target: Map<string, number>, value: unknown, path: string): void {
  for (const [name, times] of Object.entries(object(value, path))) target.set(name, count(times, `${path}.${name}`));
}

function parse(source: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  return object(value, "the document");
}

function object(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(`${path} is no object`);
  return value as Readonly<Record<string, unknown>>;
}

function array(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(`${path} is no list`);
  return value;
}

function number(value: unknown, path: string): number {
  if (typeof value !== "number") throw invalid(`${path} is no number`);
  return value;
}

function count(value: unknown, path: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw invalid(`${path} is no count`);
  return value as number;
}

function text(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(`${path} is no text`);
  return value;
}

function invalid(problem: string, cause?: unknown): MonitoringError {
  const message = `summary.json cannot be used: ${problem}. Delete it and summarise that hour's captures again.`;
  return new MonitoringError("summary_invalid", message, { facts: { problem }, cause });
}
