import { createHash, randomUUID } from "node:crypto";
import { type Clients, listModelGroups, repeatableRun, startExecution } from "@sagewright/sagemaker";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { type ExitCode, exitCodes } from "../exit-codes";
import { groupUnknown } from "../models/find-model";
import type { CloudOptions } from "../options/cloud-options";
import { readyPython } from "../runs/ready-python";
import { printStarted } from "../runs/started";
import { watchedToEnd } from "../runs/watch-run";
import { isAws, withSession } from "../session";

/** Options of `sagewright retrain`. */
export interface RetrainOptions extends CloudOptions {
  reason?: string;
  token?: string;
  detach?: boolean;
}

/** `sagewright retrain`: the run that made a model's versions once more, watched to its end. */
export async function retrainCommand(context: CommandContext<RetrainOptions>, group: string): Promise<ExitCode> {
  const { output, options } = context;
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
      });
      output.progress(`retraining ${group}: ${started.pipeline}, with the parameters of its last run`);
      return options.detach === true
        ? printStarted(output, session, started.executionArn)
        : await watchedToEnd(context, session, started.executionArn);
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
}

/**
 * Starts the newest run that registered a version of a group once more.
 *
 * @throws CliError `nothing_to_retrain`, `model_not_found`
 */
export async function startRetraining(
  clients: Clients,
  { group, reason, token, ready }: Retraining,
): Promise<{ executionArn: string; pipeline: string }> {
  const found = await repeatableRun(clients, { group });
  if (!("parameters" in found)) throw await nothingToRetrain(clients, group, found);
  await ready();
  const { pipeline, parameters } = found;
  const { executionArn } = await startExecution(clients, {
    pipeline,
    parameters,
    // Within the service's alphabet and length, whatever was given.
    clientRequestToken: createHash("sha256").update(`${group} ${token}`).digest("hex"),
    description: `Retraining of ${group}: ${reason}`,
  });
  return { executionArn, pipeline };
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
