import type { Column, Contract, NumericColumn } from "@sagewright/contract";
import { ContractConflictError, type ServingIssue } from "../errors";

/**
 * Refuses two contracts that mean different things by one name, since a request gives each name one value.
 *
 * @throws {@link ContractConflictError} with every conflict.
 */
export function refuseConflicts(own: Contract, other: Contract): void {
  const shared = own.columns.flatMap((column): ServingIssue[] => {
    const same = other.columns.find(({ name }) => name === column.name);
    const differs = same === undefined ? undefined : difference(column, same);
    if (differs === undefined) return [];
    return [issue(column.name, `${differs[0]} in ${own.name}, and ${differs[1]} in ${other.name}.`)];
  });
  const roles = [...roleConflicts(own, other), ...roleConflicts(other, own)];
  if (shared.length + roles.length > 0) throw new ContractConflictError(own.name, other.name, [...shared, ...roles]);
}

/** The column that takes what both take; both mean the same. */
export function intersection(one: Column, other: Column): Column {
  if (one.type === "category" && other.type === "category") {
    const categories = commonCategories(one, other);
    const { impute: _, ...rest } = one;
    return { ...rest, categories };
  }
  if (!isNumeric(one) || !isNumeric(other)) return one;
  const { low, high } = commonRange(one, other);
  const { impute: _, minimum: _low, maximum: _high, ...rest } = one;
  return {
    ...rest,
    ...(low === undefined ? {} : { minimum: low }),
    ...(high === undefined ? {} : { maximum: high }),
  };
}

function roleConflicts(contract: Contract, other: Contract): ServingIssue[] {
  const isFeature = (name: string): boolean => other.columns.some((column) => column.name === name);
  const roles = [
    { name: contract.target.column, role: `what ${contract.name} predicts` },
    ...contract.id.map((name) => ({ name, role: `an id of ${contract.name}` })),
  ];
  return roles
    .filter(({ name }) => isFeature(name))
    .map(({ name, role }) => issue(name, `${role}, and a feature of ${other.name}.`));
}

function issue(path: string, rule: string): ServingIssue {
  return { path, message: `${path}: ${rule}` };
}

/** What one and the other say where they do not mean the same. */
function difference(one: Column, other: Column): readonly [string, string] | undefined {
  if (one.type !== other.type) return [kindOf(one), kindOf(other)];
  if (one.type === "boolean" && other.type === "boolean") {
    const opposite =
      one.true.some((text) => other.false.includes(text)) || one.false.some((text) => other.true.includes(text));
    return opposite ? [`${one.true.join(" or ")} means true`, `${other.true.join(" or ")} does`] : undefined;
  }
  if (one.type === "category" && other.type === "category") {
    if (commonCategories(one, other).length > 0) return undefined;
    return [`one of ${few(one.categories)}`, `one of ${few(other.categories)}`];
  }
  if (!isNumeric(one) || !isNumeric(other)) return undefined;
  if (one.unit !== undefined && other.unit !== undefined && one.unit !== other.unit)
    return [`in ${one.unit}`, `in ${other.unit}`];
  const { low, high } = commonRange(one, other);
  return low !== undefined && high !== undefined && low > high ? [rangeOf(one), rangeOf(other)] : undefined;
}

function commonCategories(
  one: Extract<Column, { type: "category" }>,
  other: Extract<Column, { type: "category" }>,
): readonly string[] {
  if (other.unknown === "ignore") return one.categories;
  return one.unknown === "ignore" ? other.categories : one.categories.filter((text) => other.categories.includes(text));
}

function commonRange(one: NumericColumn, other: NumericColumn): { low: number | undefined; high: number | undefined } {
  const lows = [one.minimum, other.minimum].filter((each) => each !== undefined);
  const highs = [one.maximum, other.maximum].filter((each) => each !== undefined);
  return {
    low: lows.length === 0 ? undefined : Math.max(...lows),
    high: highs.length === 0 ? undefined : Math.min(...highs),
  };
}

function isNumeric(column: Column): column is NumericColumn & { readonly name: string } {
  return column.type === "integer" || column.type === "number";
}

function kindOf({ type }: Column): string {
  return `${type === "integer" ? "an" : "a"} ${type}`;
}

function rangeOf({ minimum, maximum }: NumericColumn): string {
  return [minimum === undefined ? "" : `from ${minimum}`, maximum === undefined ? "" : `up to ${maximum}`]
    .filter(Boolean)
    .join(" ");
}

function few(texts: readonly string[]): string {
  return texts.length <= 4 ? texts.join(", ") : `${texts.slice(0, 4).join(", ")} and ${texts.length - 4} more`;
}
