export { isAlreadyThere, isNotFound } from "./aws-errors";
export { callerAccount, callerArn } from "./caller";
export { listModelGroups, listPipelines, listTrials, type Trial } from "./catalogue";
export { type ClientConfiguration, type Clients, createClients, destroyClients, type Polling } from "./clients";
export {
  type ComparedModel,
  compareModels,
  type FigureDifference,
  type ModelComparison,
} from "./compare/compare-models";
export { type DeLongResult, deLongTest, type PairedScores } from "./compare/delong";
export type { Rescore } from "./compare/pair-scores";
export { defaultGate, lowerBound, mayReplace, type PromotionGate } from "./compare/promotion-gate";
export { type DecisionRecord, decisionRecord } from "./compare/promotion-record";
export { registeringMinimum } from "./compare/registering-minimum";
export {
  comparePair,
  type PairedComparison,
  type PromotionProblem,
  type PromotionReview,
  type ReviewOptions,
  reviewPromotion,
} from "./compare/review-promotion";
export { type CheapestRange, cheapestModes } from "./cost/cheapest";
export { estimateMonth, type MonthlyCost } from "./cost/estimate";
export { type HostingCost, hostingCost, type InstanceRange } from "./cost/hosting";
export { type PipelineJobs, pipelineJobs } from "./cost/pipeline-jobs";
export { type PriceLine, priceLines } from "./cost/price-lines";
export { type PriceTable, priceTable } from "./cost/price-table";
export { defaultUsage, type ServingMode, type Usage, usageOf } from "./cost/usage";
export { type Credentials, isCredentialsError, type RenewableCredentials, renewableCredentials } from "./credentials";
export {
  type DefinitionDiff,
  diffDefinitions,
  type LostCache,
  type StepDifference,
} from "./definition-diff";
export {
  applyDeployment,
  type DeployClients,
  type Deployed,
  type DeployOptions,
  deploy,
  plainServing,
  planDeploy,
  servesText,
} from "./deploy";
export {
  type DeploymentWish,
  type DesiredDeployment,
  desiredDeployment,
  type HostedServing,
} from "./deployment/desired";
export type { Difference } from "./deployment/difference";
export {
  deployEmbedded,
  type Embedded,
  type EmbeddedPlan,
  type EmbeddedRollback,
  type EmbeddedWish,
  planEmbedded,
  rollbackEmbedded,
} from "./deployment/embedded";
export { type EndpointReport, endpointReport, type VariantReport } from "./deployment/endpoint-report";
export {
  alarmRequest,
  ENDPOINT_METRICS,
  type EndpointServing,
  type GuardAlarm,
  guardAlarmName,
  guardAlarmPrefix,
  guardAlarms,
  guardWords,
  type RollbackRules,
} from "./deployment/guard-alarms";
export { deploymentHistory, type FormerDeployment } from "./deployment/history";
export type { DeploymentPlan, DeploymentRequest, PlannedChange, PlanWarning } from "./deployment/plan";
export type { PlannedCost } from "./deployment/plan-cost";
export { REPLACES_TAG } from "./deployment/plan-endpoint";
export { type PointedVersion, type PredictorPointer, pointerUri, readPointer } from "./deployment/predictor-pointer";
export {
  type Autoscaling,
  canAutoscale,
  SCALABLE_DIMENSION,
  SCALING_POLICY_NAME,
  scalableResource,
  scalableTarget,
  scalingPolicy,
} from "./deployment/scaling";
export type { RecentTraffic } from "./deployment/traffic";
export { atOnce, deploymentConfig, possibleStrategy } from "./deployment/update-policy";
export {
  deleteEndpoint,
  type Invocation,
  type InvokeOptions,
  invoke,
  listEndpoints,
  servedVersions,
} from "./endpoints";
export {
  defineEnvironment,
  environmentTarget,
  keysSecretName,
  readEnvironment,
  trainingPlacement,
} from "./environment/define-environment";
export { EnvironmentError, type EnvironmentIssue } from "./environment/issues";
export { type Environment, type EnvironmentInput, environmentSchema } from "./environment/schema";
export {
  captureField,
  captureOf,
  type EnvironmentServingMode,
  type Serving,
  saidOfCapture,
} from "./environment/serving";
export type { FleetSize, UpdateStrategy } from "./environment/update-strategy";
export { OperationError, type OperationErrorCode, type ParameterIssue, ParametersError } from "./errors";
export {
  type ExecutionEvent,
  type ExecutionStatus,
  isFinal,
  type JobKind,
  type JobReference,
  type StepState,
  type StepView,
  type TuningProgress,
} from "./execution-events";
export { type ExecutionReport, executionReport } from "./execution-report";
export { type ExecutionSnapshot, tuningProgress } from "./execution-snapshot";
export {
  describeExecution,
  executionDefinition,
  listExecutions,
  retryExecution,
  type StartOptions,
  startExecution,
  stopExecution,
} from "./executions";
export { type CacheExplanation, explainCache } from "./explain-cache";
export { inParallel } from "./in-parallel";
export { bundleOperation, type OperationFunction } from "./lambda/bundle";
export { RELEASED_METRIC } from "./lambda/released";
export { APPROVED_AT_TAG, APPROVED_BY_TAG, type ApprovalOutcome, type ApprovalSettings } from "./lambda/serve-approved";
export { APPROVAL_VARIABLE } from "./lambda/settings";
export { endpointLineage } from "./lineage/endpoint-lineage";
export { modelLineage } from "./lineage/model-lineage";
export type { LineageKind, LineageNode } from "./lineage/node";
export { type LogLine, type LogOptions, type LogSource, readLogs } from "./logs";
export { type RunFile, type RunRecord, runRecord, type TrialRecord } from "./mirror/run-record";
export type { DelayCause } from "./pace";
export { type DeclaredParameter, type ParameterValues, wireParameters } from "./parameters";
export { type PatienceOptions, patiently } from "./patiently";
export {
  deployedPipeline,
  type PublicationPlan,
  type Publishable,
  type PublishOptions,
  type PublishRequest,
  type PutRequest,
  planPublication,
} from "./publication-plan";
export { applyPublication, type Published, publish } from "./publish";
export {
  approve,
  type Decision,
  describeModel,
  latestApproved,
  listModels,
  MANIFEST_DIGEST_KEY,
  type ModelDetails,
  type ModelVersion,
  modelEvaluation,
  reject,
} from "./registry";
export { planReleaseLayer, putReleaseLayer, type ReleaseLayer, type ReleaseLayerWish } from "./release-layer";
export { type NothingToRepeat, type RepeatableRun, repeatableRun } from "./repeatable-run";
export { type RolledBack, rollback } from "./rollback";
export { searchWaitsInVain, type WaitedInVain, waitedInVain } from "./spot/capacity";
export { type OnDemandRetry, type RetriedOnDemand, retryOnDemand } from "./spot/on-demand";
export { type StepJobs, trainingJobs } from "./spot/training-jobs";
export { type TrainingUsage, trainingUsage } from "./spot/training-usage";
export { readStepOutput } from "./step-output";
export { DATA_PREFIX, type UploadedData, uploadData } from "./upload-data";
export { type VerifiedArtefact, verifyArtefact } from "./verify-artefact";
export { type WatchOptions, waitForExecution, watchExecution } from "./watch-execution";
