import type { CanonicalRow, DataSetWarning, RowProblem, RowProblemCode } from "./check/problem";
import { type RowChecker, rowChecker } from "./check/row-check";
import type { Contract } from "./contract";
import { layoutOf, type RowLayout } from "./csv/layout";
import { openCsv } from "./csv/records";
import type { CsvSource } from "./csv/source";
import type { CsvRecord } from "./csv/tokenizer";
import { refuseDuplicates } from "./duplicates";
import { DataSetError } from "./errors";

/** A row that keeps the contract. */
export interface AcceptedRow<Name extends string = string> {
  readonly ok: true;
  /** The line on which the row starts; the header is line 1. */
  readonly line: number;
  readonly values: CanonicalRow<Name>;
  /** 1 or 0, or the number of a regression; absent when the target was not read. */
  readonly target?: number;
  /** The fields as read. */
  readonly fields: readonly string[];
}

/** A row that breaks the contract, kept aside with its reasons. */
export interface QuarantinedRow {
  readonly ok: false;
  readonly line: number;
  /** Every problem; the first one, in the order of the contract's columns and then the target, names the row's code. */
  readonly problems: readonly [RowProblem, ...RowProblem[]];
  readonly fields: readonly string[];
}

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

/** Totals of a checked file. */
export interface CheckSummary {
  readonly read: number;
  readonly accepted: number;
  readonly quarantined: number;
  /** Quarantined rows by their first problem's code, in alphabetical order. */
  readonly byCode: Readonly<Partial<Record<RowProblemCode, number>>>;
  readonly warnings: readonly DataSetWarning[];
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

class Tally {
  #accepted = 0;
  readonly #classes = new Set<number>();
  readonly #byCode = new Map<RowProblemCode, number>();
  #firstProblem = "";

  count<Row extends AcceptedRow | QuarantinedRow>(row: Row): Row {
    if (row.ok) {
      this.#accepted += 1;
      if (row.target !== undefined && this.#classes.size < 2) this.#classes.add(row.target);
    } else {
      const { code, message } = row.problems[0];
      this.#firstProblem ||= `line ${row.line}: ${message}`;
      this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1);
    }
    return row;
  }

  refuseUseless(contract: Contract, { name, target }: { name: string; target: boolean }): void {
    const { quarantined, byCode } = this.summary([]);
    if (this.#accepted === 0 && (target || quarantined === 0)) {
      const codes = Object.entries(byCode).map(([code, count]) => `${code} ${count}`);
      const why =
        quarantined === 0
          ? `${name} has a header but no rows. Give rows.`
          : `All ${quarantined} rows of ${name} were quarantined (${codes.join(", ")}). The first, ${this.#firstProblem}`;
      throw new DataSetError("no_rows", why, { name, quarantined, byCode });
    }
    if (target && contract.target.kind === "binary" && this.#classes.size === 1) {
      const only = this.#classes.has(1) ? "positive" : "negative";
      const remedy = "Give rows of both outcomes, or correct the positive and negative values of the contract.";
      const { column } = contract.target;
      const message = `${name}: all usable rows have a ${only} ${column}, so there is nothing to tell apart. ${remedy}`;
      throw new DataSetError("target_one_class", message, { name, column, only });
    }
  }

  summary(warnings: readonly DataSetWarning[]): CheckSummary {
    const byCode = Object.fromEntries([...this.#byCode].sort(([a], [b]) => (a < b ? -1 : 1)));
    const quarantined = [...this.#byCode.values()].reduce((sum, count) => sum + count, 0);
    return { read: this.#accepted + quarantined, accepted: this.#accepted, quarantined, byCode, warnings };
  }
}
