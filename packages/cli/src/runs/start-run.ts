import { createHash } from "node:crypto";
import { type Compiled, parseDefinition } from "@sagewright/pipeline";
import {
  type Clients,
  deployedPipeline,
  diffDefinitions,
  listExecutions,
  publish,
  startExecution,
  uploadData,
  wireParameters,
} from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { dataFile } from "../project/data-source";
import type { ChosenProduct } from "../project/product";
import type { Session } from "../session";
import type { Output } from "../terminal/output";
import { findRun } from "./find-run";
import { neededSteps, type StepChoice, selectedSteps } from "./selected-steps";

/** What to start and how. */
export interface StartRequest extends StepChoice {
  chosen: ChosenProduct;
  session: Session;
  output: Output;
  cwd: string;
  /** CSV file. @default the product's own data */
  data?: string;
  /** Parameters by name, as given with `--set`. */
  parameters: Record<string, string>;
  /** Run whose results the steps that are left out bring: id, ARN or `last`. @default the newest that ended */
  source?: string;
  /** Most steps at once. @default the environment's, else the pipeline's own */
  parallel?: number;
  /** Starting again with the same one gives the same run. */
  token?: string;
}

/** The data's place, which every training pipeline of a product takes. */
const INPUT = "InputDataUri";
const GATE = "MinimumAuc";

/** Starts a run: on the embedded cloud of what the project says now, on AWS of what is published there. */
export async function startRun(request: StartRequest, compiled: Compiled): Promise<string> {
  const { session, output } = request;
  const definition = parseDefinition(session.cloud === undefined ? await published(request, compiled) : compiled.json);
  const declared = definition.Parameters ?? [];
  const given = typed(declared, { ...environmentValues(request, declared), ...request.parameters });
  const wantsData = declared.some(({ Name }) => Name === INPUT) && given[INPUT] === undefined;
  // Before anything is uploaded, so that a typing error costs nothing.
  wireParameters(declared, wantsData ? { ...given, [INPUT]: "s3://bucket/data" } : given);
  const selection = await selectionOf(request, compiled.name, definition);
  const parameters = wantsData ? { ...given, [INPUT]: await uploaded(request) } : given;
  if (session.cloud !== undefined) await publish(session.clients, compiled, { roleArn: session.target.roleArn });
  const parallelism = request.parallel ?? session.environment?.pipeline.parallelism;
  const { executionArn } = await startExecution(session.clients, {
    pipeline: compiled.name,
    parameters,
    ...selection,
    ...(parallelism === undefined ? {} : { parallelism }),
    ...(request.token === undefined ? {} : { clientRequestToken: tokenOf(request.token) }),
  });
  if (selection.selectedSteps !== undefined) output.progress(`runs ${selection.selectedSteps.join(", ")} only`);
  return executionArn;
}

/** SageMaker wants 32 to 128 characters; people do not. */
function tokenOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The definition as AWS has it. A difference to the project's is told: publishing is a decision of its own. */
async function published({ chosen, session, output }: StartRequest, compiled: Compiled): Promise<string> {
  const deployed = await deployedPipeline(session.clients, compiled.name);
  const command = `sagewright publish ${chosen.product.name}${session.again}`;
  if (deployed?.PipelineDefinition === undefined) {
    throw new CliError({
      code: "pipeline_not_deployed",
      subject: compiled.name,
      message: `there is no such pipeline on ${session.place}`,
      fix: `publish it first: ${command}`,
      exitCode: exitCodes.usage,
    });
  }
  const { same, steps } = diffDefinitions(deployed.PipelineDefinition, compiled.json);
  if (!same) {
    const which = steps.length === 0 ? "" : ` (${steps.map(({ step }) => step).join(", ")})`;
    output.progress(
      `! what is published differs from this project${which}; it runs as published. To publish: ${command}`,
    );
  }
  return deployed.PipelineDefinition;
}

async function uploaded({ chosen, session, output, cwd, data }: StartRequest): Promise<string> {
  const file = await dataFile(chosen, {
    cwd,
    stateDir: session.stateDir,
    ...(data === undefined ? {} : { data }),
    onProgress: (line) => output.progress(line),
  });
  const { uri } = await uploadData(session.clients, { bucket: session.target.bucket, file });
  return uri;
}

type Declared = NonNullable<ReturnType<typeof parseDefinition>["Parameters"]>;

/** What the environment says for this product's parameters; its gate is one of them. */
function environmentValues(
  { chosen, session, data }: StartRequest,
  declared: Declared,
): Record<string, string | number | boolean> {
  const { environment } = session;
  if (environment === undefined) return {};
  const own = environment.pipelines[chosen.product.name]?.parameters ?? {};
  const values: Record<string, string | number | boolean> = { ...own };
  if (declared.some(({ Name }) => Name === GATE)) values[GATE] ??= environment.gate.minimumAuc;
  // A file named at the prompt wins over the environment's data.
  if (data !== undefined) delete values[INPUT];
  return values;
}

/** `--set` gives text; a declared number or boolean becomes one, and anything unclear is left for the checker to name. */
function typed(
  declared: Declared,
  given: Record<string, string | number | boolean>,
): Record<string, string | number | boolean> {
  const read = (name: string, value: string | number | boolean): string | number | boolean => {
    if (typeof value !== "string") return value;
    const type = declared.find((parameter) => parameter.Name === name)?.Type;
    if ((type === "Integer" || type === "Float") && value.trim() !== "" && Number.isFinite(Number(value)))
      return Number(value);
    if (type === "Boolean" && /^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
    return value;
  };
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, read(name, value)]));
}

async function selectionOf(
  request: StartRequest,
  pipeline: string,
  definition: ReturnType<typeof parseDefinition>,
): Promise<{ selectedSteps?: string[]; sourceExecutionArn?: string }> {
  const selected = selectedSteps(definition, request);
  if (selected === undefined) return {};
  const needed = neededSteps(definition, selected);
  if (needed.length === 0) return { selectedSteps: selected };
  const { clients } = request.session;
  const source =
    request.source === undefined
      ? await newestEnded(clients, pipeline, needed)
      : (await findRun(clients, request.source)).arn;
  return { selectedSteps: selected, sourceExecutionArn: source };
}

async function newestEnded(clients: Clients, pipeline: string, needed: readonly string[]): Promise<string> {
  const runs = await listExecutions(clients, { pipeline, limit: 100 }).catch(() => []);
  const ended = runs.find(({ PipelineExecutionStatus: status }) => status === "Succeeded" || status === "Failed");
  if (ended?.PipelineExecutionArn !== undefined) return ended.PipelineExecutionArn;
  throw new CliError({
    code: "source_missing",
    subject: pipeline,
    message: `the chosen steps read results of ${needed.join(", ")}, and no earlier run of the pipeline has ended`,
    fix: "run the whole pipeline first, or name a run with --source",
    exitCode: exitCodes.usage,
  });
}
