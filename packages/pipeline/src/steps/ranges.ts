/** How a tuner walks a range. */
export type Scaling = "Auto" | "Linear" | "Logarithmic" | "ReverseLogarithmic";

/** Whole numbers from min to max. */
export interface IntegerRange {
  readonly kind: "integer";
  readonly min: number;
  readonly max: number;
  readonly scaling: Scaling;
}

/** Numbers from min to max. */
export interface ContinuousRange {
  readonly kind: "continuous";
  readonly min: number;
  readonly max: number;
  readonly scaling: Scaling;
}

/** A choice of values. */
export interface CategoricalRange {
  readonly kind: "categorical";
  readonly values: readonly (string | number | boolean)[];
}

/** What a tuner may choose for one hyperparameter. */
export type ParameterRange = IntegerRange | ContinuousRange | CategoricalRange;

/** Whole numbers from min to max, both included. */
export function integer(min: number, max: number, scaling: Scaling = "Auto"): IntegerRange {
  return { kind: "integer", min, max, scaling };
}

/** Numbers from min to max, both included. */
export function continuous(min: number, max: number, scaling: Scaling = "Auto"): ContinuousRange {
  return { kind: "continuous", min, max, scaling };
}

/** One of the values. */
export function categorical(values: readonly (string | number | boolean)[]): CategoricalRange {
  return { kind: "categorical", values };
}

/** `ParameterRanges` of the API: bounds are text there. */
export function parameterRanges(ranges: Readonly<Record<string, ParameterRange>>) {
  const entries = Object.entries(ranges);
  const bounded = (kind: "integer" | "continuous") =>
    entries.flatMap(([Name, range]) =>
      range.kind === kind
        ? [{ Name, MinValue: String(range.min), MaxValue: String(range.max), ScalingType: range.scaling }]
        : [],
    );
  const choices = entries.flatMap(([Name, range]) =>
    range.kind === "categorical" ? [{ Name, Values: range.values.map(String) }] : [],
  );
  return {
    IntegerParameterRanges: unlessEmpty(bounded("integer")),
    ContinuousParameterRanges: unlessEmpty(bounded("continuous")),
    CategoricalParameterRanges: unlessEmpty(choices),
  };
}

function unlessEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}
