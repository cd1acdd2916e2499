import {
  type Clients,
  describeModel,
  listExecutions,
  listModelGroups,
  listModels,
  listPipelines,
  type RunRecord,
  runRecord,
} from "@sagewright/sagemaker";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import type { CloudOptions } from "../options/cloud-options";
import { findRun } from "../runs/find-run";
import { withSession } from "../session";
import { plural } from "../terminal/format";
import type { Output } from "../terminal/output";
import { type MirroredModel, mirrorModel, setChampion } from "./mirror-model";
import { type MirroredRun, mirrorRun } from "./mirror-run";
import { MlflowClient, MlflowError, mlflowAccess } from "./mlflow-client";

/** Options of `sagewright models mirror`. */
export interface MirrorOptions extends CloudOptions {
  mlflow?: string;
  /** Only this run, and the version it registered. @default every run that has ended, and every version */
  run?: string;
  /** @default the pipeline's name */
  experiment?: string;
}

/** `sagewright models mirror`: runs and versions to an MLflow server. What is there already is left as it is. */
export async function mirrorCommand(context: CommandContext<MirrorOptions>): Promise<undefined> {
  const { options, output } = context;
  const uri = options.mlflow ?? process.env.MLFLOW_TRACKING_URI;
  if (uri === undefined) throw usageError("--mlflow: no MLflow server is named", "give --mlflow http://127.0.0.1:5000");
  const client = new MlflowClient(mlflowAccess(uri, process.env));
  await withSession(
    context,
    async ({ clients }) => {
      try {
        const done = await mirror(client, clients, options, output);
        output.document({ mlflow: client.address, ...done });
        for (const { warnings } of done.runs)
          for (const warning of warnings) output.line(`${pc.yellow("!")} ${warning}`);
        const changed = (all: readonly { change: string }[]) =>
          all.filter(({ change }) => change !== "unchanged").length;
        output.line(
          `${pc.green("✓")} ${client.address} has ${plural(done.runs.length, "run")} (${changed(done.runs)} sent) and ${plural(done.models.length, "model version")} (${changed(done.models)} sent)`,
        );
      } catch (error) {
        if (error instanceof MlflowError) throw mlflowFailure(error, client.address);
        throw error;
      }
    },
    { reading: true },
  );
}

interface Mirrored {
  runs: (MirroredRun & { execution: string })[];
  models: MirroredModel[];
}

async function mirror(
  client: MlflowClient,
  clients: Clients,
  { run, experiment }: MirrorOptions,
  output: Output,
): Promise<Mirrored> {
  const arns = run === undefined ? await endedRuns(clients) : [(await findRun(clients, run)).arn];
  const done: Mirrored = { runs: [], models: [] };
  const models: RunRecord["model"][] = [];
  for (const arn of arns) {
    const record = await runRecord(clients, arn);
    const mirrored = await mirrorRun(client, record, experiment ?? record.pipeline);
    done.runs.push({ execution: arn, ...mirrored });
    models.push(record.model);
    output.progress(`${record.pipeline}/${record.name}: ${mirrored.change}`);
  }
  const wanted = run === undefined ? await everyVersion(clients) : models.flatMap((model) => model ?? []);
  const champions = new Map<string, MirroredModel>();
  for (const model of wanted) {
    const runId = done.runs.find(({ execution }) => execution === model.executionArn)?.runId;
    const mirrored = await mirrorModel(client, model, runId);
    done.models.push(mirrored);
    if (model.approval === "Approved") champions.set(model.group, mirrored);
  }
  if (run === undefined) for (const champion of champions.values()) await setChampion(client, champion);
  return done;
}

/** Executions that have ended, oldest first, so that MLflow counts as the registry does. */
async function endedRuns(clients: Clients): Promise<string[]> {
  const found: { arn: string; started: number }[] = [];
  for (const pipeline of await listPipelines(clients)) {
    for (const execution of await listExecutions(clients, { pipeline, limit: Number.MAX_SAFE_INTEGER })) {
      const { PipelineExecutionArn: arn, PipelineExecutionStatus: status, StartTime } = execution;
      if (arn !== undefined && status !== "Executing" && status !== "Stopping")
        found.push({ arn, started: StartTime?.getTime() ?? 0 });
    }
  }
  return found.sort((one, other) => one.started - other.started).map(({ arn }) => arn);
}

async function everyVersion(clients: Clients) {
  const versions = [];
  for (const group of await listModelGroups(clients))
    for (const { arn } of (await listModels(clients, { group })).reverse())
      versions.push(await describeModel(clients, arn));
  return versions;
}

/** Says what an MLflow server said, and how to try again. */
function mlflowFailure(error: MlflowError, address: string): CliError {
  const refused = /^(HTTP_40[13]|UNAUTHENTICATED|PERMISSION_DENIED|CUSTOMER_UNAUTHORIZED)$/.test(error.code);
  return new CliError({
    code: error.code === "UNREACHABLE" ? "mlflow_unreachable" : "mlflow_refused",
    subject: address,
    message: error.message,
    fix: refused
      ? "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
      : "when the server is well again, run the same command; nothing is made twice",
    exitCode: exitCodes.environment,
    cause: error,
  });
}
