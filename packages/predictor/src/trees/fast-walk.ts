import { BLOCK_ROWS } from "../model";
import { Ranks } from "./ranks";
import type { TreeStructure } from "./structure";
import { LANES, OFFSET_BITS, walkModule } from "./wasm-module";
import { type WebAssemblyRuntime, webAssembly } from "./wasm-runtime";

const RANK_LIMIT = 2 ** (31 - OFFSET_BITS) - 1;
const FEATURE_LIMIT = 2 ** OFFSET_BITS / 4;
const MEMORY_LIMIT_BYTES = 2 ** 31 - 2 ** 16;
const PAGE_BYTES = 65536;

type Rows = (
  root: number,
  levels: number,
  codes: number,
  stride: number,
  groups: number,
  sums: number,
  values: number,
) => void;
type Trees = (roots: number, levels: number, groups: number, codes: number, leaves: number) => void;

/** Walks trees without branches, eight walks side by side, over ranks instead of floating-point values. */
export class FastWalk {
  private readonly at: Layout;
  private readonly codes: Int32Array;
  private readonly sums: Float64Array;
  private readonly leaves: Int32Array;
  private readonly functions: { rows: Rows; trees: Trees };

  private constructor(
    private readonly trees: TreeStructure,
    private readonly ranks: readonly Ranks[],
    layout: Layout,
    runtime: WebAssemblyRuntime,
  ) {
    const memory = new runtime.Memory({ initial: Math.ceil(layout.bytes / PAGE_BYTES) });
    const { buffer } = memory;
    this.at = layout;
    this.codes = new Int32Array(buffer, layout.codes, BLOCK_ROWS * ranks.length);
    this.sums = new Float64Array(buffer, layout.sums, BLOCK_ROWS);
    this.leaves = new Int32Array(buffer, layout.leaves, groupsOf(trees.roots.length) * LANES);
    fillNodes(new Int32Array(buffer, layout.nodes, 2 * trees.left.length + 2), trees, ranks, layout.nodes);
    new Float64Array(buffer, layout.values, trees.value.length).set(trees.value);
    fillRoots(buffer, trees, layout);
    const { exports } = new runtime.Instance(new runtime.Module(walkModule()), { e: { m: memory } });
    this.functions = { rows: exports.rows as Rows, trees: exports.trees as Trees };
  }

  /** The fast walk of a forest, or undefined where it is too large for it or WebAssembly is not to be had. */
  static create(trees: TreeStructure, features: number): FastWalk | undefined {
    const layout = layOut(trees, features);
    const runtime = webAssembly();
    if (runtime === undefined || features > FEATURE_LIMIT || layout.bytes > MEMORY_LIMIT_BYTES) {
      return undefined;
    }
    const ranks = rankFeatures(trees, features);
    if (ranks.some(({ length }) => length > RANK_LIMIT)) return undefined;
    try {
      return new FastWalk(trees, ranks, layout, runtime);
    } catch {
      // A content security policy may forbid WebAssembly, or memory may be short: the plain walk gives the same answer.
      return undefined;
    }
  }

  /** Ranks the features of up to `BLOCK_ROWS` rows; false when one of them is missing, which has no rank. */
  load(features: Float64Array, rows: number): boolean {
    const width = this.ranks.length;
    const { codes, ranks } = this;
    for (let feature = 0; feature < width; feature++) {
      const scale = ranks[feature] as Ranks;
      const end = rows * width;
      for (let index = feature; index < end; index += width) {
        const value = features[index] as number;
        if (Number.isNaN(value)) return false;
        codes[index] = scale.rank(value) << OFFSET_BITS;
      }
    }
    return true;
  }

  /** Sums the trees of each loaded row in tree order, starting from `base`; the result is valid until the next call. */
  scoreRows(rows: number, base: number): Float64Array {
    const { roots, levels } = this.trees;
    const { nodes, codes, sums, values } = this.at;
    this.sums.fill(base);
    const stride = this.ranks.length * 4;
    for (let tree = 0; tree < roots.length; tree++) {
      const root = nodes + 8 * (roots[tree] as number);
      const depth = Math.max(levels[tree] as number, 1);
      this.functions.rows(root, depth, codes, stride, groupsOf(rows), sums, values - nodes);
    }
    return this.sums;
  }

