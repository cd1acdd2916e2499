import type { Graph, GraphNode } from "@sagewright/pipeline";

const WIDTH = 80;
const branchWords = { if: "then", else: "else", body: "each" } as const;

/**
 * A pipeline as a person reads it from top to bottom: steps with one number may run at the same time, `◄` names what each
 * waits for, and the branches of a condition stand below it.
 */
export function graphText(graph: Graph): string[] {
  const levels = levelsOf(graph);
  const rows = branchRows(graph, undefined, "");
  const nameWidth = Math.max(0, ...rows.map(({ lead, node }) => lead.length + node.name.length));
  const typeWidth = Math.max(0, ...rows.map(({ node }) => node.type.length));
  const numberWidth = String(Math.max(0, ...levels.values())).length;
  return [
    ...rows.flatMap(({ lead, below, node }) => {
      const level = String(levels.get(node.name) ?? "").padStart(numberWidth);
      const head = `${level}  ${(lead + node.name).padEnd(nameWidth)}  ${node.type.padEnd(typeWidth)}`;
      const next = `${" ".repeat(numberWidth)}  ${below}`.padEnd(head.length);
      return wrapped(head, next, waitsFor(graph, node));
    }),
    ...graph.cycles.map((cycle) => `cycle: ${[...cycle, cycle[0]].join(" → ")}`),
  ];
}

/** Longest way to each step; those with the same number do not wait for each other. */
export function levelsOf({ order, edges }: Graph): Map<string, number> {
  const levels = new Map<string, number>();
  for (const name of order) {
    const before = edges.filter(({ to }) => to === name).map(({ from }) => levels.get(from) ?? 0);
    levels.set(name, Math.max(0, ...before) + 1);
  }
  return levels;
}

interface Row {
  /** Drawn before the step's name. */
  lead: string;
  /** Drawn under it, where its line goes on. */
  below: string;
  node: GraphNode;
}

function branchRows(graph: Graph, holder: string | undefined, margin: string): Row[] {
  const place = new Map([...graph.order, ...graph.cycles.flat()].map((name, index) => [name, index]));
  const here = graph.nodes.filter(({ parent }) => parent?.step === holder);
  if (holder === undefined) here.sort((a, b) => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0));
  return here.flatMap((node, index) => {
    const last = index === here.length - 1;
    const word = node.parent === undefined ? "" : `${last ? "└" : "├"}─ ${branchWords[node.parent.branch]} `;
    const inner = node.parent === undefined ? margin : `${margin}${last ? " " : "│"}  `;
    return [{ lead: margin + word, below: inner, node }, ...branchRows(graph, node.name, inner)];
  });
}

function waitsFor({ edges }: Graph, { name, parent }: GraphNode): string[] {
  const into = edges.filter(({ to, kind, from }) => to === name && kind !== "branch" && from !== parent?.step);
  const words = into.map(({ from, trigger }) => (trigger === "Completed" ? from : `${from} (${trigger})`));
  return [...new Set(words)];
}

function wrapped(head: string, next: string, names: readonly string[]): string[] {
  if (names.length === 0) return [head.trimEnd()];
  const lines: string[] = [];
  let line = `${head}  ◄`;
  names.forEach((name, index) => {
    const word = ` ${name}${index < names.length - 1 ? "," : ""}`;
    const full = line.length + word.length > WIDTH && !line.endsWith("◄");
    if (full) lines.push(line);
    line = full ? `${next}   ${word}` : line + word;
  });
  return [...lines, line];
}
