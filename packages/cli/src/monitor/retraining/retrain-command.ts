import { createHash, randomUUID } from "node:crypto";
import type { Contract } from "@sagewright/contract";
import { type FreshRules, retrainingDescription, usualFreshRules } from "@sagewright/monitoring";
import { type Clients, listModelGroups, repeatableRun, startExecution } from "@sagewright/sagemaker";
import type { CommandContext } from "../../command";
import { CliError, usageError } from "../../errors";
import { type ExitCode, exitCodes } from "../../exit-codes";
import { groupUnknown } from "../../models/find-model";
import type { CloudOptions } from "../../options/cloud-options";
import { readyPython } from "../../runs/ready-python";
import { printStarted } from "../../runs/started";
import { watchedToEnd } from "../../runs/watch-run";
import { isAws, type Session, withSession } from "../../session";
import { captureSource, placeOf } from "../capture-files";
import { usualPlaces } from "../places";
import { sessionTime } from "../session-time";
import { openContract } from "../watched";
import { type MergedData, mergedData } from "./merged-data";

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
  data?(last: { readonly uri: string; readonly pipeline: string }): Promise<MergedData>;
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

/** Where a model's fresh rows come from. */
export interface FreshPlaces {
  readonly group: string;
  readonly cwd: string;
  readonly places: Pick<RetrainOptions, "captures" | "groundTruth">;
  /** @default the contract of the newest approved version */
  readonly contract?: Contract;
}

/** Merges a model's fresh labelled rows with the data of its last run, as the environment's rules say. */
export function freshData(
  session: Session,
  { group, cwd, places, contract }: FreshPlaces,
): NonNullable<Retraining["data"]> {
  const usual = usualPlaces(session, group);
  const rules: FreshRules = session.environment?.retraining?.fresh ?? usualFreshRules;
  const source = (place: string) => captureSource(placeOf(cwd, place), session);
  return async ({ uri, pipeline }) =>
    mergedData(session, {
      ...{ uri, group, bucket: session.target.bucket },
      given: givenData(session, pipeline),
      contract: contract ?? (await openContract(session, group)),
      captures: source(places.captures ?? usual.captures),
      groundTruth: source(places.groundTruth ?? usual.groundTruth),
      rules,
      now: await sessionTime(session),
    });
}

/** An address under which there is never anything else. */
const ADDRESSED_BY_CONTENT = /\/(data|merged)\/[0-9a-f]{64}\//;

/** Where the stacks say that data is, unless the environment says it of the product: a pipeline's name begins with its product's. */
function givenData({ environment, target }: Session, pipeline: string): string {
  const own = Object.entries(environment?.pipelines ?? {}).find(
    ([product]) => pipeline === product || pipeline.startsWith(`${product}-`),
  );
  return String(own?.[1].parameters[INPUT] ?? `s3://${target.bucket}/raw/`);
}

/** The parameter that names a training pipeline's data. */
const INPUT = "InputDataUri";

/**
 * Starts the newest run that registered a version of a group once more.
 *
 * @throws CliError `nothing_to_retrain`, `model_not_found`
 */
export async function startRetraining(
  clients: Clients,
  { group, reason, token, ready, data, onlyFresh = false }: Retraining,
): Promise<StartedRetraining> {
  const found = await repeatableRun(clients, { group });
  if (!("parameters" in found)) throw await nothingToRetrain(clients, group, found);
  const { pipeline, parameters } = found;
  const before = parameters[INPUT];
  const merged = before === undefined ? undefined : await data?.({ uri: before, pipeline });
  const same = merged !== undefined && merged.uri === before && ADDRESSED_BY_CONTENT.test(merged.uri);
  if (onlyFresh && same) return { pipeline, data: merged };
  await ready();
  const { executionArn } = await startExecution(clients, {
    pipeline,
    parameters: merged === undefined ? parameters : { ...parameters, [INPUT]: merged.uri },
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
