import { createHash } from "node:crypto";
import { contractJson } from "@sagewright/contract";
import {
  asText,
  type Expression,
  type RegisterOptions as GenericOptions,
  type ModelArtifact,
  type PropertyFile,
  type RegisterStep,
  register as registerModel,
  type Value,
} from "@sagewright/pipeline";
import type { Evaluation, RegressionEvaluation } from "../evaluation/evaluation";
import type { EvaluatedStep } from "./evaluate";

/** Options of a register step. */
export interface RegisterOptions
  extends Omit<GenericOptions, "model" | "metrics" | "metadata" | "contentTypes" | "responseTypes"> {
  readonly model: ModelArtifact;
  /** The evaluate step whose figures go into the registry. */
  readonly evaluated: EvaluatedStep<Evaluation> | EvaluatedStep<RegressionEvaluation>;
  /** Further notes on the registry entry, by key. */
  readonly metadata?: Readonly<Record<string, Value<string>>>;
}

/**
 * Puts a model into the registry with what a deployment must check and a person wants to know: evaluation.json and
 * baseline.json, the digest of the model's manifest, the digest of the contract, the figure it was judged by, its card, and
 * the test split, on which a later model can be compared with it.
 *
 * @example sklearn.register("Register", { model: tuned.bestModel(), evaluated, group: "churn" });
 */
export function register(name: string, options: RegisterOptions): RegisterStep {
  const { evaluated, metadata, request, ...rest } = options;
  const { contract } = evaluated.data;
  const report = evaluated.report as PropertyFile<Evaluation>;
  return registerModel(name, {
    ...rest,
    metrics: evaluated.report,
    contentTypes: ["application/json", "text/csv"],
    responseTypes: ["application/json", "text/csv"],
    metadata: {
      contract: contract.name,
      contract_sha256: createHash("sha256").update(contractJson(contract)).digest("hex"),
      manifest_sha256: report.at("model.manifest_sha256"),
      model_card: evaluated.card,
      test_data: evaluated.data.outputs.test,
      ...figure(evaluated, contract.target.kind),
      ...metadata,
    },
    request: {
      DriftCheckBaselines: {
        ModelDataQuality: { Statistics: { ContentType: "application/json", S3Uri: evaluated.baseline } },
      },
      ...request,
    },
  });
}

function figure(
  evaluated: RegisterOptions["evaluated"],
  kind: "binary" | "regression",
): Record<string, Expression<string>> {
  if (kind === "binary") {
    const report = evaluated.report as PropertyFile<Evaluation>;
    return { roc_auc: asText(report.at("metrics.roc_auc")) as Expression<string> };
  }
  const report = evaluated.report as PropertyFile<RegressionEvaluation>;
  return { r2: asText(report.at("metrics.r2")) as Expression<string> };
}
