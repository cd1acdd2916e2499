import type { CanonicalRow } from "@sagewright/contract";
import type { Explanation } from "@sagewright/predictor";

/** Where a model runs: in the API's own process, behind a real-time endpoint, behind a serverless one. */
export type BackendKind = "embedded" | "endpoint" | "serverless";

/** What answers predictions behind the API. A row it gets has passed the contract. */
export interface Backend {
  readonly kind: BackendKind;
  /** Probability of the positive class, or the value of a regression. */
  predict(row: CanonicalRow): number | Promise<number>;
  /** A prediction with the contribution of every column. @default the backend cannot explain; answers have no drivers */
  readonly explain?: (row: CanonicalRow) => Explanation | Promise<Explanation>;
  /** How many rows of a batch are worth asking for before the first is answered. @default 1 */
  readonly rowsAtOnce?: number;
  /**
   * Whether a prediction would be answered now.
   *
   * @throws when it would not; the message may be shown to operators.
   */
  ready(): Promise<void>;
}
