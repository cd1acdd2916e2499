export { type Arrangement, arrange } from "./arrange";
export { type Asset, type CodeAsset, codeArchive, codeDirectory, type SourceFiles } from "./assets/code-asset";
export { readSourceFolder } from "./assets/read-source-folder";
export { type CacheDifference, type CacheKeyAttributes, cacheKeyAttributes, explainMiss } from "./cache-key";
export { type Compiled, compile } from "./compile";
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
} from "./condition";
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
export { type ExecutionVariable, execution, executionVariables } from "./execution";
export {
  type Expression,
  fromContext,
  isExpression,
  type RenderContext,
  type Templated,
  type Value,
} from "./expression";
export { type Branch, type Graph, type GraphEdge, type GraphNode, graph, ownReferences } from "./graph";
export type { Issue } from "./issue";
export { asText, join } from "./join";
export { allSteps, type PlacedStep } from "./nested-steps";
export type { Parameter, ParameterFactory, ParameterOptions } from "./parameter";
export { parameterValue } from "./parameter-value";
export { type ParsedReference, parseReference } from "./parse-reference";
export { type PathSegment, parsePath, printPath } from "./path";
export { type Pipeline, type PipelineOptions, type PipelineScope, pipeline } from "./pipeline";
export { type DerivedPolicy, derivePolicy, type PolicyDocument, type PolicyStatement } from "./policy/derive-policy";
export { parseDefinition, printDefinition } from "./print";
export {
  type DocumentType,
  document,
  type PathOf,
  type PropertyFile,
  type PropertyFileSpec,
  propertyFile,
  type ValueAt,
} from "./property-file";
export type { Reference } from "./reference";
export { type FoundReference, isGet, references } from "./references";
export { defaultExpireAfter } from "./render";
export { type ResolutionContext, resolveExpression, textOf, valueAtPath } from "./resolve";
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
