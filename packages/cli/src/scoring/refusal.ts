import type { RowProblem } from "@sagewright/contract";
import type { Refusal } from "./plan";

/** The header of a quarantine file: the columns that the Prepare step's has. */
export const quarantineHeader = "line,code,column,value,message,record\n";

/** What is wrong with a row: a rule of the contract that it breaks, or a value that a model cannot take. */
export type RowDefect = Omit<RowProblem, "code"> & { readonly code: string };

/** The lines of one refused record in the quarantine file, one for each problem. */
export function refusals(line: number, problems: readonly RowDefect[], record: string): Refusal[] {
  return problems.map(({ code, column, value, message }) => ({
    line,
    code,
    text: [code, column, value === undefined || value === null ? "" : String(value), message, record]
      .map((text) => csvField(text, ","))
      .join(","),
  }));
}

/** A field of a CSV file, quoted where it must be. */
export function csvField(text: string, delimiter: string): string {
  return /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
}
