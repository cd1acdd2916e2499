import type { TreesDescription } from "../document";
import { applyLink } from "../link";
import type { Decomposition, Model } from "../model";
import { explainTrees } from "./explain-trees";
import type { TreeStructure } from "./structure";

/** Random and extra-trees forests (mean of the trees) and gradient boosting (their sum). */
export class TreesModel implements Model {
  constructor(
    private readonly trees: TreeStructure,
    private readonly description: TreesDescription,
    private readonly features: number,
  ) {}

  score(features: Float64Array, rows: number, out: Float64Array, outOffset: number): number {
    const { combine, compare, base, link } = this.description;
    const { feature, threshold, left, value, missingLeft, roots } = this.trees;
    const width = this.features;
    let refused = -1;
    for (let row = 0; row < rows; row++) {
      const start = row * width;
      if (compare === "float32" && !roundToFloat32(features, start, width) && refused < 0) refused = row;
      let sum = base;
      for (let tree = 0; tree < roots.length; tree++) {
        let node = roots[tree] as number;
        for (;;) {
          const first = left[node] as number;
          if (first === node) break;
          const x = features[start + (feature[node] as number)] as number;
          const goesRight = !Number.isNaN(x) ? x > (threshold[node] as number) : missingLeft[node] === 0;
          node = goesRight ? first + 1 : first;
        }
        sum += value[node] as number;
      }
      out[outOffset + row] = applyLink(link, combine === "mean" ? sum / roots.length : sum);
    }
    return refused;
  }

  explain(features: Float64Array): Decomposition {
    if (this.description.compare === "float32") roundToFloat32(features, 0, this.features);
    return explainTrees(this.trees, this.description, features);
  }
}

/** scikit-learn's forests compare float32 values, and refuse what does not fit one. */
function roundToFloat32(features: Float64Array, start: number, width: number): boolean {
  let fits = true;
  for (let index = start; index < start + width; index++) {
    const rounded = Math.fround(features[index] as number);
    features[index] = rounded;
    if (rounded === Infinity || rounded === -Infinity) fits = false;
  }
  return fits;
}
