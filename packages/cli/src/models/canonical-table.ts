import { type Canonical, type CanonicalRow, type Contract, openCsv } from "@sagewright/contract";

/** A row that the Prepare step wrote: values as the model takes them, and the target. */
export interface PreparedRow {
  values: CanonicalRow;
  /** 1 for the positive class and 0 for the other; the value of a regression. */
  target: number;
}

/** Reads a canonical table: features in contract order, then the target; empty fields are missing values. */
export async function readCanonicalTable(csv: Uint8Array, contract: Contract): Promise<PreparedRow[]> {
  const { header, batches } = await openCsv(csv, { delimiter: "," });
  const rows: PreparedRow[] = [];
  for await (const batch of batches) {
    for (const { fields } of batch) {
      const field = (name: string) => fields[header.indexOf(name)] ?? "";
      const values = contract.columns.map(({ name, type }) => [name, canonical(field(name), type)]);
      rows.push({ values: Object.fromEntries(values), target: Number(field(contract.target.column)) });
    }
  }
  return rows;
}

function canonical(text: string, type: Contract["columns"][number]["type"]): Canonical {
  if (text === "") return null;
  return type === "category" ? text : Number(text);
}
