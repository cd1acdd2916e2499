import { z } from "zod";

const count = z.int().min(0);
const counts = z.array(count);
const figure = z.number().nullable();

const moments = { mean: figure, std: figure, minimum: figure, maximum: figure };

const numeric = z.object({
  type: z.enum(["integer", "number"]),
  missing: count,
  edges: z.array(z.number()),
  counts,
  ...moments,
});

const categorical = z.object({
  type: z.literal("category"),
  missing: count,
  /** Their order. @default absent in format 1, where no order matters */
  categories: z.array(z.string()).optional(),
  counts: z.record(z.string(), count),
  other: count,
});

const truth = z.object({ type: z.literal("boolean"), missing: count, counts: z.object({ "0": count, "1": count }) });

const column = z.discriminatedUnion("type", [numeric, categorical, truth]);

const score = z.object({ split: z.string(), rows: count, edges: z.array(z.number()), counts, ...moments });

const shared = {
  contract: z.object({ name: z.string(), sha256: z.string() }),
  rows: count,
  columns: z.record(z.string(), column),
  target: z.object({ split: z.string(), rows: count, mean: z.number() }),
};

/** baseline.json, format 1: columns and scores. */
export const baselineFormat1 = z.object({ format: z.literal(1), ...shared, score });

/** Counts of a column's bins within a segment, in the column's own order, then the missing values. */
const segment = z.object({
  column: z.string(),
  value: z.string(),
  rows: count,
  counts: z.record(z.string(), counts),
});

/** baseline.json, format 2: positives for each bin of scores, relations of columns, segments. */
export const baselineFormat2 = z.object({
  format: z.literal(2),
  ...shared,
  score: score.extend({ positives: counts.optional() }),
  relations: z
    .object({
      columns: z.array(z.string()),
      rows: count,
      /** Upper triangle, row by row. */
      correlations: z.array(figure),
      variances: z.array(figure),
    })
    .optional(),
  segments: z.array(segment),
});

/** The newest document, as it is read. */
export type BaselineDocument = z.infer<typeof baselineFormat2>;
/** A column of it. */
export type ColumnDocument = z.infer<typeof column>;
