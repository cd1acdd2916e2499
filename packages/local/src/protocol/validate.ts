import { validationException } from "../errors";

/** One way in which an input breaks the service model. */
export interface Violation {
  /** As the service writes it: `productionVariants.1.member.modelName`. */
  path: string;
  /** `Member must have length less than or equal to 63`. */
  constraint: string;
  /** What was received; undefined prints as null. */
  value: unknown;
}

/**
 * Renders violations in the services' own grammar and throws them.
 * @throws ServiceError ValidationException, when there is any violation
 */
export function refuseViolations(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  const count = violations.length === 1 ? "1 validation error" : `${violations.length} validation errors`;
  const items = violations.map(
    ({ path, constraint, value }) => `Value ${printed(value)} at '${path}' failed to satisfy constraint: ${constraint}`,
  );
  throw validationException(`${count} detected: ${items.join("; ")}`);
}

function printed(value: unknown): string {
  if (value === undefined || value === null) return "null";
  return `'${typeof value === "object" ? JSON.stringify(value) : String(value)}'`;
}
