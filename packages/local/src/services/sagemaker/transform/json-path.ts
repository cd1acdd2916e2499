import { validationException } from "../../../errors";

/** What a filter keeps of a record: everything, columns by number, or members by name. */
export type Filter =
  | { readonly kind: "all" }
  | { readonly kind: "columns"; readonly parts: readonly { readonly from: number; readonly to: number | undefined }[] }
  | { readonly kind: "members"; readonly names: readonly string[]; readonly single: boolean };

/**
 * Reads the part of JSONPath that batch transform documents: `$`, `$[1:]`, `$[0,5:]`, `$[-1]`, `$.name`,
 * `$['id','SageMakerOutput']`.
 *
 * @throws ServiceError ValidationException for anything else.
 */
export function parseFilter(member: string, text: string | undefined): Filter {
  const path = (text ?? "$").trim();
  if (path === "$") return { kind: "all" };
  const dotted = /^\$\.([A-Za-z_][\w-]*)$/.exec(path);
  if (dotted?.[1] !== undefined) return { kind: "members", names: [dotted[1]], single: true };
  const inside = /^\$\[(.+)\]$/.exec(path)?.[1];
  if (inside === undefined) throw unreadable(member, path);
  if (/^\s*['"]/.test(inside)) {
    const names = [...inside.matchAll(/\s*(?:'([^']*)'|"([^"]*)")\s*(?:,|$)/g)].map(
      (found) => found[1] ?? found[2] ?? "",
    );
    if (names.length === 0 || !/^(\s*('[^']*'|"[^"]*")\s*(,|$))+$/.test(inside)) throw unreadable(member, path);
    return { kind: "members", names, single: names.length === 1 };
  }
  const parts = inside.split(",").map((part) => {
    const range = /^\s*(-?\d+)?\s*(:)?\s*(-?\d+)?\s*$/.exec(part);
    if (range === null || (range[1] === undefined && range[2] === undefined)) throw unreadable(member, path);
    const from = Number(range[1] ?? 0);
    if (range[2] === undefined) return { from, to: from === -1 ? undefined : from + 1 };
    return { from, to: range[3] === undefined ? undefined : Number(range[3]) };
  });
  return { kind: "columns", parts };
}

/** The columns of a row that a filter keeps, in the order the filter names them. @throws RangeError for a filter of members */
export function filterColumns<T>(filter: Filter, columns: readonly T[]): T[] {
  if (filter.kind === "all") return [...columns];
  if (filter.kind === "members") throw new RangeError("A filter by name does not fit a row of columns.");
  return filter.parts.flatMap(({ from, to }) => columns.slice(from, to));
}

/** The part of a JSON value that a filter keeps; an absent member is left out. @throws RangeError when the filter does not fit the value */
export function filterJson(filter: Filter, value: unknown): unknown {
  if (filter.kind === "all") return value;
  if (filter.kind === "columns") {
    if (!Array.isArray(value)) throw new RangeError("A filter by number does not fit a JSON object.");
    return filterColumns(filter, value);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RangeError("A filter by name does not fit a JSON value that is no object.");
  }
  const members = value as Record<string, unknown>;
  if (filter.single) return members[filter.names[0] ?? ""];
  return Object.fromEntries(filter.names.filter((name) => name in members).map((name) => [name, members[name]]));
}

function unreadable(member: string, path: string) {
  return validationException(
    `${member}: the JSONPath ${JSON.stringify(path)} is not emulated by Sagewright's embedded cloud. ` +
      "Use $, $[1:], $[0,5:], $.name or $['a','b'] here.",
  );
}
