import { PredictorFormatError } from "../errors";
import type { Tensor, TensorData } from "../safetensors";

/** Decision trees in flat arrays; nodes are numbered across all trees, each tree breadth first. */
export interface TreeStructure {
  /** Feature of each split; 0 for leaves. */
  readonly feature: Int32Array;
  /** Go left when the value is at most this; `Infinity` for leaves, so that every walk stays there. */
  readonly threshold: Float64Array;
  /** First child; the second lies beside it. A leaf points to itself. */
  readonly left: Int32Array;
  /** What the tree predicts at each node, splits included. */
  readonly value: Float64Array;
  /** 1 where a missing value goes left. */
  readonly missingLeft: Uint8Array;
  /** First node of each tree. */
  readonly roots: Int32Array;
  /** Number of splits on the longest path of each tree. */
  readonly levels: Int32Array;
}

/**
 * Rebuilds the trees from a file's tensors. Breadth-first order makes the children implicit: those of a tree's k-th
 * split are its nodes 1 + 2k and 2 + 2k. A child always comes after its parent, so no walk can go in circles.
 *
 * @throws {@link PredictorFormatError} when the tensors do not describe trees over `features` features.
 */
export function readTrees(tensors: ReadonlyMap<string, Tensor>, features: number, compare: string): TreeStructure {
  const sizes = vector(tensors, "tree.nodes", Int32Array);
  const feature = vector(tensors, "tree.feature", Int32Array);
  const nodes = feature.length;
  const stored: Float32Array | Float64Array =
    compare === "float32"
      ? vector(tensors, "tree.threshold", Float32Array, nodes)
      : vector(tensors, "tree.threshold", Float64Array, nodes);
  const value = vector(tensors, "tree.value", Float64Array, nodes);
  const missingLeft = vector(tensors, "tree.missing_left", Uint8Array, nodes);
  if (sizes.length === 0) throw new PredictorFormatError("tree.nodes", "names no tree");
  if (!value.every(Number.isFinite)) throw new PredictorFormatError("tree.value", "holds a value that is not finite");
  const threshold = Float64Array.from(stored);
  const left = new Int32Array(nodes);
  const roots = new Int32Array(sizes.length);
  const levels = new Int32Array(sizes.length);
  let root = 0;
  for (let tree = 0; tree < sizes.length; tree++) {
    const size = sizes[tree] ?? 0;
    if (size < 1 || root + size > nodes) {
      throw new PredictorFormatError("tree.nodes", `tree ${tree} of ${size} nodes does not fit into ${nodes}`);
    }
    roots[tree] = root;
    levels[tree] = linkTree({ feature, threshold, left }, root, size, features);
    root += size;
  }
  if (root !== nodes) throw new PredictorFormatError("tree.nodes", `${nodes - root} nodes belong to no tree`);
  return { feature, threshold, left, value, missingLeft, roots, levels };
}

function linkTree(
  { feature, threshold, left }: Pick<TreeStructure, "feature" | "threshold" | "left">,
  root: number,
  size: number,
  features: number,
): number {
  const level = new Int32Array(size);
  let next = 1;
  let deepest = 0;
  for (let node = 0; node < size; node++) {
    const at = root + node;
    const split = feature[at] ?? -1;
    if (node >= next) throw new PredictorFormatError("tree.feature", `node ${at} has no parent`);
    if (split === -1) {
      feature[at] = 0;
      threshold[at] = Infinity;
      left[at] = at;
      continue;
    }
    if (split < 0 || split >= features) {
      throw new PredictorFormatError("tree.feature", `node ${at} splits on feature ${split} of ${features}`);
    }
    if (Number.isNaN(threshold[at])) throw new PredictorFormatError("tree.threshold", `node ${at} has none`);
    if (next + 1 >= size) throw new PredictorFormatError("tree.feature", `node ${at} has no children`);
    left[at] = root + next;
    deepest = (level[node] ?? 0) + 1;
    level[next] = deepest;
    level[next + 1] = deepest;
    next += 2;
  }
  if (next !== size) throw new PredictorFormatError("tree.nodes", `${size - next} nodes have no parent`);
  return deepest;
}

/**
 * A tensor that must be there, one-dimensional and of one element type.
 *
 * @throws {@link PredictorFormatError} when it is not.
 */
function vector<Data extends TensorData>(
  tensors: ReadonlyMap<string, Tensor>,
  name: string,
  type: abstract new (...args: never[]) => Data,
  length?: number,
): Data {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new PredictorFormatError(name, "is missing");
  if (!(tensor.data instanceof type)) throw new PredictorFormatError(name, `is not of type ${type.name}`);
  if (tensor.shape.length !== 1) throw new PredictorFormatError(name, "is not one-dimensional");
  if (length !== undefined && tensor.data.length !== length) {
    throw new PredictorFormatError(name, `has ${tensor.data.length} elements, not ${length}`);
  }
  return tensor.data;
}
