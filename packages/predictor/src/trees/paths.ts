import type { TreeStructure } from "./structure";

/**
 * What climbing from a leaf to its root needs, 16 bytes per node so that one cache line serves each step: how much the
 * node moves what the tree expects, its parent, and the feature the parent splits on.
 */
export interface Paths {
  /** Element `2 * node` is the node's value minus its parent's (a root: 0). */
  readonly steps: Float64Array;
  /** The same memory: element `4 * node + 2` is the parent (a root: itself), `4 * node + 3` its feature. */
  readonly links: Int32Array;
  /** The sum of what the trees expect before the first split. */
  readonly rootSum: number;
  /** Steps from each tree's deepest leaf to its root. */
  readonly levels: Int32Array;
  /** A root, where a walk that has nothing to do may stay. */
  readonly rest: number;
}

/** Turns the trees round, from children to parents. */
export function readPaths({ left, feature, value, roots, levels }: TreeStructure): Paths {
  const steps = new Float64Array(2 * left.length);
  const links = new Int32Array(steps.buffer);
  for (let node = 0; node < left.length; node++) {
    const first = left[node] as number;
    if (first === node) continue;
    for (const child of [first, first + 1]) {
      steps[2 * child] = (value[child] as number) - (value[node] as number);
      links[4 * child + 2] = node;
      links[4 * child + 3] = feature[node] as number;
    }
  }
  let rootSum = 0;
  for (const root of roots) {
    rootSum += value[root] as number;
    links[4 * root + 2] = root;
  }
  return { steps, links, rootSum, levels, rest: roots[0] ?? 0 };
}
