/** One value that changes. */
export interface Difference {
  readonly path: string;
  /** Absent where there was nothing. */
  readonly before?: string | number | boolean;
  /** Absent where nothing stays. */
  readonly after?: string | number | boolean;
}

type Value = Difference["before"];

/** No element when both are the same. */
export function difference(path: string, before: Value, after: Value): Difference[] {
  if (before === after) return [];
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/** Differences of two flat records, in the order in which their keys first come. */
export function differences(
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
): Difference[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return paths.flatMap((path) => difference(path, before[path], after[path]));
}
