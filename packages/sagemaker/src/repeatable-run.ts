import {
  DescribePipelineCommand,
  DescribePipelineDefinitionForExecutionCommand,
  ListPipelineParametersForExecutionCommand,
} from "@aws-sdk/client-sagemaker";
import { listPipelines } from "./catalogue";
import type { Clients } from "./clients";
import { listExecutions } from "./executions";
import type { DeclaredParameter } from "./parameters";

/** What to start for a new version of a model: a published pipeline, and the parameters of the run to repeat. */
export interface RepeatableRun {
  readonly pipeline: string;
  /** As the run had them; without a run none, so that every parameter has its default. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The run that is repeated. @default absent when the pipeline has never run and needs no parameter */
  readonly executionArn?: string;
}

/** Why nothing can be repeated. */
export interface NothingToRepeat {
  /** The pipeline that has not run with data yet; absent when none is published that makes versions of the group. */
  readonly pipeline?: string;
  /** Parameters without a default. */
  readonly lacking: readonly string[];
}

/**
 * Finds what trains the next version of a model group on the data of last time: the pipeline that is published now and
 * registers into the group, with the parameters of its newest run that did so and succeeded (else its newest that did so).
 * A pipeline that has been published for another contract since registers elsewhere and is not taken.
 */
export async function repeatableRun(
  clients: Pick<Clients, "sagemaker">,
  { group }: { readonly group: string },
): Promise<RepeatableRun | NothingToRepeat> {
  let nothing: NothingToRepeat = { lacking: [] };
  for (const pipeline of await listPipelines(clients)) {
    const { PipelineDefinition } = await clients.sagemaker.send(
      new DescribePipelineCommand({ PipelineName: pipeline }),
    );
    const definition = parse(PipelineDefinition);
    if (!registersInto(definition, group)) continue;
    const executionArn = await lastRun(clients, pipeline, group);
    if (executionArn !== undefined) {
      const declared = new Set(definition.Parameters?.map(({ Name }) => Name));
      const all = Object.entries(await parametersOf(clients, executionArn));
      return { pipeline, parameters: Object.fromEntries(all.filter(([name]) => declared.has(name))), executionArn };
    }
    const lacking = (definition.Parameters ?? []).filter(({ DefaultValue }) => DefaultValue === undefined);
    if (lacking.length === 0) return { pipeline, parameters: {} };
    nothing = { pipeline, lacking: lacking.map(({ Name }) => Name) };
  }
  return nothing;
}

async function lastRun(clients: Pick<Clients, "sagemaker">, pipeline: string, group: string) {
  const runs = await listExecutions(clients, { pipeline, limit: 50 });
  const succeeded = runs.filter(({ PipelineExecutionStatus }) => PipelineExecutionStatus === "Succeeded");
  for (const { PipelineExecutionArn } of [...succeeded, ...runs]) {
    if (PipelineExecutionArn === undefined) continue;
    const { PipelineDefinition } = await clients.sagemaker.send(
      new DescribePipelineDefinitionForExecutionCommand({ PipelineExecutionArn }),
    );
    if (registersInto(parse(PipelineDefinition), group)) return PipelineExecutionArn;
  }
  return undefined;
}

async function parametersOf(
  clients: Pick<Clients, "sagemaker">,
  executionArn: string,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  let NextToken: string | undefined;
  do {
    const page = await clients.sagemaker.send(
      new ListPipelineParametersForExecutionCommand({ PipelineExecutionArn: executionArn, NextToken }),
    );
    for (const { Name, Value } of page.PipelineParameters ?? []) {
      if (Name !== undefined && Value !== undefined) found[Name] = Value;
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

interface Definition {
  readonly Parameters?: readonly DeclaredParameter[];
  readonly Steps?: readonly Step[];
}

interface Step {
  readonly Type?: string;
  readonly Arguments?: {
    readonly ModelPackageGroupName?: unknown;
    readonly IfSteps?: readonly Step[];
    readonly ElseSteps?: readonly Step[];
  };
}

function parse(json: string | undefined): Definition {
  return JSON.parse(json ?? "{}") as Definition;
}

function registersInto({ Steps = [] }: Definition, group: string): boolean {
  return Steps.some(({ Type, Arguments = {} }) => {
    if (Type === "RegisterModel" && Arguments.ModelPackageGroupName === group) return true;
    return [Arguments.IfSteps, Arguments.ElseSteps].some((inner) => registersInto({ Steps: inner ?? [] }, group));
  });
}
