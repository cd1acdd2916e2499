import { type Contract, readContract } from "@sagewright/contract";
import { loadPredictor, type Predictor } from "@sagewright/predictor";
import { type Clients, type ModelDetails, modelEvaluation, verifyArtefact } from "@sagewright/sagemaker";
import { archiveFile } from "./archive-file";

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
