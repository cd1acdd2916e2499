import { type Compiled, compile } from "@sagewright/pipeline";
import {
  type ExecutionReport,
  executionReport,
  explainCache,
  listExecutions,
  publish,
  retryExecution,
  startExecution,
  uploadData,
} from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { dataFile } from "../project/data-source";
import { defects } from "../project/defects";
import type { ChosenProduct, chosenDefinition } from "../project/product";
import type { Session } from "../session";
import type { Output } from "../terminal/output";
import { stepNames } from "./step-names";
import { watchRun } from "./watch";

/** What to run and how. */
export interface RunRequest {
  chosen: ChosenProduct;
  /** The product's pipeline for the chosen contract. */
  definition: ReturnType<typeof chosenDefinition>;
  session: Session;
  output: Output;
  signal: AbortSignal;
  cwd: string;
  /** CSV file. @default the product's own data */
  data?: string;
  /** Parameters by name, as given with `--set`. */
  parameters: Record<string, string>;
  /** Go on with the newest execution that has not ended well, instead of starting one. */
  resume: boolean;
}

/** A run that has ended. */
export interface FinishedRun {
  chosen: ChosenProduct;
  compiled: Compiled;
  report: ExecutionReport;
  /** Why each step was or was not taken from the cache; empty on a first run. */
  cache: Awaited<ReturnType<typeof explainCache>>;
}

/** Compiles, publishes, starts and watches a pipeline to its end. */
export async function runPipeline(request: RunRequest): Promise<FinishedRun> {
  const { chosen, session, output, signal } = request;
  const compiled = defects(chosen.file, () => compile(request.definition, session.target));
  const executionArn = request.resume ? await resumed(session, compiled.name) : await started(request, compiled);
  await watchRun({ clients: session.clients, executionArn, steps: stepNames(compiled.definition), output, signal });
  const report = await executionReport(session.clients, executionArn);
  return { chosen, compiled, report, cache: await explainCache(session.clients, executionArn) };
}

async function started(
  { chosen, session, output, cwd, data, parameters }: RunRequest,
  compiled: Compiled,
): Promise<string> {
  const { clients, target, stateDir } = session;
  const file = await dataFile(chosen, {
    cwd,
    stateDir,
    ...(data === undefined ? {} : { data }),
    onProgress: (line) => output.progress(line),
  });
  const input = await uploadData(clients, { bucket: target.bucket, file });
  await publish(clients, compiled, { roleArn: target.roleArn });
  const values = {
    ...(declares(compiled, "InputDataUri") ? { InputDataUri: input.uri } : {}),
    ...typed(compiled, parameters),
  };
  const { executionArn } = await startExecution(clients, { pipeline: compiled.name, parameters: values });
  return executionArn;
}

async function resumed({ clients }: Session, pipeline: string): Promise<string> {
  const [newest] = await listExecutions(clients, { pipeline, limit: 1 });
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

function declares(compiled: Compiled, name: string): boolean {
  return compiled.parameters.some((parameter) => parameter.Name === name);
}

/** `--set` gives text; a declared number or boolean becomes one, and anything unclear is left for the checker to name. */
function typed(compiled: Compiled, given: Record<string, string>): Record<string, string | number | boolean> {
  const read = (name: string, text: string): string | number | boolean => {
    const type = compiled.parameters.find((parameter) => parameter.Name === name)?.Type;
    if ((type === "Integer" || type === "Float") && text.trim() !== "" && Number.isFinite(Number(text)))
      return Number(text);
    if (type === "Boolean" && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
    return text;
  };
  return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, read(name, text)]));
}
