/** How much each feature moved one prediction: `base + Σ contributions = value`. */
export interface Decomposition {
  readonly base: number;
  /** One contribution per model feature. */
  readonly contributions: Float64Array;
}

/** A fitted estimator over encoded features. */
export interface Model {
  /**
   * Scores `rows` rows of features laid out row after row.
   *
   * @returns the index of the first row that scikit-learn would refuse, or -1. Its value is then meaningless.
   */
  score(features: Float64Array, rows: number, out: Float64Array, outOffset: number): number;
  /** Splits one row's value into a base and additive contributions. */
  explain(features: Float64Array): Decomposition;
}
