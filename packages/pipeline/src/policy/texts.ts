import type { Json, PipelineDefinition } from "../definition";
import { child } from "../issue";
import { parseReference } from "../reading/parse-reference";
import { isExpressionForm, isGet } from "../reading/references";

/** A text of a definition, literal or put together at run time, and where it is. */
export interface FoundText {
  readonly path: string;
  readonly value: Json;
  /** For messages: the text, or the expression as JSON. */
  readonly text: string;
}

/** Every text of the steps: literals, and expressions as a whole. What begins with a result of a step is left out. */
export function textsIn(definition: PipelineDefinition): FoundText[] {
  const found: FoundText[] = [];
  collect(definition.Steps as unknown as Json, "Steps", found);
  return found;
}

function collect(value: Json, path: string, found: FoundText[]): void {
  if (typeof value === "string") found.push({ path, value, text: value });
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collect(item as Json, child(path, index), found);
  } else if (isExpressionForm(value)) {
    if (beginsAtStep(value as Json)) return;
    found.push({ path, value, text: JSON.stringify(value) });
  } else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) collect(member as Json, child(path, key), found);
  }
}

function beginsAtStep(value: Json | undefined): boolean {
  if (isGet(value)) return parseReference(value.Get).kind === "step";
  const join = joinIn(value);
  return join !== undefined && beginsAtStep(join.Values?.[0]);
}

function joinIn(value: Json | undefined): { On?: Json; Values?: Json[] } | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const join = value["Std:Join"];
  return typeof join === "object" && join !== null && !Array.isArray(join) ? (join as { Values?: Json[] }) : undefined;
}

/**
 * A text as far as it is known before a start: up to the first part that only an execution has. `whole` says that nothing
 * is missing.
 */
export function known(
  value: Json,
  parameters: Readonly<Record<string, Json | undefined>>,
): { text: string; whole: boolean } {
  if (typeof value !== "object") return { text: String(value), whole: true };
  if (isGet(value)) {
    const reference = parseReference(value.Get);
    const given = reference.kind === "parameter" ? parameters[reference.name] : undefined;
    return given === undefined ? { text: "", whole: false } : { text: String(given), whole: true };
  }
  const join = joinIn(value);
  if (join === undefined) return { text: "", whole: false };
  let text = "";
  for (const [index, part] of (join.Values ?? []).entries()) {
    const next = known(part, parameters);
    text += (index > 0 ? String(join.On ?? "") : "") + next.text;
    if (!next.whole) return { text, whole: false };
  }
  return { text, whole: true };
}
