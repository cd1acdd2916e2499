import type { ParameterRanges } from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";

/** How a numeric range is laid on the unit interval. */
export type Scaling = "Linear" | "Logarithmic" | "ReverseLogarithmic";

/** One hyperparameter to search. */
export type Dimension =
  | {
      readonly kind: "integer" | "continuous";
      readonly name: string;
      readonly low: number;
      readonly high: number;
      readonly scaling: Scaling;
    }
  | { readonly kind: "categorical"; readonly name: string; readonly values: readonly string[] };

/**
 * Reads a request's ranges.
 *
 * Scaling type Auto is Linear here; what the service chooses is not documented.
 *
 * @throws ServiceError ValidationException naming the parameter whose range is impossible.
 */
export function searchSpace(ranges: ParameterRanges | undefined): Dimension[] {
  if ((ranges?.AutoParameters ?? []).length > 0) {
    throw validationException(
      "AutoParameters are not emulated by Sagewright's embedded cloud. Give each parameter a range.",
    );
  }
  const space: Dimension[] = [
    ...(ranges?.IntegerParameterRanges ?? []).map((range) => numeric("integer", range)),
    ...(ranges?.ContinuousParameterRanges ?? []).map((range) => numeric("continuous", range)),
    ...(ranges?.CategoricalParameterRanges ?? []).map(
      ({ Name, Values }): Dimension => ({ kind: "categorical", name: Name ?? "", values: Values ?? [] }),
    ),
  ];
  const names = new Set<string>();
  for (const { name } of space) {
    if (names.has(name))
      throw validationException(`Hyperparameter ${name} has more than one range. Give it exactly one.`);
    names.add(name);
  }
  if (space.length === 0) throw validationException("No hyperparameter range is given. Give at least one to search.");
  return space;
}

/** The value at a point of the unit interval, as text: how hyperparameters travel. */
export function valueAt(dimension: Dimension, unit: number): string {
  if (dimension.kind === "categorical") {
    const index = Math.min(dimension.values.length - 1, Math.floor(unit * dimension.values.length));
    return dimension.values[index] ?? "";
  }
  const { kind, low, high } = dimension;
  if (kind === "continuous") return formatNumber(clamp(between(dimension, low, high, unit), low, high));
  // Half a step beyond both ends gives the first and the last integer as much room as the others.
  const start = dimension.scaling === "Linear" ? low - 0.5 : Math.max(low - 0.5, Number.MIN_VALUE);
  return formatNumber(clamp(Math.round(between(dimension, start, high + 0.5, unit)), low, high));
}

/** Number of different combinations; infinite with a continuous range. */
export function combinations(space: readonly Dimension[]): number {
  return space.reduce((product, dimension) => {
    if (dimension.kind === "categorical") return product * dimension.values.length;
    return dimension.kind === "integer" ? product * (dimension.high - dimension.low + 1) : Number.POSITIVE_INFINITY;
  }, 1);
}

function numeric(
  kind: "integer" | "continuous",
  range: {
    Name?: string | undefined;
    MinValue?: string | undefined;
    MaxValue?: string | undefined;
    ScalingType?: string | undefined;
  },
): Dimension {
  const name = range.Name ?? "";
  const low = bound(kind, name, "MinValue", range.MinValue);
  const high = bound(kind, name, "MaxValue", range.MaxValue);
  const scaling =
    range.ScalingType === "Logarithmic" || range.ScalingType === "ReverseLogarithmic" ? range.ScalingType : "Linear";
  if (low > high)
    throw validationException(`Hyperparameter ${name}: MinValue ${low} is greater than MaxValue ${high}.`);
  if (scaling === "Logarithmic" && low <= 0) {
    throw validationException(
      `Hyperparameter ${name}: Logarithmic scaling needs a MinValue greater than 0, not ${low}.`,
    );
  }
  if (scaling === "ReverseLogarithmic" && (kind === "integer" || low < 0 || high >= 1)) {
    throw validationException(
      `Hyperparameter ${name}: ReverseLogarithmic scaling is for continuous ranges within 0 <= x < 1, not ${low} to ${high}.`,
    );
  }
  return { kind, name, low, high, scaling };
}

function bound(kind: string, name: string, member: string, text: string | undefined): number {
  const value = Number(text);
  if (
    text === undefined ||
    text.trim() === "" ||
    !Number.isFinite(value) ||
    (kind === "integer" && !Number.isInteger(value))
  ) {
    const wanted = kind === "integer" ? "a whole number" : "a number";
    throw validationException(`Hyperparameter ${name}: ${member} ${JSON.stringify(text)} is not ${wanted}.`);
  }
  return value;
}

function between({ scaling }: { scaling: Scaling }, low: number, high: number, unit: number): number {
  if (scaling === "Logarithmic") return Math.exp(Math.log(low) + unit * (Math.log(high) - Math.log(low)));
  if (scaling === "ReverseLogarithmic") {
    return 1 - Math.exp(Math.log1p(-low) + unit * (Math.log1p(-high) - Math.log1p(-low)));
  }
  return low + unit * (high - low);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Plain decimal text that Python's json.loads reads as the same number. */
function formatNumber(value: number): string {
  return String(Object.is(value, -0) ? 0 : value);
}
