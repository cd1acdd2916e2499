import {
  type CanonicalRow,
  type Contract,
  exampleRow,
  type JsonRow,
  type RowProblem,
  readContract,
  rowChecker,
} from "@sagewright/contract";
import { intersection, refuseConflicts } from "./contract-conflicts";
import { refuseOtherTasks } from "./lifetime-value";

/** A row of a request: what the model is asked, and what the lifetime-value model is asked where the row says enough. */
export type CustomerCheck =
  | { readonly ok: true; readonly values: CanonicalRow; readonly valued?: CanonicalRow }
  | { readonly ok: false; readonly problems: readonly RowProblem[] };

/**
 * What a request says of a customer, compiled: the contract of the model, and where a lifetime-value model answers beside it
 * the columns of that one. Columns that only the lifetime value needs are optional together: a row that gives none of them
 * is a customer of unknown value, and one that gives any keeps both contracts. `null` gives nothing.
 */
export interface CustomerForm {
  /** Every column that a row may have, the model's own first. */
  readonly contract: Contract;
  /** The model's own contract. */
  readonly own: Contract;
  /** The lifetime-value model's contract. */
  readonly lifetimeValue?: Contract;
  /** Columns of the lifetime value alone; a row may leave them out. */
  readonly optional: ReadonlySet<string>;
  /** A customer with everything that may be said. */
  readonly example: JsonRow;
  /** Checks a row of JSON values. */
  json(row: unknown): CustomerCheck;
  /** Checks CSV fields in the order of `contract`'s columns; `said` is what could be read of them. */
  fields(texts: readonly string[]): CustomerCheck & { readonly said: CanonicalRow };
}

/**
 * Compiles what requests say of a customer.
 *
 * @throws ModelMismatchError when they are not of a churn and a value; ContractConflictError when the contracts mean different things by one name.
 */
export function compileCustomer(own: Contract, lifetimeValue?: Contract): CustomerForm {
  return lifetimeValue === undefined ? plainForm(own) : valuedForm(own, lifetimeValue);
}

function plainForm(own: Contract): CustomerForm {
  const checker = rowChecker(own);
  return {
    contract: own,
    own,
    optional: new Set(),
    example: exampleRow(own),
    json: (row) => checker.json(row),
    fields(texts) {
      const problems: RowProblem[] = [];
      const values = checker.fields(texts, problems);
      return problems.length === 0 ? { ok: true, values, said: values } : { ok: false, problems, said: values };
    },
  };
}

function valuedForm(own: Contract, lifetimeValue: Contract): CustomerForm {
  refuseOtherTasks(own, lifetimeValue);
  refuseConflicts(own, lifetimeValue);
  const names = new Set(own.columns.map(({ name }) => name));
  const relaxed = relaxedContract(lifetimeValue);
  const added = relaxed.columns.filter(({ name }) => !names.has(name));
  const optional = new Set(added.map(({ name }) => name));
  const contract = withColumns(own, lifetimeValue, [...own.columns, ...added]);
  const whole = rowChecker(contract);
  const strict = rowChecker(lifetimeValue);
  const loose = rowChecker(relaxed);
  const ofOwn = rowChecker(own);
  const places = lifetimeValue.columns.map(({ name }) => contract.columns.findIndex((column) => column.name === name));
  const needed = lifetimeValue.columns.filter(({ required }) => required === true).map(({ name }) => name);

  return {
    ...{ contract, own, lifetimeValue, optional },
    example: exampleRow(withColumns(own, lifetimeValue, exampleColumns(own, lifetimeValue, added))),
    json(row) {
      if (!isRecord(row)) return whole.json(row);
      const known = (name: string): boolean => Object.hasOwn(row, name) && row[name] !== null;
      const check = whole.json({ ...nothingOf(optional), ...row });
      const problems = check.ok ? [] : check.problems;
      if (!asks(known)) return check.ok ? { ok: true, values: partOf(check.values, own) } : check;
      const valued = strict.json(rowOf(lifetimeValue, row));
      if (check.ok && valued.ok) return { ok: true, values: partOf(check.values, own), valued: valued.values };
      return { ok: false, problems: together(problems, valued.ok ? [] : valued.problems) };
    },
    fields(texts) {
      const problems: RowProblem[] = [];
      const values = ofOwn.fields(texts, problems);
      const valueTexts = places.map((place) => texts[place] ?? "");
      const wrong: RowProblem[] = [];
      const loosely = loose.fields(valueTexts, wrong);
      const said = { ...loosely, ...values };
      const known = (name: string): boolean => loosely[name] !== null || wrong.some(({ column }) => column === name);
      if (!asks(known)) return problems.length === 0 ? { ok: true, values, said } : { ok: false, problems, said };
      const broken: RowProblem[] = [];
      const valued = strict.fields(valueTexts, broken);
      if (problems.length + broken.length === 0) return { ok: true, values, valued, said };
      return { ok: false, problems: together(problems, broken), said };
    },
  };

  /** Whether a row asks for the lifetime value; where it has no columns of its own, by knowing all that it needs. */
  function asks(known: (name: string) => boolean): boolean {
    if (optional.size === 0) return needed.every(known);
    for (const name of optional) if (known(name)) return true;
    return false;
  }

  /** Every problem once: the lifetime value says more of its own columns, such as that one is missing. */
  function together(problems: readonly RowProblem[], ofValue: readonly RowProblem[]): RowProblem[] {
    const kept = problems.filter(({ column }) => !optional.has(column));
    const named = new Set(kept.map(({ column }) => column));
    return [...kept, ...ofValue.filter(({ column }) => !named.has(column))];
  }
}

function relaxedContract(contract: Contract): Contract {
  const { columns, ...rest } = contract.toJSON();
  return readContract(JSON.stringify({ ...rest, columns: columns.map(({ required: _, ...column }) => column) }));
}

/** The model's own contract with other columns; what the lifetime value knows and does not use may be sent as well. */
function withColumns(own: Contract, lifetimeValue: Contract, columns: Contract["columns"]): Contract {
  const features = new Set([...columns.map(({ name }) => name), own.target.column]);
  const unused = [...own.ignore, ...lifetimeValue.id, ...lifetimeValue.ignore];
  const ignore = [...new Set(unused)].filter((name) => !features.has(name) && !own.id.includes(name));
  const id = own.id.filter((name) => !features.has(name));
  return readContract(JSON.stringify({ ...own.toJSON(), id, ignore, columns }));
}

/** Columns whose example keeps both contracts. */
function exampleColumns(own: Contract, lifetimeValue: Contract, added: Contract["columns"]): Contract["columns"] {
  const shared = own.columns.map((column) => {
    const other = lifetimeValue.columns.find(({ name }) => name === column.name);
    return other === undefined ? column : { ...intersection(column, other), name: column.name };
  });
  return [...shared, ...added];
}

function nothingOf(names: ReadonlySet<string>): Record<string, null> {
  return Object.fromEntries([...names].map((name) => [name, null]));
}

/** What a row says to a contract; an unknown value that is not required need not be written. */
function rowOf({ columns }: Contract, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = columns.flatMap(({ name, required }): [string, unknown][] => {
    if (Object.hasOwn(row, name)) return [[name, row[name]]];
    return required === true ? [] : [[name, null]];
  });
  return Object.fromEntries(entries);
}

function partOf(values: CanonicalRow, { columns }: Contract): CanonicalRow {
  return Object.fromEntries(columns.map(({ name }) => [name, values[name] ?? null]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
