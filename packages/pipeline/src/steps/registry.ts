import { conditionKind } from "./condition-step";
import { failKind } from "./fail";
import { lambdaKind } from "./lambda";
import { modelKind } from "./model";
import { processingKind } from "./processing";
import { registerModelKind } from "./register-model";
import type { StepKind } from "./step-kind";
import { trainingKind } from "./training";
import { transformKind } from "./transform";
import { tuningKind } from "./tuning";

/** Every kind of step that the package models, by `Type`. */
export const stepKinds: ReadonlyMap<string, StepKind> = new Map(
  [
    processingKind,
    trainingKind,
    tuningKind,
    transformKind,
    modelKind,
    registerModelKind,
    conditionKind,
    failKind,
    lambdaKind,
  ].map((kind) => [kind.type, kind]),
);

/** Kinds that the service knows and this package only carries: no rules, no builders. */
export const carriedKinds: ReadonlySet<string> = new Set([
  "AutoML",
  "Callback",
  "EMR",
  "EMRServerless",
  "QualityCheck",
  "ClarifyCheck",
  "EndpointConfig",
  "Endpoint",
  "InferenceComponent",
  "Lineage",
  "ForEach",
  "Cleanup",
  "Job",
  "Athena",
  "HubContent",
  "BedrockCustomModel",
  "BedrockCustomModelDeployment",
  "BedrockModelImport",
  "BedrockProvisionedModelThroughput",
]);
