import type { Graph, GraphEdge, GraphNode } from "@sagewright/pipeline";

const branchWords = { if: "then", else: "else", body: "each" } as const;

/** A pipeline as a Mermaid flowchart, as GitHub and most wikis draw it. */
export function mermaid({ nodes, edges }: Graph): string[] {
  const ids = idsOf(nodes);
  const box = ({ name, type }: GraphNode) => {
    const text = `"${name}<br/>${type}"`;
    return `  ${ids.get(name)}${type === "Condition" ? `{${text}}` : `[${text}]`}`;
  };
  const arrow = (edge: GraphEdge) => {
    const word = labelOf(edge);
    const line = edge.kind === "data" ? "-->" : "-.->";
    return `  ${ids.get(edge.from)} ${line}${word === undefined ? "" : `|${word}|`} ${ids.get(edge.to)}`;
  };
  return ["flowchart TD", ...nodes.map(box), ...edges.map(arrow)];
}

/** A pipeline in Graphviz's language. */
export function dot({ nodes, edges }: Graph, name: string): string[] {
  const quoted = (text: string) => JSON.stringify(text);
  const box = (node: GraphNode) => {
    const shape = node.type === "Condition" ? "diamond" : "box";
    return `  ${quoted(node.name)} [label=${quoted(`${node.name}\n${node.type}`)}, shape=${shape}];`;
  };
  const arrow = (edge: GraphEdge) => {
    const word = labelOf(edge);
    const marks = [
      ...(word === undefined ? [] : [`label=${quoted(word)}`]),
      ...(edge.kind === "data" ? [] : ["style=dashed"]),
    ];
    return `  ${quoted(edge.from)} -> ${quoted(edge.to)}${marks.length === 0 ? "" : ` [${marks.join(", ")}]`};`;
  };
  return [`digraph ${quoted(name)} {`, "  rankdir=TB;", ...nodes.map(box), ...edges.map(arrow), "}"];
}

function labelOf({ branch, trigger }: GraphEdge): string | undefined {
  if (branch !== undefined) return branchWords[branch];
  return trigger === "Completed" ? undefined : trigger;
}

/** Names may hold what Mermaid reads as syntax (`end`, hyphens), so boxes are numbered. */
function idsOf(nodes: readonly GraphNode[]): Map<string, string> {
  return new Map(nodes.map(({ name }, index) => [name, `s${index}`]));
}
