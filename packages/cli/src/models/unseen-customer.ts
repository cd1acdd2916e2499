import { type Contract, type JsonRow, toJsonRow } from "@sagewright/contract";
import { type Clients, type ExecutionReport, readStepOutput } from "@sagewright/sagemaker";
import { type PreparedRow, readCanonicalTable } from "./canonical-table";

/** A customer of the test split: the model has never seen it, and what happened is known. */
export interface UnseenCustomer {
  /** As a client of the API or the endpoint sends it. */
  row: JsonRow;
  /** What happened, in the data's own words: "yes", or a value. */
  outcome: string;
}

/**
 * The first customer of a run's test split who is of the positive class (of a regression: the first).
 *
 * @returns undefined when the run has no test split
 */
export async function unseenCustomer(
  clients: Clients,
  report: ExecutionReport,
  contract: Contract,
): Promise<UnseenCustomer | undefined> {
  for (const step of report.steps) {
    const csv = await readStepOutput(clients, step, { output: "test", file: "test.csv" });
    if (csv === undefined) continue;
    const rows = await readCanonicalTable(csv, contract);
    const chosen = contract.target.kind === "binary" ? (rows.find(({ target }) => target === 1) ?? rows[0]) : rows[0];
    return chosen === undefined ? undefined : asCustomer(chosen, contract);
  }
  return undefined;
}

function asCustomer({ values, target }: PreparedRow, contract: Contract): UnseenCustomer {
  const words =
    contract.target.kind === "binary"
      ? target === 1
        ? contract.target.positive
        : contract.target.negative
      : undefined;
  return { row: toJsonRow(contract, values), outcome: words?.[0] ?? String(target) };
}
