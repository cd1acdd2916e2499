import { z } from "@hono/zod-openapi";

const driverSchema = z
  .object({
    feature: z.string(),
    value: z
      .union([z.number(), z.string(), z.boolean(), z.null()])
      .openapi({ description: "As sent; null when not known." }),
    unit: z.string().optional(),
    direction: z.enum(["raises", "lowers"]).openapi({ description: "Whether it moves the prediction up or down." }),
    effect: z.number().openapi({
      description: "How far: in percentage points of probability; for a regression in the unit of the target.",
    }),
  })
  .openapi("Driver");

const churnAnswer = z.object({
  predictionId: z.string(),
  churnProbability: z.number().min(0).max(1),
  decision: z.object({
    churn: z.boolean().openapi({ description: "Whether the probability reaches the threshold." }),
    threshold: z.number().min(0).max(1),
  }),
  riskTier: z.string(),
  recommendation: z.string(),
  confidence: z.number().min(0).max(1).openapi({
    description:
      "Distance from the threshold as a share of the largest possible on that side: 0 is on it, 1 is certain.",
  }),
  drivers: z.array(driverSchema).openapi({ description: "What moved this prediction most, largest effect first." }),
  modelVersion: z.string(),
  latencyMs: z.number().min(0),
});

/** The answer to one row of a model that predicts churn. */
export const churnAnswerSchema = churnAnswer.openapi("Prediction");

/** What a customer is worth, as the lifetime-value model says. */
const lifetimeValueSchema = z
  .object({
    value: z.number(),
    tier: z
      .string()
      .openapi({ description: "The policy's tier of this value; it chooses the risk tier within its band." }),
    unit: z.string().optional(),
    modelVersion: z.string(),
  })
  .openapi("LifetimeValue");

/** The answer where a lifetime-value model is served beside the model that predicts churn. */
export const valuedChurnAnswerSchema = churnAnswer
  .extend({
    lifetimeValue: z
      .union([lifetimeValueSchema, z.null()])
      .openapi({ description: "null for a customer of whom nothing was said that the lifetime value needs." }),
  })
  .openapi("Prediction");

/** The answer to one row of a regression. */
export const valueAnswerSchema = z
  .object({
    predictionId: z.string(),
    value: z.number(),
    drivers: z.array(driverSchema).openapi({ description: "What moved this prediction most, largest effect first." }),
    modelVersion: z.string(),
    latencyMs: z.number().min(0),
  })
  .openapi("Prediction");

const problemDetailSchema = z
  .object({
    code: z.string(),
    path: z.string().openapi({ description: "JSON pointer into the body, or the name of a query parameter." }),
    message: z.string(),
    received: z.unknown().optional(),
    allowed: z.string().optional(),
  })
  .openapi("ProblemDetail");

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().openapi({ description: "Stable, for programs." }),
    errors: z.array(problemDetailSchema).optional(),
  })
  .openapi("Problem");

/** The answer to a batch: one result per row, in order; a row that could not be answered has `problem`. */
export function batchAnswerSchema(answer: AnswerSchema) {
  const results = z.object({ index: z.int().min(0), prediction: answer.optional(), problem: problemSchema.optional() });
  return z
    .object({
      rows: z.int().min(0),
      answered: z.int().min(0),
      refused: z.int().min(0),
      modelVersion: z.string(),
      latencyMs: z.number().min(0),
      results: z.array(results),
    })
    .openapi("BatchPrediction");
}

/** The schema of an answer. */
export type AnswerSchema = typeof churnAnswerSchema | typeof valuedChurnAnswerSchema | typeof valueAnswerSchema;
/** {@link lifetimeValueSchema} as a type. */
export type LifetimeValue = z.infer<typeof lifetimeValueSchema>;
/** {@link churnAnswerSchema} as a type; with a lifetime-value model beside it, {@link valuedChurnAnswerSchema}. */
export type ChurnAnswer = z.infer<typeof churnAnswerSchema> & { lifetimeValue?: LifetimeValue | null };
/** {@link valueAnswerSchema} as a type. */
export type ValueAnswer = z.infer<typeof valueAnswerSchema>;
/** One driver of an answer. */
export type AnswerDriver = z.infer<typeof driverSchema>;
/** The answer to one row. */
export type PredictionAnswer = ChurnAnswer | ValueAnswer;
/** {@link problemSchema} as a type. */
export type ProblemDocument = z.infer<typeof problemSchema>;
