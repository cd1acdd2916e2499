import { z } from "@hono/zod-openapi";

/** What the API says about the model it serves. */
export const modelSchema = z.object({
  /** Model package group or file name. */
  name: z.string().min(1),
  version: z.string().min(1),
  /** The probability from which the decision is positive. @default 0.5 */
  threshold: z.number().min(0).max(1).default(0.5),
  estimator: z.string().optional(),
  /** When the model was trained, ISO 8601. */
  trainedAt: z.string().optional(),
  /** SHA-256 of the served artefact. */
  digest: z.string().optional(),
  /** Test metrics by name, as evaluation.json has them. */
  metrics: z.record(z.string(), z.number()).optional(),
});

/** A model's description as given to {@link createApi}. */
export type ServedModel = z.input<typeof modelSchema>;
/** The description with defaults filled in. */
export type ModelCard = z.output<typeof modelSchema>;
