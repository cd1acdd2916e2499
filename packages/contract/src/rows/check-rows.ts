import type { RowProblem } from "../check/problem";
import { type RowChecker, rowChecker } from "../check/row-check";
import type { Contract } from "../contract";
import { layoutOf, type RowLayout } from "../csv/layout";
import { openCsv } from "../csv/records";
import type { CsvSource } from "../csv/source";
import type { CsvRecord } from "../csv/tokenizer";
import type { AcceptedRow, QuarantinedRow } from "./checked-row";
import { refuseDuplicates } from "./duplicates";
import { type CheckSummary, Tally } from "./tally";

/** How to check a file. */
export interface CheckRowsOptions {
  /** How messages call the file. @default "The file" */
  readonly name?: string;
  /**
   * Whether the rows carry the target, as training data does. When false, neither the target nor the ids need to be in
   * the file, and a file whose rows are all quarantined is no error. @default true
   */
  readonly target?: boolean;
  /**
   * Whether repeated ids are looked for. Then no row is given before the whole file was read, because a later row can
   * refuse an earlier one. @default true when the contract has ids and the target is read
   */
  readonly duplicates?: boolean;
}

/** A checked file in memory. */
export interface CheckedRows<Name extends string = string> extends CheckSummary {
  readonly rows: readonly AcceptedRow<Name>[];
  readonly quarantine: readonly QuarantinedRow[];
}

/**
 * Checks the rows of a CSV, one after another, in constant memory unless duplicates are looked for.
 *
 * @returns the totals, as the generator's return value.
 * @throws {@link DataSetError} when the file as a whole cannot be used: `file_empty`, `file_binary`, `not_utf8`,
 *   `header_missing`, `header_duplicate`, `column_missing`, `no_rows`, `target_one_class`.
 */
export async function* checkRows<Name extends string>(
  contract: Contract<Name>,
  source: CsvSource,
  options: CheckRowsOptions = {},
): AsyncGenerator<AcceptedRow<Name> | QuarantinedRow, CheckSummary> {
  const { name = "The file", target = true } = options;
  const { duplicates = target && contract.id.length > 0 } = options;
  const table = await openCsv(source, { name, delimiter: contract.csv?.delimiter });
  const layout = layoutOf(contract, table.header, { name, target });
  const tally = new Tally();
  const checker = rowChecker(contract);
  const held: (AcceptedRow<Name> | QuarantinedRow)[] = [];
  for await (const batch of table.batches) {
    for (const record of batch) {
      const row = checkRecord(checker, layout, record);
      if (duplicates) held.push(row);
      else yield tally.count(row);
    }
  }
  for (const row of refuseDuplicates(contract, layout, held)) yield tally.count(row);
  tally.refuseUseless(contract, { name, target });
  return tally.summary(layout.warnings);
}

/** Checks a CSV and keeps everything in memory. Throws what {@link checkRows} throws. */
export async function collectRows<Name extends string>(
  contract: Contract<Name>,
  source: CsvSource,
  options: CheckRowsOptions = {},
): Promise<CheckedRows<Name>> {
  const rows: AcceptedRow<Name>[] = [];
  const quarantine: QuarantinedRow[] = [];
  const stream = checkRows(contract, source, options);
  for (let next = await stream.next(); ; next = await stream.next()) {
    if (next.done === true) return { ...next.value, rows, quarantine };
    if (next.value.ok) rows.push(next.value);
    else quarantine.push(next.value);
  }
}

function checkRecord<Name extends string>(
  checker: RowChecker<Name>,
  layout: RowLayout,
  { line, fields }: CsvRecord,
): AcceptedRow<Name> | QuarantinedRow {
  if (fields.length !== layout.width) {
    return { ok: false, line, fields, problems: [fieldCount(fields.length, layout.width)] };
  }
  const problems: RowProblem[] = [];
  const values = checker.fields(
    layout.features.map((index) => fields[index] ?? ""),
    problems,
  );
  const target = layout.target === undefined ? undefined : checker.target(fields[layout.target] ?? "", problems);
  const [first, ...rest] = problems;
  if (first !== undefined) return { ok: false, line, fields, problems: [first, ...rest] };
  return target === undefined ? { ok: true, line, values, fields } : { ok: true, line, values, target, fields };
}

function fieldCount(received: number, expected: number): RowProblem {
  const allowed = `${expected} fields, as many as the header`;
  const remedy = `Give ${allowed}; a value that contains the separator or a line end needs quotes.`;
  return {
    code: "field_count",
    column: "",
    value: received,
    message: `The row has ${received} fields. ${remedy}`,
    allowed,
  };
}
