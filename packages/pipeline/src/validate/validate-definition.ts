import type { Issue } from "../issue";
export function validateDefinition(_definition: unknown): Issue[] {
  return [];
}
