import { graph, parseDefinition } from "@sagewright/pipeline";
import type { CommandContext } from "../command";
import { definitionOf } from "./definition-source";
import { dot, mermaid } from "./graph-languages";
import { graphText, levelsOf } from "./graph-text";

/** `sagewright graph`: a pipeline's steps and what each waits for. */
export function graphCommand(
  { output, options, cwd }: CommandContext<{ contract?: string; format: string }>,
  word: string,
): undefined {
  const { contract, format } = options;
  const { name, json } = definitionOf(cwd, word, contract === undefined ? {} : { contract });
  const drawn = graph(parseDefinition(json));
  const levels = levelsOf(drawn);
  output.document({
    pipeline: name,
    steps: drawn.nodes.map((node) => ({
      name: node.name,
      type: node.type,
      level: levels.get(node.name) ?? null,
      parent: node.parent ?? null,
    })),
    edges: drawn.edges,
    cycles: drawn.cycles,
  });
  const lines = format === "mermaid" ? mermaid(drawn) : format === "dot" ? dot(drawn, name) : graphText(drawn);
  for (const line of lines) output.line(line);
}
