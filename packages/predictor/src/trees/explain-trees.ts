import type { TreesDescription } from "../document";
import { applyLink } from "../link";
import { linkContributions } from "../link-contributions";
import type { Decomposition } from "../model";
import type { TreeStructure } from "./structure";

/**
 * Splits one row's value along the path it takes through each tree: every split moves what the tree expects by the
 * difference between the child taken and the node, and that difference belongs to the split's feature.
 *
 * @see Saabas, "Interpreting random forests" (2014), http://blog.datadive.net/interpreting-random-forests/;
 *   Palczewska et al., "Interpreting random forest models using a feature contribution method" (2013)
 */
export function explainTrees(
  trees: TreeStructure,
  { combine, base: offset, link }: TreesDescription,
  features: Float64Array,
): Decomposition {
  const { feature, threshold, left, value, missingLeft, roots } = trees;
  const contributions = new Float64Array(features.length);
  let base = offset;
  for (let tree = 0; tree < roots.length; tree++) {
    let node = roots[tree] as number;
    let expected = value[node] as number;
    base += expected;
    for (;;) {
      const first = left[node] as number;
      if (first === node) break;
      const split = feature[node] as number;
      const x = features[split] as number;
      const goesRight = !Number.isNaN(x) ? x > (threshold[node] as number) : missingLeft[node] === 0;
      node = goesRight ? first + 1 : first;
      const next = value[node] as number;
      contributions[split] = (contributions[split] as number) + next - expected;
      expected = next;
    }
  }
  if (combine === "mean") {
    base /= roots.length;
    for (let index = 0; index < contributions.length; index++) {
      contributions[index] = (contributions[index] as number) / roots.length;
    }
  }
  linkContributions(link, base, contributions);
  return { base: applyLink(link, base), contributions };
}
