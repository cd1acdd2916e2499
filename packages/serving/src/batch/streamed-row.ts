import type { Problem } from "../app/problem";

/** One row of a streamed batch: what was sent, or why it cannot be read. */
export type StreamedRow =
  | { readonly line: number; readonly row: unknown }
  | { readonly line: number; readonly fields: readonly string[]; readonly ids: readonly string[] }
  | { readonly line: number; readonly problem: Problem };
