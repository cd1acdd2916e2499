/** A span of event time, in UTC. */
export interface Window {
  /** ISO 8601, inclusive. */
  readonly from: string;
  /** ISO 8601, exclusive. */
  readonly to: string;
}

/** Which model answered, and how often. */
export interface ModelShare {
  readonly modelVersion: string;
  readonly rows: number;
  /** Event time of the first and the last prediction, ISO 8601. */
  readonly first: string;
  readonly last: string;
}
