import { type Contract, readContract } from "@sagewright/contract";
import { loadPredictor, type Predictor } from "@sagewright/predictor";
import { type Clients, type ModelDetails, modelEvaluation, verifyArtefact } from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { archiveFile } from "./archive-file";
import { findModel } from "./find-model";

/** A registered model, checked against the registry and ready to score in this process. */
export interface OpenModel {
  details: ModelDetails;
  contract: Contract;
  predictor: Predictor;
  /** Test metrics it was registered with. */
  metrics: Record<string, number>;
}

/**
 * Fetches a model version, verifies every file of its archive, and loads its predictor. Nothing is unpickled.
 *
 * @throws OperationError `artefact_changed`, `artefact_unverified`; CliError `predictor_missing`
 */
export async function openModel(clients: Clients, arn: string): Promise<OpenModel> {
  const { model: details, files } = await verifyArtefact(clients, arn);
  const evaluation = (await modelEvaluation(clients, details)) as { metrics?: Record<string, number> } | undefined;
  return {
    details,
    contract: readContract(Buffer.from(archiveFile(files, "contract.json", arn)).toString("utf8")),
    predictor: loadPredictor(archiveFile(files, "predictor.safetensors", arn)),
    metrics: evaluation?.metrics ?? {},
  };
}

/**
 * The model of what customers are worth that a word names.
 *
 * @throws CliError `not_a_value_model`, and whatever {@link findModel} and {@link openModel} throw
 */
export async function openValueModel(clients: Clients, word: string): Promise<OpenModel> {
  const model = await openModel(clients, (await findModel(clients, word)).arn);
  requireValue(model.contract, word);
  return model;
}

/** Refuses a model that says no value. @throws CliError `not_a_value_model` */
export function requireValue({ target: { kind, column } }: Contract, word: string): void {
  if (kind === "regression") return;
  throw new CliError({
    code: "not_a_value_model",
    subject: "--lifetime-value",
    message: `${word} predicts whether '${column}' happens, not a value`,
    fix: "name a regression, such as one that 'sagewright run clv' made",
    exitCode: exitCodes.usage,
  });
}

/** A lifetime-value model in words. */
export function valueWords({ details }: OpenModel): string {
  return `${details.group}/${details.version} says what customers are worth`;
}
