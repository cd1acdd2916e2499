import type { Contract } from "@sagewright/contract";
import type { Product } from "@sagewright/sklearn";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import { defects } from "./defects";
import { findProject, pipelineFile } from "./find-project";
import { loadModule } from "./load-module";
import { nearest } from "./nearest";

/** A product with the contract that this command works with. */
export interface ChosenProduct {
  product: Product;
  /** Name of the contract within the product. */
  contractName: string;
  contract: Contract;
  /** The pipeline's file, absolute. */
  file: string;
}

/**
 * Loads `pipelines/NAME/pipeline.ts`.
 *
 * @param name - name under `pipelines/`, or a file
 * @param contractName - @default the product's own default
 * @throws CliError `pipeline_not_found`, `module_invalid`, `product_missing`, `contract_unknown`
 */
export function loadProduct(cwd: string, name: string, contractName?: string): ChosenProduct {
  const file = pipelineFile(findProject(cwd), name, cwd);
  const product = defects(file, () => loadModule(file)).default as Product | undefined;
  if (product === undefined || typeof product.definition !== "function") throw productMissing(file);
  const chosen = contractName ?? product.defaultContract;
  const contract = product.contracts[chosen];
  if (contract === undefined) throw contractUnknown(product, chosen);
  return { product, contractName: chosen, contract, file };
}

/**
 * The pipeline of a product, checked.
 *
 * @throws CliError for anything the file throws, with the line of the user's file
 */
export function chosenDefinition({ product, contract, file }: ChosenProduct): ReturnType<Product["definition"]> {
  return defects(file, () => product.definition(contract));
}

function productMissing(file: string): CliError {
  return new CliError({
    code: "product_missing",
    subject: file,
    message: "the file has no product as its default export",
    fix: "end it with: export default product({ name, contracts, defaultContract, definition })",
    exitCode: exitCodes.invalid,
  });
}

function contractUnknown(product: Product, received: string): CliError {
  const names = Object.keys(product.contracts);
  const meant = nearest(received, names);
  return new CliError({
    code: "contract_unknown",
    subject: "--contract",
    message: `'${received}' is no contract of ${product.name}`,
    why: `it has: ${names.join(", ")}`,
    ...(meant === undefined ? {} : { fix: `did you mean: --contract ${meant}?` }),
    exitCode: exitCodes.usage,
  });
}
