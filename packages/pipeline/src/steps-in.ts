import { expressionKey, isExpression } from "./expressions/expression";
import type { Step } from "./step";

/** Steps whose results a template uses, each once, in order of first use. */
export function stepsIn(template: unknown): Step[] {
  const found = new Set<Step>();
  visit(template, found);
  return [...found];
}

function visit(value: unknown, found: Set<Step>): void {
  if (typeof value !== "object" || value === null) return;
  if (isExpression(value)) {
    for (const step of value[expressionKey].steps) found.add(step);
    return;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype && !Array.isArray(value)) return;
  for (const member of Object.values(value)) visit(member, found);
}
