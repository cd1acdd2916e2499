import { type Contract, readContract } from "@sagewright/contract";
import { loadPredictor, type Predictor } from "@sagewright/predictor";
import { type Clients, type ModelDetails, modelEvaluation, verifyArtefact } from "@sagewright/sagemaker";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";

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
    contract: readContract(Buffer.from(file(files, "contract.json", arn)).toString("utf8")),
    predictor: loadPredictor(file(files, "predictor.safetensors", arn)),
    metrics: evaluation?.metrics ?? {},
  };
}

function file(files: ReadonlyMap<string, Uint8Array>, name: string, arn: string): Uint8Array {
  const content = files.get(name);
  if (content !== undefined) return content;
  throw new CliError({
    code: "predictor_missing",
    subject: arn,
    message: `the model's archive holds no ${name}`,
    fix: "train it with sklearn.train or sklearn.tune, which write it",
    exitCode: exitCodes.invalid,
  });
}
