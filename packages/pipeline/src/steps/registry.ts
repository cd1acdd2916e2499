import { autoMlKind } from "./auto-ml";
import { callbackKind } from "./callback";
import { clarifyCheckKind, qualityCheckKind } from "./checks";
import { cleanupKind } from "./cleanup";
import { conditionKind } from "./condition-step";
import { emrKind } from "./emr";
import { emrServerlessKind } from "./emr-serverless";
import { endpointKind } from "./endpoint";
import { endpointConfigKind } from "./endpoint-config";
import { failKind } from "./fail";
import { forEachKind } from "./for-each";
import { inferenceComponentKind } from "./inference-component";
import { jobKind } from "./job";
import { lambdaKind } from "./lambda";
import { lineageKind } from "./lineage";
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
    callbackKind,
    emrKind,
    emrServerlessKind,
    autoMlKind,
    qualityCheckKind,
    clarifyCheckKind,
    endpointConfigKind,
    endpointKind,
    inferenceComponentKind,
    lineageKind,
    forEachKind,
    cleanupKind,
    jobKind,
  ].map((kind) => [kind.type, kind]),
);

/** Kinds that the service knows and this package only carries: no rules, no builders. */
export const carriedKinds: ReadonlySet<string> = new Set([
  "Athena",
  "HubContent",
  "BedrockCustomModel",
  "BedrockCustomModelDeployment",
  "BedrockModelImport",
  "BedrockProvisionedModelThroughput",
]);
