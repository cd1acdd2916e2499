import { z } from "@hono/zod-openapi";
import type { Contract } from "@sagewright/contract";
import type { Backend } from "../backends/backend";
import type { DecisionPolicy } from "../policy/policy";
import type { LifetimeValueModel } from "./lifetime-value";

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

const servedSchema = modelSchema.extend({
  threshold: z.number().min(0).max(1).optional().openapi({ description: "Absent for a regression." }),
  task: z.enum(["binary", "regression"]),
  backend: z.enum(["embedded", "endpoint", "serverless"]),
  contract: z.record(z.string(), z.unknown()).openapi({ description: "contract.json, format 1." }),
});

/** What `GET /model` answers. */
export const modelAnswerSchema = servedSchema
  .extend({
    policy: z.string(),
    lifetimeValue: servedSchema
      .omit({ threshold: true })
      .optional()
      .openapi({ description: "The model of what customers are worth, where one is served beside." }),
  })
  .openapi("Model");

/** Everything about the models of an API. */
export function modelAnswer({
  model,
  policy,
  lifetimeValue,
  ...served
}: {
  readonly backend: Backend;
  readonly contract: Contract;
  readonly model: ModelCard;
  readonly policy: DecisionPolicy;
  readonly lifetimeValue: LifetimeValueModel | undefined;
}): z.output<typeof modelAnswerSchema> {
  const { threshold, ...card } = model;
  const decides = served.contract.target.kind === "binary" ? { threshold } : {};
  const about = { ...card, ...decides, ...servedAs(served), policy: policy.name };
  if (lifetimeValue === undefined) return about;
  const { threshold: _, ...valueCard } = modelSchema.parse(lifetimeValue.model);
  return { ...about, lifetimeValue: { ...valueCard, ...servedAs(lifetimeValue) } };
}

function servedAs({ contract, backend }: { readonly contract: Contract; readonly backend: Backend }) {
  return { task: contract.target.kind, backend: backend.kind, contract: { ...contract.toJSON() } };
}
