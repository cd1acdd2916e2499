import type { RowProblem, RowProblemCode } from "../check/problem";
import type { Contract } from "../contract";
import type { RowLayout } from "../csv/layout";
import { listed, trimField } from "../text";
import type { AcceptedRow, QuarantinedRow } from "./checked-row";

type Row<Name extends string> = AcceptedRow<Name> | QuarantinedRow;

interface Group {
  readonly content: string;
  readonly line: number;
  conflict: boolean;
  readonly lines: number[];
}

/**
 * Refuses repeated ids. The same id with the same features and target is a repetition: the first row is kept. The same id
 * with anything different is a contradiction: every row of that id is refused. Ignored columns do not count as content
 * (a row number differs between two copies). Rows that broke another rule take part and keep their own reason; rows whose
 * ids are all missing are not compared.
 */
export function* refuseDuplicates<Name extends string>(
  contract: Contract<Name>,
  layout: RowLayout,
  rows: readonly Row<Name>[],
): Generator<Row<Name>> {
  const groups = new Map<string, Group>();
  const keys = rows.map((row) => keyOf(row, contract, layout));
  rows.forEach((row, index) => {
    const key = keys[index];
    if (key === undefined) return;
    const content = contentOf(row, layout);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { content, line: row.line, conflict: false, lines: [row.line] });
    else {
      group.conflict ||= group.content !== content;
      group.lines.push(row.line);
    }
  });
  for (const [index, row] of rows.entries()) {
    const key = keys[index];
    const group = key === undefined ? undefined : groups.get(key);
    const repeated = group !== undefined && row.ok && (group.conflict || group.line !== row.line);
    yield repeated ? refused(row, group, contract, layout) : row;
  }
}

function refused<Name extends string>(
  { line, fields }: Row<Name>,
  group: Group,
  contract: Contract<Name>,
  layout: RowLayout,
): QuarantinedRow {
  const column = contract.id.join(", ");
  const value = layout.ids.map((index) => trimField(fields[index] ?? "")).join(", ");
  const code: RowProblemCode = group.conflict ? "duplicate_id" : "duplicate_row";
  const allowed = "each id once";
  const lines = listed(group.lines.map(String), 5).replaceAll('"', "");
  const message = group.conflict
    ? `${column}: ${value} has different content on lines ${lines}. Keep the right one.`
    : `${column}: ${value} repeats line ${group.line}, which is kept. Give ${allowed}.`;
  const problem: RowProblem = { code, column, value, message, allowed };
  return { ok: false, line, fields, problems: [problem] };
}

function keyOf(row: Row<string>, { missing }: Contract, { ids, width }: RowLayout): string | undefined {
  if (row.fields.length !== width || ids.length === 0) return undefined;
  const texts = ids.map((index) => trimField(row.fields[index] ?? ""));
  return texts.every((text) => text === "" || missing.includes(text)) ? undefined : JSON.stringify(texts);
}

function contentOf({ fields }: Row<string>, { features, target }: RowLayout): string {
  const places = target === undefined ? features : [...features, target];
  return JSON.stringify(places.map((index) => trimField(fields[index] ?? "")));
}
