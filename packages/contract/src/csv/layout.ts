import type { DataSetWarning } from "../check/problem";
import type { Contract } from "../contract";
import { DataSetError } from "../errors";
import { listed } from "../text";

/** Where a file keeps what the contract names. */
export interface RowLayout {
  /** Fields per row. */
  readonly width: number;
  /** The fields' places of the features, in model order. */
  readonly features: readonly number[];
  readonly ids: readonly number[];
  /** The target's place; undefined when it is not read. */
  readonly target: number | undefined;
  readonly warnings: readonly DataSetWarning[];
}

/**
 * Finds the contract's columns in a header. Undeclared columns are ignored with a warning.
 *
 * @throws {@link DataSetError} `header_missing` when none of the columns is there, `column_missing` when some are not.
 */
export function layoutOf(
  contract: Contract,
  header: readonly string[],
  { name, target }: { readonly name: string; readonly target: boolean },
): RowLayout {
  const features = contract.columns.map((column) => column.name);
  const needed = target ? [...features, contract.target.column, ...contract.id] : features;
  const absent = needed.filter((column) => !header.includes(column));
  if (absent.length === needed.length) {
    const remedy = "Give the file a header line, or use the contract that describes it.";
    const message = `The first line of ${name} has none of the columns of contract ${contract.name}; it reads ${listed(header)}. ${remedy}`;
    throw new DataSetError("header_missing", message, { header, needed });
  }
  if (absent.length > 0) {
    const message = `${name} lacks ${listed(absent)}; it has ${listed(header, 25)}. Add the column, or change the contract.`;
    throw new DataSetError("column_missing", message, { columns: absent, header });
  }
  return {
    width: header.length,
    features: features.map((column) => header.indexOf(column)),
    ids: contract.id.map((column) => header.indexOf(column)).filter((index) => index >= 0),
    target: target ? header.indexOf(contract.target.column) : undefined,
    warnings: unexpected(contract, header),
  };
}

function unexpected(contract: Contract, header: readonly string[]): DataSetWarning[] {
  const features = contract.columns.map((column) => column.name);
  const known = new Set([...features, ...contract.id, ...contract.ignore, contract.target.column]);
  const columns = header.filter((column) => !known.has(column));
  if (columns.length === 0) return [];
  const message = `Columns that the contract does not know are ignored: ${listed(columns)}.`;
  return [{ code: "column_unexpected", message, facts: { columns } }];
}
