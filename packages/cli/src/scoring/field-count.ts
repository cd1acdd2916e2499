import { type Contract, checkRows, type RowProblem } from "@sagewright/contract";
import { csvField } from "./refusal";

/** What the contract says of a row with too few or too many fields, for any number of fields; asked for once. */
export async function fieldCountProblem(
  contract: Contract,
  { header, delimiter }: { readonly header: readonly string[]; readonly delimiter: string },
): Promise<(received: number) => RowProblem> {
  const width = header.length + 1;
  const csv = [header.map((name) => csvField(name, delimiter)), Array(width).fill("x")].map((row) =>
    row.join(delimiter),
  );
  const named = { ...contract, csv: { delimiter }, toJSON: () => contract.toJSON() } as Contract;
  for await (const row of checkRows(named, csv.join("\n"), { target: false })) {
    if (row.ok) break;
    const [{ message, ...problem }] = row.problems;
    return (received) => ({ ...problem, value: received, message: message.replace(String(width), String(received)) });
  }
  throw new Error("the contract accepted a row with a field too many");
}
