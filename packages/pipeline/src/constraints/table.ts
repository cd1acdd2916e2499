/** A shape of AWS's service model, shortened: see `scripts/generate-constraints.py`. */
export interface Shape {
  /** Type: structure, list, map, string, integer, long, float, double, boolean, timestamp, blob. */
  readonly t: string;
  /** Members of a structure: name to shape name. */
  readonly m?: Readonly<Record<string, string>>;
  /** Required members. */
  readonly r?: readonly string[];
  /** Shape of a list's items. */
  readonly i?: string;
  /** Shapes of a map's keys and values. */
  readonly k?: string;
  readonly v?: string;
  /** Allowed texts. */
  readonly e?: readonly string[];
  readonly p?: string;
  /** Smallest length, size or value. */
  readonly a?: number;
  /** Largest length, size or value. */
  readonly z?: number;
  /** Exactly one member may be set. */
  readonly u?: boolean;
}

interface Table {
  readonly source: string;
  readonly operations: Readonly<Record<string, { readonly input?: string; readonly output?: string }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

let loaded: Table | undefined;

/** The table, read at first use: most programs that load this package check nothing. */
function table(): Table {
  loaded ??= require("../generated/sagemaker.json") as Table;
  return loaded;
}

/** Which model the tables were made from. */
export function constraintSource(): string {
  return table().source;
}

/** A shape by name. */
export function shapeNamed(name: string | undefined): Shape | undefined {
  return name !== undefined && Object.hasOwn(table().shapes, name) ? table().shapes[name] : undefined;
}

/** The request shape of an operation; undefined when the table does not have it. */
export function requestShape(operation: string): Shape | undefined {
  return shapeNamed(entry(operation)?.input);
}

/** The response shape of an operation; undefined when the table does not have it. */
export function responseShape(operation: string): Shape | undefined {
  return shapeNamed(entry(operation)?.output);
}

/** Names of the operations whose requests can be checked. */
export function checkedOperations(): string[] {
  return Object.entries(table().operations).flatMap(([name, { input }]) => (input === undefined ? [] : [name]));
}

function entry(operation: string) {
  return Object.hasOwn(table().operations, operation) ? table().operations[operation] : undefined;
}
