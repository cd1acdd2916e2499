import type { TreesDescription } from "../document";
import { applyLink } from "../link";
import type { Decomposition, Model } from "../model";
import { explainLeaves } from "./explain-leaves";
import { FastWalk } from "./fast-walk";
import { type Paths, readPaths } from "./paths";
import type { TreeStructure } from "./structure";
import { findLeaf } from "./walk";

/** Rows after which ranking all thresholds has paid for itself; a process that scores fewer never does it. */
const ROWS_WORTH_RANKING = 512;

/** Random and extra-trees forests (mean of the trees) and gradient boosting (their sum). */
export class TreesModel implements Model {
  private readonly leaves: Int32Array;
  private rowsScored = 0;
  private fastWalk: FastWalk | undefined;
  private paths: Paths | undefined;

  constructor(
    private readonly trees: TreeStructure,
    private readonly description: TreesDescription,
    private readonly features: number,
  ) {
    this.leaves = new Int32Array(trees.roots.length);
  }

  prepare(features: Float64Array, rows: number): number {
    if (this.description.compare === "float64") return -1;
    // scikit-learn's forests compare float32 values, and refuse what does not fit one.
    let refused = -1;
    for (let index = rows * this.features - 1; index >= 0; index--) {
      const rounded = Math.fround(features[index] as number);
      features[index] = rounded;
      if (rounded === Infinity || rounded === -Infinity) refused = Math.trunc(index / this.features);
    }
    return refused;
  }

  score(features: Float64Array, rows: number, out: Float64Array, start: number): void {
    const fast = this.fast(rows);
    if (rows > 1 && fast?.load(features, rows)) {
      const sums = fast.scoreRows(rows, this.description.base);
      for (let row = 0; row < rows; row++) out[start + row] = this.value(sums[row] as number);
      return;
    }
    for (let row = 0; row < rows; row++) {
      this.findLeaves(features.subarray(row * this.features, (row + 1) * this.features));
      out[start + row] = this.sumLeaves();
    }
  }

  explain(features: Float64Array): Decomposition {
    this.fast(1);
    this.findLeaves(features);
    const value = this.sumLeaves();
    this.paths ??= readPaths(this.trees);
    return { value, ...explainLeaves(this.paths, this.description, this.leaves, this.features) };
  }

  /** Counts rows, and ranks the thresholds when there have been enough of them. */
  private fast(rows: number): FastWalk | undefined {
    const before = this.rowsScored;
    this.rowsScored += rows;
    if (before < ROWS_WORTH_RANKING && this.rowsScored >= ROWS_WORTH_RANKING) {
      this.fastWalk = FastWalk.create(this.trees, this.features);
    }
    return this.fastWalk;
  }

  private findLeaves(features: Float64Array): void {
    const { leaves, trees, fastWalk } = this;
    if (fastWalk?.load(features, 1)) {
      fastWalk.findLeaves(leaves);
    } else {
      for (let tree = 0; tree < leaves.length; tree++) leaves[tree] = findLeaf(trees, tree, features);
    }
  }

  private sumLeaves(): number {
    const { value } = this.trees;
    let sum = this.description.base;
    for (const leaf of this.leaves) sum += value[leaf] as number;
    return this.value(sum);
  }

  private value(sum: number): number {
    const { combine, link } = this.description;
    return applyLink(link, combine === "mean" ? sum / this.leaves.length : sum);
  }
}
