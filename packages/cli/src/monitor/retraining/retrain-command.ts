import { createHash, randomUUID } from "node:crypto";
import { retrainingDescription } from "@sagewright/monitoring";
import { type Clients, listModelGroups, startExecution } from "@sagewright/sagemaker";
import type { CommandContext } from "../../command";
import { CliError, usageError } from "../../errors";
import { type ExitCode, exitCodes } from "../../exit-codes";
import { groupUnknown } from "../../models/find-model";
import type { CloudOptions } from "../../options/cloud-options";
import { readyPython } from "../../runs/ready-python";
import { printStarted } from "../../runs/started";
import { watchedToEnd } from "../../runs/watch-run";
import { isAws, withSession } from "../../session";
import type { MergedData } from "./merged-data";
import { freshData, type Merging, planRetraining } from "./plan";

/** Options of `sagewright retrain`. */
export interface RetrainOptions extends CloudOptions {
  reason?: string;
  token?: string;
  detach?: boolean;
  /** The data of the last run, whatever was labelled since. */
  sameData?: boolean;
  /** Where captures are. @default the serving folder's */
  captures?: string;
  /** Where true outcomes are. @default the serving folder's */
  groundTruth?: string;
}

/** `sagewright retrain`: the run that made a model's versions once more, on what was labelled since too, watched to its end. */
export async function retrainCommand(context: CommandContext<RetrainOptions>, group: string): Promise<ExitCode> {
  const { output, options, cwd } = context;
  const aws = isAws(options);
  if (options.detach === true && !aws)
    throw usageError(
      "--detach: on the embedded cloud a run lives as long as its command",
      "leave it out, or use --env",
    );
  return withSession(
    context,
    async (session) => {
      const started = await startRetraining(session.clients, {
        group,
        reason: options.reason ?? "asked for at the prompt",
        token: options.token ?? randomUUID(),
        ready: async () => (aws ? undefined : readyPython((line) => output.progress(line))),
        ...(options.sameData === true ? {} : { data: freshData(session, { group, cwd, places: options }) }),
      });
      output.progress(`retraining ${group}: ${started.pipeline}, with the parameters of its last run`);
      const { executionArn = "" } = started;
      if (started.data !== undefined) output.progress(`data: ${started.data.sentence}`);
      return options.detach === true
        ? printStarted(output, session, executionArn)
        : await watchedToEnd(context, session, executionArn);
    },
    { reading: true },
  );
}

/** What a retraining is started with. */
export interface Retraining {
  group: string;
  /** Recorded with the run. */
  reason: string;
  /** The same one gives the same run. */
  token: string;
  /** Makes jobs possible; called when there is something to start. */
  ready(): Promise<unknown>;
  /** What it reads, given what the last run read. @default the same data */
  data?: Merging;
  /** Nothing is started on the very data of the last run, which gives the same model. @default it is */
  onlyFresh?: boolean;
}

/** A run that was started, or what kept it from being started. */
export interface StartedRetraining {
  readonly pipeline: string;
  /** @default absent where nothing is new */
  readonly executionArn?: string;
  readonly data?: MergedData;
}

/**
 * Starts the newest run that registered a version of a group once more.
 *
 * @throws CliError `nothing_to_retrain`, `model_not_found`
 */
export async function startRetraining(
  clients: Clients,
  { group, reason, token, ready, data, onlyFresh = false }: Retraining,
): Promise<StartedRetraining> {
  const found = await planRetraining(clients, { group, data });
  if (!("parameters" in found)) throw await nothingToRetrain(clients, group, found);
  const { pipeline, parameters, data: merged } = found;
  if (onlyFresh && merged !== undefined && found.same) return { pipeline, data: merged };
  await ready();
  const { executionArn } = await startExecution(clients, {
    pipeline,
    parameters,
    // Within the service's alphabet and length, whatever was given.
    clientRequestToken: createHash("sha256").update(`${group} ${token}`).digest("hex"),
    description: retrainingDescription(group, reason),
  });
  return { executionArn, pipeline, ...(merged === undefined ? {} : { data: merged }) };
}

async function nothingToRetrain(
  clients: Clients,
  group: string,
  { pipeline, lacking }: { pipeline?: string; lacking: readonly string[] },
): Promise<CliError> {
  const groups = await listModelGroups(clients);
  if (pipeline === undefined && !groups.includes(group)) return groupUnknown(group, groups);
  return new CliError({
    code: "nothing_to_retrain",
    subject: group,
    message: "there is no run to repeat",
    why:
      pipeline === undefined
        ? `no pipeline that is published here registers versions of ${group}`
        : `${pipeline} has not run yet, and needs ${lacking.join(", ")}`,
    fix: `run the pipeline once: sagewright run ${group}`,
    exitCode: exitCodes.failed,
  });
}
