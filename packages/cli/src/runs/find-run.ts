import { type Clients, listExecutions, listPipelines } from "@sagewright/sagemaker";
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

/**
 * Every run of the state folder, newest first.
 *
 * @param only - a pipeline's name. @default all pipelines
 * @throws CliError `pipeline_not_found` when nothing of this name has run here
 */
export async function allRuns(clients: Clients, only?: string): Promise<RunRow[]> {
  const known = await listPipelines(clients);
  if (only !== undefined && !known.includes(only)) throw pipelineUnknown(only, known);
  const runs = await Promise.all((only === undefined ? known : [only]).map((name) => runsOf(clients, name)));
  return runs.flat().sort((a, b) => (b.started?.getTime() ?? 0) - (a.started?.getTime() ?? 0));
}

async function runsOf(clients: Clients, pipeline: string): Promise<RunRow[]> {
  return (await listExecutions(clients, { pipeline })).map((execution) => ({
    id: execution.PipelineExecutionArn?.split("/").at(-1) ?? "",
    arn: execution.PipelineExecutionArn ?? "",
    pipeline,
    status: execution.PipelineExecutionStatus ?? "",
    started: execution.StartTime,
    reason: execution.PipelineExecutionFailureReason,
  }));
}

/** The run that an id, an ARN or `last` stands for. @throws CliError `run_not_found` */
export async function findRun(clients: Clients, word: string): Promise<RunRow> {
  const runs = await allRuns(clients);
  const found = word === "last" ? runs[0] : runs.find(({ id, arn }) => id === word || arn === word);
  if (found !== undefined) return found;
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
