import { type Contract, readContract } from "@sagewright/contract";
import { type Baseline, readBaseline } from "@sagewright/monitoring";
import {
  executionReport,
  listModelGroups,
  type ModelDetails,
  modelEvaluation,
  readStepOutput,
  registeringMinimum,
  verifyArtefact,
} from "@sagewright/sagemaker";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { archiveFile } from "../models/archive-file";
import { findModel } from "../models/find-model";
import type { Session } from "../session";

/** A model version with what its predictions are compared with. */
export interface WatchedVersion {
  readonly details: ModelDetails;
  readonly contract: Contract;
  readonly baseline: Baseline;
  /** Loss of the test metric when a feature is shuffled. Empty where no evaluation is known. */
  readonly importance: readonly { readonly feature: string; readonly mean: number }[];
  /** From which probability on it decides for the positive class. @default a regression has none */
  readonly threshold?: number;
  /** Least ROC AUC: the environment's, else what its own run was held to. @default a regression has none */
  readonly minimumAuc?: number;
}

/** Output and file of the Evaluate step that drift is measured against. */
const baselineOutput = { output: "baseline", file: "baseline.json" };

/**
 * Opens what a version is watched with: its contract from the verified archive, baseline.json from the run that registered
 * it, and its evaluation.
 *
 * @throws CliError `baseline_missing`; what {@link findModel} and `verifyArtefact` throw
 */
export async function openWatched(session: Session, word: string | undefined): Promise<WatchedVersion> {
  const { clients, environment } = session;
  const { arn } = await findModel(clients, word ?? (await onlyGroup(session)));
  const { model: details, files } = await verifyArtefact(clients, arn);
  const contract = readContract(Buffer.from(archiveFile(files, "contract.json", arn)).toString("utf8"));
  const evaluation = ((await modelEvaluation(clients, details)) ?? {}) as StoredEvaluation;
  const baseline = readBaseline(await baselineOf(session, details));
  const regression = contract.target.kind === "regression";
  const minimumAuc = environment?.gate.minimumAuc ?? (await registeringMinimum(clients, details));
  return {
    details,
    contract,
    baseline,
    importance: evaluation.importance ?? [],
    ...(regression || evaluation.threshold === undefined ? {} : { threshold: evaluation.threshold.value }),
    ...(regression || minimumAuc === undefined ? {} : { minimumAuc }),
  };
}

/**
 * The contract of a group's newest approved version, from its verified archive.
 *
 * @throws CliError `no_approved_model`; what {@link findModel} and `verifyArtefact` throw
 */
export async function openContract({ clients }: Session, group: string): Promise<Contract> {
  const { arn } = await findModel(clients, group);
  const { files } = await verifyArtefact(clients, arn);
  return readContract(Buffer.from(archiveFile(files, "contract.json", arn)).toString("utf8"));
}

async function onlyGroup({ clients }: Session): Promise<string> {
  const groups = await listModelGroups(clients);
  const [only, ...more] = groups;
  if (only === undefined) throw nothingTrained();
  if (more.length === 0) return only;
  throw usageError(`there are several models: ${groups.join(", ")}`, `name one: sagewright monitor report ${only}`);
}

function nothingTrained(): CliError {
  return new CliError({
    code: "model_not_found",
    subject: "monitor",
    message: "there is no model to watch: nothing is registered here yet",
    fix: "train one with sagewright run, approve it, and serve it with --capture 1",
    exitCode: exitCodes.usage,
  });
}

interface StoredEvaluation {
  readonly importance?: readonly { readonly feature: string; readonly mean: number }[];
  readonly threshold?: { readonly value: number };
}

async function baselineOf({ clients }: Session, details: ModelDetails): Promise<Uint8Array> {
  if (details.executionArn === undefined) throw baselineMissing(details, "no run of a pipeline registered it");
  const { steps } = await executionReport(clients, details.executionArn);
  for (const step of [...steps].reverse()) {
    const found = await readStepOutput(clients, step, baselineOutput);
    if (found !== undefined) return found;
  }
  throw baselineMissing(details, "the run that registered it has none any more");
}

function baselineMissing({ group, version }: ModelDetails, why: string): CliError {
  return new CliError({
    code: "baseline_missing",
    subject: `${group}/${version}`,
    message: "there is no baseline.json to compare its predictions with",
    why,
    fix: `train it with an Evaluate step, which writes one: sagewright run ${group}`,
    exitCode: exitCodes.invalid,
  });
}
