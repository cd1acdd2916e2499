import { type Contract, exampleRow, type JsonRow } from "@sagewright/contract";
import type { CustomerForm } from "./customer";

/** Bodies that work, for the description of the routes that predict. */
export function requestExamples({ contract, own, example, lifetimeValue }: CustomerForm) {
  const rows = lifetimeValue === undefined ? [example] : [example, exampleRow(own)];
  return {
    customer: lifetimeValue === undefined ? { example } : { examples: bothWays(example, exampleRow(own)) },
    list: { example: rows },
    ndjson: { example: rows.map((row) => `${JSON.stringify(row)}\n`).join("") },
    csv: { example: `${csvHeader(contract)}\n${rows.map((row) => csvRecord(contract, row)).join("")}` },
  };
}

/** The header line of a CSV body, in the contract's order. */
export function csvHeader(contract: Contract): string {
  return contract.columns.map(({ name }) => csvField(name)).join(delimiterOf(contract));
}

function bothWays(valued: JsonRow, plain: JsonRow) {
  return {
    withLifetimeValue: { summary: "A customer whose lifetime value is asked for", value: valued },
    withoutLifetimeValue: { summary: "A customer of unknown lifetime value", value: plain },
  };
}

function csvRecord(contract: Contract, row: JsonRow): string {
  const fields = contract.columns.map((column) => {
    const value = row[column.name] ?? null;
    if (column.type === "boolean" && typeof value === "boolean")
      return csvField((value ? column.true : column.false)[0] ?? "");
    return value === null ? "" : csvField(String(value));
  });
  return `${fields.join(delimiterOf(contract))}\n`;
}

function delimiterOf({ csv }: Contract): string {
  return csv?.delimiter ?? ",";
}

function csvField(text: string): string {
  return /[",;\t|\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
