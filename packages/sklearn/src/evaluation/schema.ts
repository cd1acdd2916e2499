import { z } from "zod";
import type { Evaluation, RegressionEvaluation } from "./evaluation";

const share = z.number().min(0).max(1);
const count = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const texts = z.record(z.string(), z.string());
const decisions = { precision: share, recall: share, f1: share, accuracy: share };

const base = {
  format: z.literal([1, 2]),
  test: z.object({ sha256: digest }).exactOptional(),
  scores: z.object({ file: z.string().regex(/^[\w.-]+$/), sha256: digest }).exactOptional(),
  contract: z.object({ name: z.string(), sha256: digest }),
  model: z.object({ manifest_sha256: digest, estimator: z.string(), hyperparameters: texts, versions: texts }),
  rows: count,
  importance: z.array(z.object({ feature: z.string(), mean: z.number(), std: z.number() })),
  warnings: z.array(z.object({ code: z.string(), message: z.string(), facts: z.record(z.string(), z.unknown()) })),
};
const segment = { column: z.string(), value: z.string(), rows: count };

/** evaluation.json of a binary target. */
const evaluationSchema = z.object({
  ...base,
  kind: z.literal("binary"),
  positives: count,
  metrics: z.object({
    ...decisions,
    roc_auc: share,
    roc_auc_low: share,
    roc_auc_high: share,
    pr_auc: share,
    brier: share,
    log_loss: z.number().min(0),
  }),
  threshold: z.object({
    value: share,
    method: z.string(),
    split: z.string(),
    candidates: z.array(z.object({ ...decisions, method: z.string(), value: share })),
  }),
  confusion: z.object({ tn: count, fp: count, fn: count, tp: count }),
  curves: z.object({ roc: z.array(z.array(z.number())).max(200), pr: z.array(z.array(z.number())).max(200) }),
  calibration: z.object({
    bins: z.array(z.object({ mean_predicted: share, observed: share, count })),
    ece: share,
  }),
  lift: z.array(z.object({ decile: z.int(), rows: count, positives: count, lift: z.number().min(0), captured: share })),
  segments: z.array(
    z.object({
      ...segment,
      positives: count,
      roc_auc: share.nullable(),
      roc_auc_low: share.nullable(),
      roc_auc_high: share.nullable(),
    }),
  ),
}) satisfies z.ZodType<Evaluation>;

/** evaluation.json of a regression. */
const regressionEvaluationSchema = z.object({
  ...base,
  kind: z.literal("regression"),
  metrics: z.object({
    r2: z.number(),
    mae: z.number(),
    rmse: z.number(),
    r2_low: z.number(),
    r2_high: z.number(),
    mae_low: z.number(),
    mae_high: z.number(),
    rmse_low: z.number(),
    rmse_high: z.number(),
    baseline_mae: z.number(),
    baseline_rmse: z.number(),
  }),
  segments: z.array(z.object({ ...segment, mae: z.number(), mean: z.number() })),
}) satisfies z.ZodType<RegressionEvaluation>;

/** evaluation.json of either kind and either format. */
export const anyEvaluationSchema = z
  .discriminatedUnion("kind", [evaluationSchema, regressionEvaluationSchema])
  .check(({ value, issues }) => {
    for (const member of ["test", "scores"] as const) {
      if (value.format === 1 || value[member] !== undefined) continue;
      issues.push({ code: "custom", input: value, path: [member], message: `format ${value.format} has it` });
    }
  });
