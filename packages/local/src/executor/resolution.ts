import type { Json, JsonObject, StepDefinition } from "@sagewright/pipeline";
import { planOf } from "./plan";
import type { ExecutionState, ReadRequest } from "./state";
import { StepFailure } from "./step-failure";

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
  findJsonGets(content, nodes);
  return [...nodes].map(([key, node]) => ({ key, uri: documentUri(node, scope), path: String(node.Path) }));
}

/** Replaces every reference and function in a value. */
export function resolve(value: Json, scope: Scope): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope));
  if (typeof value.Get === "string" && Object.keys(value).length === 1) return reference(value.Get, scope);
  const join = value["Std:Join"] as { On: string; Values: Json[] } | undefined;
  if (join) return join.Values.map((part) => asText(resolve(part, scope))).join(join.On);
  if (value["Std:JsonGet"] !== undefined) return readValue(value["Std:JsonGet"] as JsonObject, scope);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolve(member, scope)]));
}

function asText(value: Json): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

function findJsonGets(value: Json, found: Map<string, JsonObject>): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) findJsonGets(item, found);
    return;
  }
  const node = value["Std:JsonGet"];
  if (node !== undefined) found.set(JSON.stringify(node), node as JsonObject);
  else for (const member of Object.values(value)) findJsonGets(member, found);
}

function readValue(node: JsonObject, { state, step }: Scope): Json {
  const values = state.steps[step]?.values ?? {};
  const key = JSON.stringify(node);
  if (!(key in values)) throw new StepFailure(`The value at ${String(node.Path)} was not read.`);
  return values[key] as Json;
}

function documentUri(node: JsonObject, scope: Scope): string {
  if (node.S3Uri !== undefined) return asText(resolve(node.S3Uri, scope));
  const get =
    (node.PropertyFile as { Get?: string } | undefined)?.Get ?? (node.PropertyFile as string | undefined) ?? "";
  const [, owner = "", file = ""] = /^Steps\.([^.]+)\.PropertyFiles\.(.+)$/.exec(get) ?? [];
  const definition = planOf(scope.state.definition).steps.get(owner)?.definition;
  const declared = propertyFiles(definition).find((each) => each.PropertyFileName === file);
  if (!declared) throw new StepFailure(`Property file ${get} is not declared.`);
  const folder = reference(
    `Steps.${owner}.ProcessingOutputConfig.Outputs['${declared.OutputName}'].S3Output.S3Uri`,
    scope,
  );
  return `${asText(folder).replace(/\/$/, "")}/${declared.FilePath}`;
}

interface PropertyFileMember {
  PropertyFileName: string;
  OutputName: string;
  FilePath: string;
}

const propertyFiles = (definition: StepDefinition | undefined): PropertyFileMember[] =>
  (definition?.PropertyFiles ?? []) as unknown as PropertyFileMember[];

function reference(get: string, scope: Scope): Json {
  const { state } = scope;
  const [, root = "", rest = ""] = /^([^.]+)\.(.*)$/s.exec(get) ?? [];
  if (root === "Parameters") return required(state.parameters[rest], get);
  if (root === "Execution") return required(executionVariable(rest, scope), get);
  if (root === "PipelineExperimentConfig") {
    return required(
      resolve((state.definition.PipelineExperimentConfig?.[rest] ?? null) as Json, scope) ?? undefined,
      get,
    );
  }
  if (root !== "Steps") throw new StepFailure(`Cannot resolve ${get}.`);
  const [, step = "", path = ""] = /^([^.[]+)(.*)$/s.exec(rest) ?? [];
  return required(valueAt(state.steps[step]?.properties, path), get);
}

function required(value: Json | undefined, get: string): Json {
  if (value === undefined) throw new StepFailure(`Cannot resolve ${get}: the step's result has no such member.`);
  return value;
}

function executionVariable(name: string, { state, at, jobName }: Scope): string | undefined {
  const { identity } = state;
  if (name === "TrainingJobName" || name === "ProcessingJobName") return jobName();
  const variables: Record<string, string> = {
    StartDateTime: new Date(state.startedAt).toISOString(),
    CurrentDateTime: new Date(at).toISOString(),
    PipelineName: identity.pipelineName,
    PipelineArn: identity.pipelineArn,
    PipelineExecutionId: identity.executionId,
    PipelineExecutionArn: identity.executionArn,
  };
  return variables[name];
}

/** Members by which elements of service lists are named. */
const nameMembers = ["OutputName", "InputName", "ChannelName", "MetricName", "Name", "TagKey", "Key"];

/** The value at a path such as `.Outputs['train'].S3Output.S3Uri` or `a.b[0].c`; undefined when there is none. */
export function valueAt(root: unknown, path: string): Json | undefined {
  let value: unknown = root;
  for (const [, member, index, key] of path.matchAll(/(?:^|\.)([^.[\]]+)|\[(\d+)\]|\[['"]([^'"]*)['"]\]/g)) {
    if (value === null || typeof value !== "object") return undefined;
    if (Array.isArray(value)) {
      value =
        index !== undefined
          ? value[Number(index)]
          : value.find((item) => nameMembers.some((name) => item?.[name] === key));
    } else {
      const name = member ?? key ?? index ?? "";
      value = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    }
  }
  return value as Json | undefined;
}