  /** The leaf of every tree that the first loaded row reaches, as node numbers. */
  findLeaves(into: Int32Array): void {
    const { roots, levels, codes, leaves, nodes } = this.at;
    this.functions.trees(roots, levels, groupsOf(into.length), codes, leaves);
    for (let tree = 0; tree < into.length; tree++) into[tree] = ((this.leaves[tree] as number) - nodes) >>> 3;
  }
}

/** Byte addresses of the parts of the memory. */
interface Layout {
  readonly values: number;
  readonly sums: number;
  readonly nodes: number;
  readonly codes: number;
  readonly roots: number;
  readonly levels: number;
  readonly leaves: number;
  readonly bytes: number;
}

function layOut(trees: TreeStructure, features: number): Layout {
  const nodes = trees.left.length;
  const groups = groupsOf(trees.roots.length);
  const values = 0;
  const sums = values + 8 * nodes;
  const at = sums + 8 * BLOCK_ROWS;
  const codes = at + 8 * (nodes + 1);
  const roots = codes + 4 * BLOCK_ROWS * features;
  const levels = roots + 4 * LANES * groups;
  const leaves = levels + 4 * groups;
  return { values, sums, nodes: at, codes, roots, levels, leaves, bytes: leaves + 4 * LANES * groups };
}

function groupsOf(count: number): number {
  return Math.ceil(count / LANES);
}

function rankFeatures({ left, feature, threshold }: TreeStructure, features: number): Ranks[] {
  const counts = new Int32Array(features);
  for (let node = 0; node < left.length; node++) {
    if (left[node] !== node) increase(counts, feature[node] as number);
  }
  const thresholds = Array.from(counts, (count) => new Float64Array(count));
  counts.fill(0);
  for (let node = 0; node < left.length; node++) {
    if (left[node] === node) continue;
    const split = feature[node] as number;
    (thresholds[split] as Float64Array)[increase(counts, split)] = threshold[node] as number;
  }
  return thresholds.map((values) => new Ranks(values));
}

/** Adds one and returns what was there before. */
function increase(counts: Int32Array, index: number): number {
  const count = counts[index] as number;
  counts[index] = count + 1;
  return count;
}

function fillNodes(words: Int32Array, trees: TreeStructure, ranks: readonly Ranks[], at: number): void {
  const { left, feature, threshold } = trees;
  const nodes = left.length;
  for (let node = 0; node < nodes; node++) {
    const split = feature[node] as number;
    // A leaf's rank is above any code, so that every walk stays on its first child, which is itself.
    const isLeaf = left[node] === node;
    const rank = isLeaf ? RANK_LIMIT : (ranks[split] as Ranks).rank(threshold[node] as number);
    words[2 * node] = (rank << OFFSET_BITS) | (4 * split);
    words[2 * node + 1] = at + 8 * (left[node] as number);
  }
  // The extra node is a leaf that fills the last group of trees.
  words[2 * nodes] = RANK_LIMIT << OFFSET_BITS;
  words[2 * nodes + 1] = at + 8 * nodes;
}

function fillRoots(buffer: ArrayBuffer, { roots, levels, left }: TreeStructure, at: Layout): void {
  const groups = groupsOf(roots.length);
  const addresses = new Int32Array(buffer, at.roots, groups * LANES);
  const depths = new Int32Array(buffer, at.levels, groups).fill(1);
  addresses.fill(at.nodes + 8 * left.length);
  for (let tree = 0; tree < roots.length; tree++) {
    addresses[tree] = at.nodes + 8 * (roots[tree] as number);
    const group = Math.trunc(tree / LANES);
    depths[group] = Math.max(depths[group] as number, levels[tree] as number);
  }
}
