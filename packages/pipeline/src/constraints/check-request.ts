import { checkShape, type StandsIn } from "./check-shape";
import { requestShape, type Shape } from "./table";
import type { Violation } from "./violation";

/** How a request is checked. */
export interface CheckOptions {
  /** Values that stand for another one and are not looked into, such as expressions of a pipeline. @default none */
  readonly standsIn?: StandsIn;
  /** Members of the request that need not be there, because somebody else sets them. @default none */
  readonly setByOthers?: readonly string[];
}

/**
 * Compares a request with AWS's service model. Returns every violation; none for an operation that the table does not
 * have (`checkedOperations()` lists those it has).
 */
export function checkRequest(operation: string, input: unknown, options: CheckOptions = {}): Violation[] {
  const shape = requestShape(operation);
  if (shape === undefined) return [];
  const ours = new Set(options.setByOthers);
  const root: Shape = ours.size ? { ...shape, r: shape.r?.filter((name) => !ours.has(name)) ?? [] } : shape;
  const found: Violation[] = [];
  checkShape(root, { value: input ?? {}, path: "" }, { found, standsIn: options.standsIn ?? (() => false) });
  return found;
}
