import type { Step } from "./step";

let current: Set<Step> | undefined;

/** Records a new step, so that a pipeline can name the steps it made and never used. */
export function noteCreated(step: Step): void {
  current?.add(step);
}

/** Runs a pipeline's function. Returns its result and the steps that were made meanwhile. */
export function collectCreated<R>(build: () => R): { result: R; created: ReadonlySet<Step> } {
  const outer = current;
  const created = new Set<Step>();
  current = created;
  try {
    return { result: build(), created };
  } finally {
    current = outer;
  }
}
