import type { StepDefinition } from "../definition";
import type { Trigger } from "../step";
import { allSteps, branchMembers, type PlacedStep } from "./nested-steps";
import { references } from "./references";

/** A step in the graph. */
export interface GraphNode {
  readonly name: string;
  readonly type: string;
  readonly step: StepDefinition;
  /** Path in the definition. */
  readonly path: string;
  /** The condition or loop that holds the step. */
  readonly parent?: { readonly step: string; readonly branch: Branch };
}

/** Which part of its holder a step is in. */
export type Branch = "if" | "else" | "body";

/** `to` waits for `from`. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** A value is used; an extra dependency; or a branch is entered. */
  readonly kind: "data" | "dependsOn" | "branch";
  /** How `from` has to end. */
  readonly trigger: Trigger;
  /** For branch edges: which one. */
  readonly branch?: Branch;
}

/** Steps and their dependencies. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** Names so that each step comes after those it waits for; ties in document order. Steps on a cycle are left out. */
  readonly order: readonly string[];
  /** Names of steps that wait for themselves, round by round. */
  readonly cycles: readonly (readonly string[])[];
}

/** The graph of a definition. Never throws: names that no step has make no edge. */
export function graph(definition: unknown): Graph {
  const placed = allSteps(definition).filter(({ step }) => typeof step.Name === "string");
  const nodes = placed.map(nodeOf);
  const names = new Set(nodes.map(({ name }) => name));
  const edges = unique(placed.flatMap((one) => edgesInto(one)).filter(({ from }) => names.has(from)));
  return { nodes, edges, ...sort([...names], edges) };
}

const branchNames = { IfSteps: "if", ElseSteps: "else", ForEachBody: "body" } as const;

function nodeOf({ step, path, parent }: PlacedStep): GraphNode {
  return {
    name: step.Name,
    type: String(step.Type),
    step,
    path,
    ...(parent && { parent: { step: parent.step, branch: branchNames[parent.member] } }),
  };
}

function edgesInto({ step, parent }: PlacedStep): GraphEdge[] {
  const to = step.Name;
  const extra = Array.isArray(step.DependsOn) ? step.DependsOn.flatMap((entry) => dependsOnEdge(entry, to)) : [];
  // Using a value waits for completion, unless the step says itself how the other one has to end.
  const triggers = new Map(extra.map(({ from, trigger }) => [from, trigger]));
  const data = ownReferences(step).map(
    (from): GraphEdge => ({ from, to, kind: "data", trigger: triggers.get(from) ?? "Completed" }),
  );
  const branch: GraphEdge[] = parent
    ? [{ from: parent.step, to, kind: "branch", trigger: "Completed", branch: branchNames[parent.member] }]
    : [];
  return [...data, ...extra, ...branch];
}

/** Names of the steps that a step itself refers to; steps it holds speak for themselves. */
export function ownReferences(step: StepDefinition): string[] {
  const skip = (path: string) => branchMembers.some((member) => path === `Arguments.${member}`) || path === "DependsOn";
  return references(step, { skip }).flatMap(({ reference }) => (reference.kind === "step" ? [reference.step] : []));
}

function dependsOnEdge(entry: unknown, to: string): GraphEdge[] {
  if (typeof entry === "string") return [{ from: entry, to, kind: "dependsOn", trigger: "Completed" }];
  if (typeof entry !== "object" || entry === null) return [];
  const { Step, Trigger } = entry as { Step?: unknown; Trigger?: unknown };
  if (typeof Step !== "string") return [];
  return [{ from: Step, to, kind: "dependsOn", trigger: (Trigger as Trigger | undefined) ?? "Completed" }];
}

function unique(edges: readonly GraphEdge[]): GraphEdge[] {
  const seen = new Set<string>();
  return edges.filter(({ from, to, kind, trigger }) => {
    const key = JSON.stringify([from, to, kind, trigger]);
    return seen.has(key) ? false : seen.add(key);
  });
}

function sort(names: readonly string[], edges: readonly GraphEdge[]): Pick<Graph, "order" | "cycles"> {
  const needs = new Map<string, Set<string>>(names.map((name) => [name, new Set()]));
  for (const { from, to } of edges) needs.get(to)?.add(from);
  const order: string[] = [];
  const state = new Map<string, "open" | "done" | "cyclic">();
  const cycles: string[][] = [];
  const trail: string[] = [];
  const visit = (name: string): boolean => {
    const known = state.get(name);
    if (known === "open") {
      cycles.push(trail.slice(trail.indexOf(name)));
      return false;
    }
    if (known !== undefined) return known === "done";
    state.set(name, "open");
    trail.push(name);
    const free = [...(needs.get(name) ?? [])].map(visit).every(Boolean);
    trail.pop();
    state.set(name, free ? "done" : "cyclic");
    if (free) order.push(name);
    return free;
  };
  for (const name of names) visit(name);
  return { order, cycles };
}
