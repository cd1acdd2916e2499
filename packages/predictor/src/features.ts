import type { Encoding } from "./document";

/** One model feature: an element of a transformed row. */
export interface PredictorFeature {
  /**
   * As scikit-learn's `get_feature_names_out` names it where names are not prefixed (`verbose_feature_names_out=False`): the
   * column, for a category `column_category`.
   */
  readonly name: string;
  /** The input column it is made of. */
  readonly column: string;
}

/** The features that encodings make, in the order of a transformed row. */
export function featuresOf(encodings: readonly Encoding[]): PredictorFeature[] {
  return encodings.flatMap((encoding) => {
    const { column } = encoding;
    if (encoding.kind === "number") return [{ name: column, column }];
    return encoding.categories
      .filter((_, position) => position !== encoding.dropped)
      .map((category) => ({ name: `${column}_${category}`, column }));
  });
}
