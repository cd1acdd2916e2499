import type { Contract } from "@sagewright/contract";
import type { Predictor } from "@sagewright/predictor";
import type { Backend } from "./backend";
import { refuseMismatch } from "./same-model";

/**
 * The predictor in this very process: no network, a fraction of a millisecond.
 *
 * @throws ModelMismatchError when the model was trained on other columns or for another task than the contract's,
 *   or cannot score a row that keeps the contract.
 */
export function embeddedBackend(predictor: Predictor, contract: Contract): Backend {
  refuseMismatch(predictor, contract);
  return {
    kind: "embedded",
    predict: (row) => predictor.predictRow(row),
    explain: (row) => predictor.explainRow(row),
    ready: async () => undefined,
  };
}
