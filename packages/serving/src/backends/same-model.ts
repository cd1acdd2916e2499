import type { Contract } from "@sagewright/contract";
import { exampleRow, parseRow } from "@sagewright/contract";
import type { Predictor } from "@sagewright/predictor";
import { ModelMismatchError } from "../errors";

/**
 * Checks that a model and a contract belong together.
 *
 * @throws {@link ModelMismatchError} when the model was trained on other columns or for another task than the contract's,
 *   or cannot score a row that keeps the contract.
 */
export function refuseMismatch(predictor: Predictor, contract: Contract): void {
  const trained = predictor.columns.map((column) => column.name);
  const promised = contract.columns.map((column) => column.name);
  const lacking = promised.filter((name) => !trained.includes(name));
  const extra = trained.filter((name) => !promised.includes(name));
  if (lacking.length > 0 || extra.length > 0) {
    const parts = [
      lacking.length > 0 ? `the model does not know ${lacking.join(", ")}` : "",
      extra.length > 0 ? `the contract does not have ${extra.join(", ")}` : "",
    ];
    const message = `Model and contract ${contract.name} differ: ${parts.filter(Boolean).join("; ")}. Serve a model with the contract it was trained on.`;
    throw new ModelMismatchError(message);
  }
  if (predictor.task !== contract.target.kind) {
    const message = `The model's task is ${predictor.task}, and the target of contract ${contract.name} is ${contract.target.kind}. Serve a model with the contract it was trained on.`;
    throw new ModelMismatchError(message);
  }
  const example = predictor.predictRow(parseRow(contract, exampleRow(contract)));
  if (!Number.isFinite(example)) {
    throw new ModelMismatchError(
      `The model answers ${example} for an example row. Train it again, or serve another version.`,
    );
  }
}
