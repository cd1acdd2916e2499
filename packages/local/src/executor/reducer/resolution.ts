import {
  type Json,
  type JsonObject,
  parseReference,
  type ResolutionContext,
  ResolutionError,
  resolveExpression,
  textOf,
} from "@sagewright/pipeline";
import { StepFailure } from "../step-failure";
import { planOf } from "./plan";
import type { ExecutionState, ReadRequest } from "./state";

/** What one step sees of its execution. */
export interface Scope {
  readonly state: ExecutionState;
  readonly step: string;
  /** The moment that `Execution.CurrentDateTime` stands for, epoch milliseconds. */
  readonly at: number;
  /** The name of this step's own job. */
  jobName(): string;
}

/**
 * The values in JSON documents that a step needs before it can run.
 * @throws StepFailure when a document's place is unknown
 */
export function readsOf(content: Json, scope: Scope): ReadRequest[] {
  const nodes = new Map<string, JsonObject>();
  mapJsonGets(content, (key, node) => {
    nodes.set(key, node);
    return null;
  });
  return [...nodes].map(([key, node]) => ({ key, uri: documentUri(node, scope), path: String(node.Path) }));
}

/**
 * Replaces every reference and function in a value.
 * @throws StepFailure naming the reference that has no value
 */
export function resolve(value: Json, scope: Scope): Json {
  const values = scope.state.steps[scope.step]?.values ?? {};
  try {
    // Values of documents were read before the step began; only they are kept, not the documents.
    return resolveExpression(
      mapJsonGets(value, (key) => (values[key] ?? null) as Json),
      contextOf(scope),
    );
  } catch (error) {
    if (error instanceof ResolutionError) throw new StepFailure(error.message);
    throw error;
  }
}

/** A copy of a value with every `Std:JsonGet` replaced. */
function mapJsonGets(value: Json, replace: (key: string, node: JsonObject) => Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mapJsonGets(item, replace));
  const node = value["Std:JsonGet"] as JsonObject | undefined;
  if (node !== undefined) return replace(JSON.stringify(node), node);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapJsonGets(member, replace)]));
}

function documentUri(node: JsonObject, scope: Scope): string {
  if (node.S3Uri !== undefined) return textOf(resolve(node.S3Uri, scope));
  const get = (node.PropertyFile as { Get?: string } | undefined)?.Get ?? "";
  const reference = parseReference(get);
  const [owner, file] = reference.kind === "step" ? [reference.step, reference.path[1]] : [];
  const definition = owner === undefined ? undefined : planOf(scope.state.definition).steps.get(owner)?.definition;
  const files = (definition?.PropertyFiles ?? []) as {
    PropertyFileName: string;
    OutputName: string;
    FilePath: string;
  }[];
  const declared = files.find((each) => each.PropertyFileName === file);
  if (!declared) throw new StepFailure(`${get}: no step declares this property file.`);
  const output = `Steps.${owner}.ProcessingOutputConfig.Outputs['${declared.OutputName}'].S3Output.S3Uri`;
  return `${textOf(resolve({ Get: output }, scope)).replace(/\/$/, "")}/${declared.FilePath}`;
}

function contextOf(scope: Scope): ResolutionContext {
  const { state } = scope;
  return {
    parameter: (name) => state.parameters[name],
    execution: (name) => executionVariables[name]?.(scope),
    step: (name) => state.steps[name]?.properties,
    experiment(member) {
      const value = state.definition.PipelineExperimentConfig?.[member];
      return value === undefined ? undefined : resolve(value, scope);
    },
  };
}

const executionVariables: Record<string, (scope: Scope) => string> = {
  StartDateTime: ({ state }) => new Date(state.startedAt).toISOString(),
  CurrentDateTime: ({ at }) => new Date(at).toISOString(),
  PipelineName: ({ state }) => state.identity.pipelineName,
  PipelineArn: ({ state }) => state.identity.pipelineArn,
  PipelineExecutionId: ({ state }) => state.identity.executionId,
  PipelineExecutionArn: ({ state }) => state.identity.executionArn,
  TrainingJobName: ({ jobName }) => jobName(),
  ProcessingJobName: ({ jobName }) => jobName(),
};
