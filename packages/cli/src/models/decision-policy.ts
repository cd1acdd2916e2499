import { findProject } from "../project/find-project";
import { loadProduct } from "../project/product";

/** The decision policy of the product that a model group is named after, if the project at hand has one. */
export function policyOf(cwd: string, group: string): unknown {
  return findProject(cwd).pipelines.includes(group) ? loadProduct(cwd, group).product.policy : undefined;
}
