import type { Column, ColumnSpec } from "./columns";
import { ContractInvalidError } from "./errors";
import type { ContractJson } from "./schema/format";
import { contractIssues } from "./schema/validate";
import { toJson } from "./schema/write";

/** A two-class target: which texts mean the event (churned) and which mean it did not happen. */
export interface BinaryTarget {
  readonly column: string;
  readonly kind: "binary";
  readonly positive: readonly string[];
  readonly negative: readonly string[];
}

/** A numeric target. */
export interface RegressionTarget {
  readonly column: string;
  readonly kind: "regression";
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What the model learns to predict. */
export type Target = BinaryTarget | RegressionTarget;

/** The field separators that readers know. */
export type Delimiter = "," | ";" | "\t" | "|";

/** Texts that mean "no value", compared after trimming, case-sensitive. */
export const DEFAULT_MISSING: readonly string[] = ["", "?", "NA", "N/A", "NaN", "null", "None", "Unknown"];

/**
 * The one description of a data set: its columns, ids, target and how missing values look. `Name` is the union of the
 * feature columns' names.
 */
export interface Contract<Name extends string = string> {
  readonly format: 1;
  readonly name: string;
  /** Hint for readers. @default the delimiter is detected in the file */
  readonly csv?: { readonly delimiter: Delimiter };
  readonly missing: readonly string[];
  /** Columns that identify a row; never features. */
  readonly id: readonly string[];
  /** Known columns that are never features. */
  readonly ignore: readonly string[];
  readonly target: Target;
  /** Features, in model order. */
  readonly columns: readonly Column<Name>[];
  /** Columns for per-segment metrics. */
  readonly segments: readonly Name[];
  /** contract.json, format 1, with members in a fixed order. */
  toJSON(): ContractJson;
}

/** What {@link defineContract} takes. */
export interface ContractDefinition<Columns extends Readonly<Record<string, ColumnSpec>>> {
  readonly name: string;
  /** @default the delimiter is detected in the file */
  readonly csv?: { readonly delimiter: Delimiter };
  /** @default {@link DEFAULT_MISSING} */
  readonly missing?: readonly string[];
  /** @default rows have no identity; equal rows are kept */
  readonly id?: readonly string[];
  /** @default no column is ignored by name (an undeclared column is ignored with a warning) */
  readonly ignore?: readonly string[];
  readonly target: TargetDefinition;
  /** Features in model order, by name. */
  readonly columns: Columns;
  /** @default no per-segment metrics */
  readonly segments?: readonly (keyof Columns & string)[];
}

/** A target as written in a definition; one text may stand for a list of one. */
export type TargetDefinition =
  | {
      readonly column: string;
      readonly kind?: "binary";
      readonly positive: string | readonly string[];
      readonly negative: string | readonly string[];
    }
  | RegressionTarget;

/**
 * Defines a contract.
 *
 * @example
 * const telecom = defineContract({
 *   name: "telecom-churn",
 *   target: { column: "churn", positive: "yes", negative: "no" },
 *   columns: {
 *     international_plan: boolean({ true: "yes", false: "no" }),
 *     total_day_minutes: number({ minimum: 0, unit: "minutes" }),
 *   },
 * });
 * @throws {@link ContractInvalidError} with every problem at once.
 */
export function defineContract<const Columns extends Readonly<Record<string, ColumnSpec>>>(
  definition: ContractDefinition<Columns>,
): Contract<keyof Columns & string> {
  const { columns, target, ...rest } = definition;
  const json = {
    format: 1,
    missing: DEFAULT_MISSING,
    id: [],
    ignore: [],
    segments: [],
    ...withoutUndefined(rest),
    target: targetJson(target),
    columns: Object.entries(columns ?? {}).map(([name, spec]) => ({ ...spec, name })),
  };
  return contractFrom(json) as Contract<keyof Columns & string>;
}

/**
 * Makes a contract of plain format-1 data.
 *
 * @throws {@link ContractInvalidError} with every problem at once.
 */
export function contractFrom(json: unknown): Contract {
  const checked = contractIssues(json);
  if (!checked.ok) throw new ContractInvalidError(checked.issues);
  const data = toJson(checked.contract);
  return Object.freeze({ ...data, toJSON: () => toJson(data) });
}

function targetJson(target: TargetDefinition): unknown {
  if (typeof target !== "object" || target === null || target.kind === "regression") return target;
  return { ...target, kind: "binary", positive: [target.positive].flat(), negative: [target.negative].flat() };
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<T>;
}
