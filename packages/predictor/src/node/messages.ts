import type { PackedColumns } from "./pack-columns";

/** One batch, given to every worker; they share out its rows through `next`. */
export interface ScoringJob {
  readonly id: number;
  readonly rows: number;
  readonly columns: PackedColumns;
  /** The values, in shared memory. */
  readonly out: Float64Array;
  /** One element in shared memory: the first row that no worker has taken yet. */
  readonly next: Int32Array;
}

/** What one worker says when nothing of a batch is left for it. */
export interface ScoringReply {
  readonly id: number;
  /** The row that could not be scored, where there was one. */
  readonly refused?: { readonly column: string; readonly problem: string; readonly row: number };
  /** Any other failure. */
  readonly failure?: string;
}
