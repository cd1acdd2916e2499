import { createHash } from "node:crypto";
import type { z } from "zod";
import { MonitoringError } from "../errors";
import { type BaselineDocument, baselineFormat1, baselineFormat2, type ColumnDocument } from "./format";

/** A numeric column of the training data; bin i holds edges[i] <= value < edges[i + 1], the last one its end as well. */
export interface NumberBaseline {
  readonly type: "number";
  readonly name: string;
  readonly missing: number;
  /** Empty when every value was missing; twice the same value when the column is constant. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly mean: number | null;
  readonly std: number | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
}

/** A category or a boolean (`0`, `1`) of the training data. */
export interface CategoryBaseline {
  readonly type: "category" | "boolean";
  readonly name: string;
  readonly missing: number;
  readonly categories: readonly string[];
  readonly counts: readonly number[];
  /** Values outside the contract's categories. */
  readonly other: number;
}

/** A column of the training data. */
export type ColumnBaseline = NumberBaseline | CategoryBaseline;

/** The model's answers for the test split. */
export interface ScoreBaseline extends Omit<NumberBaseline, "type" | "name" | "missing"> {
  readonly rows: number;
  /** Positive rows in each bin. @default absent for a regression and in format 1 */
  readonly positives?: readonly number[];
}

/** How columns go together, by their ranks. */
export interface RelationsBaseline {
  readonly columns: readonly string[];
  readonly rows: number;
  /** Upper triangle, row by row; null where a column does not vary. */
  readonly correlations: readonly (number | null)[];
  /** Variance of one row's influence on the correlation. */
  readonly variances: readonly (number | null)[];
}

/** The columns of a part of the training data. */
export interface SegmentBaseline {
  readonly column: string;
  readonly value: string;
  readonly rows: number;
  /** By column: counts in the order of the column's own bins or categories, then other values of a category, then missing ones. */
  readonly counts: Readonly<Record<string, readonly number[]>>;
}

/** What the data and the scores looked like when the model was made. */
export interface Baseline {
  /** Of the document's bytes: names the bins that summaries are made of. */
  readonly sha256: string;
  readonly contract: { readonly name: string; readonly sha256: string };
  /** Training rows. */
  readonly rows: number;
  /** In the order of the document. */
  readonly columns: readonly ColumnBaseline[];
  readonly score: ScoreBaseline;
  /** Share of positives, or the mean, in the test split. */
  readonly targetMean: number;
  /** @default absent in format 1, and where fewer than two columns vary */
  readonly relations?: RelationsBaseline;
  /** Empty in format 1. */
  readonly segments: readonly SegmentBaseline[];
}

/**
 * Reads baseline.json, of this format or an older one.
 *
 * @throws {@link MonitoringError} `baseline_invalid` with the first place that is wrong, `baseline_format` for a newer format.
 */
export function readBaseline(bytes: Uint8Array | string): Baseline {
  const text = typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const document = parse(text);
  const columns = Object.entries(document.columns).map(([name, column]) => columnOf(name, column));
  refuseUneven(columns, document.score);
  refuseTooMany(columns, document.rows);
  const { contract, rows, score, target, relations, segments } = document;
  return {
    sha256,
    contract,
    rows,
    columns,
    score,
    targetMean: target.mean,
    ...(relations === undefined ? {} : { relations }),
    segments,
  };
}

function parse(text: string): BaselineDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid("it is not JSON", cause);
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (format === 1) return { ...checked(baselineFormat1.safeParse(value)), format: 2, segments: [] };
  if (format === 2) return checked(baselineFormat2.safeParse(value));
  throw new MonitoringError(
    "baseline_format",
    `baseline.json has the format ${JSON.stringify(format) ?? "none"}, and this release reads 1 and 2. Use a newer release.`,
    { facts: { format } },
  );
}

function checked<T>(result: z.ZodSafeParseResult<T>): T {
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(`${issue?.path.join(".") || "the document"}: ${issue?.message ?? "not valid"}`, result.error);
}

function columnOf(name: string, column: ColumnDocument): ColumnBaseline {
  switch (column.type) {
    case "category": {
      const { missing, other } = column;
      // Names that look like whole numbers lose their order as members of an object.
      const { categories = Object.keys(column.counts) } = column;
      const counts = categories.map((category) => column.counts[category] ?? 0);
      return { type: "category", name, missing, categories, counts, other };
    }
    case "boolean": {
      const counts = [column.counts["0"], column.counts["1"]];
      return { type: "boolean", name, missing: column.missing, categories: ["0", "1"], counts, other: 0 };
    }
    default:
      return { ...column, type: "number", name };
  }
}

/** A histogram has one edge more than counts, in ascending order. */
function refuseUneven(columns: readonly ColumnBaseline[], score: ScoreBaseline): void {
  const histograms = [...columns.filter((column) => column.type === "number"), { ...score, name: "score" }];
  for (const { name, edges, counts } of histograms) {
    const wanted = counts.length === 0 ? 0 : counts.length + 1;
    if (edges.length !== wanted) throw invalid(`${name} has ${counts.length} counts and ${edges.length} edges`);
    if (edges.some((edge, index) => index > 0 && edge < (edges[index - 1] ?? edge)))
      throw invalid(`the edges of ${name} do not ascend`);
  }
}

/** More values than rows would make shares above one, of which no statistic knows anything. */
function refuseTooMany(columns: readonly ColumnBaseline[], rows: number): void {
  for (const { name, missing, counts, ...rest } of columns) {
    const other = "other" in rest ? rest.other : 0;
    const values = counts.reduce((sum, count) => sum + count, missing + other);
    if (values > rows) throw invalid(`${name} has ${values} values in ${rows} rows`);
  }
}

function invalid(problem: string, cause?: unknown): MonitoringError {
  const message = `baseline.json cannot be used: ${problem}. Take the file that the Evaluate step wrote.`;
  return new MonitoringError("baseline_invalid", message, { facts: { problem }, cause });
}
