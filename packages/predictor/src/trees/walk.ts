import type { TreeStructure } from "./structure";

/** The leaf that a row reaches in one tree; a missing value goes the way the tree learnt for it. */
export function findLeaf(trees: TreeStructure, tree: number, features: Float64Array): number {
  const { feature, threshold, left, missingLeft, roots } = trees;
  let node = roots[tree] as number;
  for (;;) {
    const first = left[node] as number;
    if (first === node) return node;
    const value = features[feature[node] as number] as number;
    const goesRight = Number.isNaN(value) ? missingLeft[node] === 0 : value > (threshold[node] as number);
    node = goesRight ? first + 1 : first;
  }
}
