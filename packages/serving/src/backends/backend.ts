import type { CanonicalRow } from "@sagewright/contract";
import type { Explanation } from "@sagewright/predictor";

/** What answers predictions behind the API. A row it gets has passed the contract. */
export interface Backend {
  readonly kind: "embedded" | "endpoint";
  /** Probability of the positive class, or the value of a regression. */
  predict(row: CanonicalRow): number | Promise<number>;
  /** A prediction with the contribution of every column. @default the backend cannot explain; answers have no drivers */
  readonly explain?: (row: CanonicalRow) => Explanation | Promise<Explanation>;
  /**
   * Whether a prediction would be answered now.
   *
   * @throws when it would not; the message may be shown to operators.
   */
  ready(): Promise<void>;
}
