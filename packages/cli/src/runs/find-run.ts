import { type Clients, describeExecution, inParallel, listExecutions, listPipelines } from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { nearest } from "../project/nearest";

/** One run, as a list shows it. */
export interface RunRow {
  id: string;
  arn: string;
  pipeline: string;
  status: string;
  started: Date | undefined;
  reason: string | undefined;
}

/** Requests under way at once: an account may have hundreds of pipelines, and a limit of requests. */
const AT_ONCE = 8;

/**
 * Every run of a cloud, newest first.
 *
 * @param options - `pipeline`: of this one only; `limit`: of each pipeline, so many at most. @default all pipelines, 100
 * @throws CliError `pipeline_not_found` when nothing of this name has run here
 */
export async function allRuns(
  clients: Clients,
  { pipeline, limit }: { pipeline?: string; limit?: number } = {},
): Promise<RunRow[]> {
  const known = await listPipelines(clients);
  if (pipeline !== undefined && !known.includes(pipeline)) throw pipelineUnknown(pipeline, known);
  const names = pipeline === undefined ? known : [pipeline];
  return newestFirst(await inParallel(names, AT_ONCE, (name) => runsOf(clients, name, limit)));
}

function newestFirst(runs: readonly RunRow[][]): RunRow[] {
  return runs.flat().sort((a, b) => (b.started?.getTime() ?? 0) - (a.started?.getTime() ?? 0));
}

async function runsOf(clients: Clients, pipeline: string, limit?: number): Promise<RunRow[]> {
  const found = await listExecutions(clients, { pipeline, ...(limit === undefined ? {} : { limit }) });
  return found.map((execution) => runRow(pipeline, execution));
}

type Execution = Awaited<ReturnType<typeof listExecutions>>[number];

function runRow(pipeline: string, execution: Execution): RunRow {
  return {
    id: execution.PipelineExecutionArn?.split("/").at(-1) ?? "",
    arn: execution.PipelineExecutionArn ?? "",
    pipeline,
    status: execution.PipelineExecutionStatus ?? "",
    started: execution.StartTime,
    reason: execution.PipelineExecutionFailureReason,
  };
}

/** The run that an id, an ARN or `last` stands for. @throws CliError `run_not_found` */
export async function findRun(clients: Clients, word: string): Promise<RunRow> {
  if (word === "last") return (await allRuns(clients, { limit: 1 }))[0] ?? notFound(word, []);
  const pipeline = /^arn:[^:]+:sagemaker:[^:]+:\d{12}:pipeline\/([^/]+)\/execution\/[^/]+$/.exec(word)?.[1];
  if (pipeline !== undefined) return runRow(pipeline, await describeExecution(clients, word));
  const runs = await allRuns(clients);
  return runs.find(({ id, arn }) => id === word || arn === word) ?? notFound(word, runs);
}

function notFound(word: string, runs: readonly RunRow[]): never {
  const meant = nearest(
    word,
    runs.map(({ id }) => id),
  );
  throw new CliError({
    code: "run_not_found",
    subject: word,
    message: runs.length === 0 ? "nothing has run here yet" : "there is no run of this id",
    fix: meant === undefined ? "see: sagewright runs list" : `did you mean: ${meant}?`,
    exitCode: exitCodes.usage,
  });
}

function pipelineUnknown(name: string, known: readonly string[]): CliError {
  const meant = nearest(name, known) ?? known.find((each) => each.startsWith(`${name}-`));
  return new CliError({
    code: "pipeline_not_found",
    subject: name,
    message: "no pipeline of this name has run here",
    ...(known.length === 0 ? {} : { why: `these have: ${known.join(", ")}` }),
    ...(meant === undefined ? {} : { fix: `did you mean: ${meant}?` }),
    exitCode: exitCodes.usage,
  });
}
