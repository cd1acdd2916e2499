/** How much each feature moved one prediction: `base + Σ contributions = value`. */
export interface Decomposition {
  readonly value: number;
  readonly base: number;
  /** One contribution per model feature. */
  readonly contributions: Float64Array;
}

/** A fitted estimator over encoded features, which are laid out row after row. */
export interface Model {
  /**
   * Brings `rows` rows of features to the precision the estimator works in, in place.
   *
   * @returns the first row that scikit-learn would refuse, or -1.
   */
  prepare(features: Float64Array, rows: number): number;
  /** Writes the values of prepared rows to `out`, starting at `start`. */
  score(features: Float64Array, rows: number, out: Float64Array, start: number): void;
  /** Splits one prepared row's value into a base and additive contributions. */
  explain(features: Float64Array): Decomposition;
}

/** The most rows that a model is given at once. */
export const BLOCK_ROWS = 1024;
