/** Rules of the service model. */
export type ViolationCode =
  | "required"
  | "unknown_member"
  | "type"
  | "enum"
  | "pattern"
  | "min_length"
  | "max_length"
  | "min_items"
  | "max_items"
  | "min_value"
  | "max_value"
  | "union";

/** One place where a request breaks the service model. */
export interface Violation {
  /** From the request: `ProductionVariants[0].ModelName`. */
  readonly path: string;
  readonly code: ViolationCode;
  /** What was received; undefined for a missing member. */
  readonly value: unknown;
  /** The rule in AWS's words: `Member must have length less than or equal to 63`. */
  readonly constraint: string;
  /** The rule in ours, with a remedy. */
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}
