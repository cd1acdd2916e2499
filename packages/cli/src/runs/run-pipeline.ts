import { compile, type PipelineDefinition, parseDefinition } from "@sagewright/pipeline";
import {
  type Clients,
  type ExecutionReport,
  executionDefinition,
  executionReport,
  explainCache,
  isNotFound,
  listExecutions,
  patiently,
  retryExecution,
  type TrainingUsage,
  trainingUsage,
  type WaitedInVain,
} from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { defects } from "../project/defects";
import type { chosenDefinition } from "../project/product";
import { neededStatements } from "../releases/caller-policy";
import { refusing } from "../releases/refusal";
import type { Session } from "../session";
import type { Output } from "../terminal/output";
import { CapacityWatch, startOnDemand } from "./on-demand";
import { delayText, type Wait } from "./progress";
import { type StartRequest, startRun } from "./start-run";
import { stepNames } from "./step-names";
import { watchRun } from "./watch";

/** What to run and how. */
export interface RunRequest extends StartRequest {
  /** The product's pipeline for the chosen contract. */
  definition: ReturnType<typeof chosenDefinition>;
  /** Go on with the newest execution that has not ended well, instead of starting one. */
  resume: boolean;
}

/** A run that has ended. */
export interface FinishedRun {
  /** Name of the pipeline. */
  pipeline: string;
  /** What ran. */
  definition: PipelineDefinition;
  report: ExecutionReport;
  /** Why each step was or was not taken from the cache; empty on a first run. */
  cache: Awaited<ReturnType<typeof explainCache>>;
  /** Machine time of its training. @default absent when it trained nothing itself */
  training?: TrainingUsage;
  /** Steps that ended it because no spot capacity came. @default absent when none did */
  waited?: readonly WaitedInVain[];
  /** The run before, whose spot capacity did not come. @default absent when this is no retry on demand */
  onDemandAfter?: string;
}

/** Compiles a pipeline and starts it, or goes on with its newest run. @returns the execution's ARN */
export async function beginRun(request: RunRequest): Promise<string> {
  const { chosen, session } = request;
  const compiled = defects(chosen.file, () => compile(request.definition, session.target));
  const statements = neededStatements(compiled, session.target);
  return refusing(session.place, { statements }, () =>
    request.resume ? resumed(session, compiled.name) : startRun(request, compiled),
  );
}

/** How a run is watched. */
export interface FinishOptions {
  output: Output;
  signal: AbortSignal;
  /** Start it again on demand when no spot capacity comes. @default leave it at that */
  onDemand?: boolean;
}

/** Watches a run to its end, whoever started it; with `onDemand` that of the run that took its place. */
export async function finishRun(
  session: Session,
  executionArn: string,
  { output, signal, onDemand = false }: FinishOptions,
): Promise<FinishedRun> {
  const { clients } = session;
  const onDelay = (delay: Wait) => output.progress(delayText(delay));
  const read = <T>(work: () => Promise<T>) => patiently(clients, work, { signal, onDelay });
  const definition = await definitionOf(clients, executionArn);
  const capacity = new CapacityWatch(session, executionArn, output);
  const see = onDemand ? capacity.see.bind(capacity) : undefined;
  await watchRun({ session, executionArn, steps: stepNames(definition), output, signal, ...(see && { see }) });
  const report = await read(() => executionReport(clients, executionArn));
  // Who may not describe jobs still learns how the run ended.
  const unlessRefused = <T>(otherwise: T) => {
    return (): T => {
      signal.throwIfAborted();
      return otherwise;
    };
  };
  const waited = await read(() => capacity.inVain(report)).catch(unlessRefused([]));
  if (onDemand && waited.length > 0) {
    // Without the right to it, the run still ended as it did, and that is what there is to tell.
    const again = await startOnDemand(session, executionArn, { waited, output }).catch((error: Error) => {
      signal.throwIfAborted();
      output.progress(`! it could not be tried again on demand: ${error.message}`);
      return undefined;
    });
    if (again !== undefined)
      return { ...(await finishRun(session, again, { output, signal })), onDemandAfter: executionArn };
  }
  const training = await read(() => trainingUsage(clients, report.steps)).catch(unlessRefused(undefined));
  return {
    pipeline: pipelineOf(executionArn),
    definition,
    report,
    cache: await read(() => explainCache(clients, executionArn)),
    ...(training === undefined ? {} : { training }),
    ...(waited.length === 0 ? {} : { waited }),
  };
}

/** The definition that an execution runs. */
async function definitionOf(clients: Clients, executionArn: string): Promise<PipelineDefinition> {
  return parseDefinition(await executionDefinition(clients, executionArn));
}

/** The pipeline's name within an execution's ARN. */
export function pipelineOf(executionArn: string): string {
  return /:pipeline\/([^/]+)\//.exec(executionArn)?.[1] ?? "";
}

async function resumed({ clients }: Session, pipeline: string): Promise<string> {
  // A run that was killed at its very beginning has not even made its pipeline.
  const [newest] = await listExecutions(clients, { pipeline, limit: 1 }).catch((error: unknown) => {
    if (isNotFound(error)) return [];
    throw error;
  });
  const arn = newest?.PipelineExecutionArn;
  if (arn === undefined) {
    throw new CliError({
      code: "nothing_to_resume",
      subject: pipeline,
      message: "it has never run here",
      fix: "start it without --resume",
      exitCode: exitCodes.usage,
    });
  }
  if (newest?.PipelineExecutionStatus === "Failed" || newest?.PipelineExecutionStatus === "Stopped")
    await retryExecution(clients, arn);
  return arn;
}
