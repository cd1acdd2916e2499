export { type Arrangement, arrange } from "./arrange";
export { type Asset, type CodeAsset, codeArchive, codeDirectory, type SourceFiles } from "./assets/code-asset";
export { readSourceFolder } from "./assets/read-source-folder";
export { type Compiled, compile } from "./compile";
export { type CheckOptions, checkRequest } from "./constraints/check-request";
export type { StandsIn } from "./constraints/check-shape";
export { checkedOperations, constraintSource } from "./constraints/table";
export type { Violation, ViolationCode } from "./constraints/violation";
export type {
  DependsOnEntry,
  Json,
  JsonObject,
  ParameterSpec,
  ParameterType,
  PipelineDefinition,
  StepDefinition,
} from "./definition";
export { DefinitionSyntaxError, InvalidDefinitionError, PipelineError, ResolutionError } from "./errors";
export {
  type Condition,
  equals,
  greaterThan,
  greaterThanOrEqual,
  isIn,
  lessThan,
  lessThanOrEqual,
  not,
  or,
} from "./expressions/condition";
export { type ExecutionVariable, execution, executionVariables } from "./expressions/execution";
export {
  type Expression,
  fromContext,
  isExpression,
  type RenderContext,
  type Templated,
  type Value,
} from "./expressions/expression";
export { asText, join } from "./expressions/join";
export type { Parameter, ParameterFactory, ParameterOptions } from "./expressions/parameter";
export {
  type DocumentType,
  document,
  type PathOf,
  type PropertyFile,
  type PropertyFileSpec,
  propertyFile,
  type ValueAt,
} from "./expressions/property-file";
export type { Reference } from "./expressions/reference";
export { defaultExpireAfter } from "./expressions/render";
export type { Issue } from "./issue";
export { type Pipeline, type PipelineOptions, type PipelineScope, pipeline } from "./pipeline";
export { type DerivedPolicy, derivePolicy, type PolicyDocument, type PolicyStatement } from "./policy/derive-policy";
export { networkActions } from "./policy/network-actions";
export { parseDefinition, printDefinition } from "./print";
export { type CacheDifference, type CacheKeyAttributes, cacheKeyAttributes, explainMiss } from "./reading/cache-key";
export { type Branch, type Graph, type GraphEdge, type GraphNode, graph, ownReferences } from "./reading/graph";
export { allSteps, type PlacedStep } from "./reading/nested-steps";
export { parameterValue } from "./reading/parameter-value";
export { type ParsedReference, parseReference } from "./reading/parse-reference";
export { type PathSegment, parsePath, printPath } from "./reading/path";
export { type FoundReference, isGet, references } from "./reading/references";
export { type ResolutionContext, resolveExpression, textOf, valueAtPath } from "./reading/resolve";
export {
  after,
  type Cacheable,
  type Dependency,
  type JobException,
  type Retryable,
  type RetryPolicy,
  Step,
  type StepBasics,
  type StepException,
  type StepOptions,
  type StepTemplate,
  type Trigger,
} from "./step";
export type { ChannelOptions, ChannelSource } from "./steps/channels";
export { type ConditionBuilder, type ConditionProperties, type OpenConditionStep, when } from "./steps/condition-step";
export { fail } from "./steps/fail";
export type { Instances, Network, Tags } from "./steps/instances";
export { type LambdaOptions, type LambdaStep, lambda } from "./steps/lambda";
export { type ModelOptions, type ModelStep, model } from "./steps/model";
export { type ModelArtifact, type ModelSource, modelArtifact, type Serving } from "./steps/model-artifact";
export { checkpointUri, outputUri, targetRole } from "./steps/outputs";
export {
  type ProcessingInput,
  type ProcessingOptions,
  type ProcessingOutput,
  type ProcessingStep,
  processing,
} from "./steps/processing";
export {
  type CategoricalRange,
  type ContinuousRange,
  categorical,
  continuous,
  type IntegerRange,
  integer,
  type ParameterRange,
  type Scaling,
} from "./steps/ranges";
export { type RegisterOptions, type RegisterStep, type Report, register } from "./steps/register-model";
export { stepKinds } from "./steps/registry";
export type { StepKind } from "./steps/step-kind";
export { type TrainingJobOptions, type TrainingOptions, type TrainingStep, training } from "./steps/training";
export { type TransformOptions, type TransformStep, transform } from "./steps/transform";
export {
  maximize,
  minimize,
  type Objective,
  type TuningOptions,
  type TuningProperties,
  type TuningStep,
  tuning,
} from "./steps/tuning";
export { localTarget, type Target } from "./target";
export { type TrainingPlacement, withPlacement } from "./training-placement";
export { validateDefinition } from "./validate/validate-definition";
