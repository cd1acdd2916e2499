import { type PathSegment, parsePath } from "./path";

/** What the text of a `Get` refers to. */
export type ParsedReference =
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "execution"; readonly variable: string }
  | { readonly kind: "experiment"; readonly member: string }
  | { readonly kind: "step"; readonly step: string; readonly path: readonly PathSegment[] }
  /** `ForEach.CurrentItem`, with the path into it. */
  | { readonly kind: "item"; readonly path: readonly PathSegment[] }
  /** `IterationOutput.<body step>`, in a ForEach selector. */
  | { readonly kind: "iteration"; readonly step: string; readonly path: readonly PathSegment[] }
  | { readonly kind: "unknown"; readonly text: string };

/**
 * Reads the text of a `Get`. Never throws: a text of no known form is `unknown`.
 * @example parseReference("Steps.Tune.TrainingJobSummaries[0].TrainingJobName")
 * // { kind: "step", step: "Tune", path: ["TrainingJobSummaries", 0, "TrainingJobName"] }
 */
export function parseReference(text: string): ParsedReference {
  const unknown: ParsedReference = { kind: "unknown", text };
  const [, root, rest] = /^([A-Za-z]+)\.(.+)$/s.exec(text) ?? [];
  if (root === undefined || rest === undefined) return unknown;
  if (root === "Parameters") return { kind: "parameter", name: rest };
  if (root === "Execution") return { kind: "execution", variable: rest };
  if (root === "PipelineExperimentConfig") return { kind: "experiment", member: rest };
  const path = parsePath(rest);
  const [head, ...tail] = path ?? [];
  if (typeof head !== "string") return unknown;
  if (root === "Steps") return { kind: "step", step: head, path: tail };
  if (root === "IterationOutput") return { kind: "iteration", step: head, path: tail };
  if (root === "ForEach" && head === "CurrentItem") return { kind: "item", path: tail };
  return unknown;
}
