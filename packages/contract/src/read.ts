import { type Contract, contractFrom } from "./contract";
import { ContractError } from "./errors";
import { CONTRACT_FORMAT } from "./schema/format";
import { shown } from "./text";

/** One reader per format number: turns that format's data into format 1's. */
const READERS: Readonly<Record<number, (json: Record<string, unknown>) => unknown>> = {
  1: (json) => json,
};

/**
 * Reads contract.json, of this format or any older one.
 *
 * @param source the file's text, or the data already parsed.
 * @throws {@link ContractError} `contract_unreadable` when it is no JSON object, `contract_format_newer` when a newer
 *   release wrote it, `contract_format_unknown` for a number that never existed, and `contract_invalid` with every
 *   problem otherwise.
 */
export function readContract(source: string | object): Contract {
  const json = typeof source === "string" ? parse(source) : source;
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new ContractError(
      "contract_unreadable",
      `contract.json: ${shown(json)} is not a contract. Give a JSON object.`,
    );
  }
  const data: Record<string, unknown> = { ...json };
  const { format } = data;
  const reader = typeof format === "number" ? READERS[format] : undefined;
  if (reader !== undefined) return contractFrom(reader(data));
  if (typeof format === "number" && format > CONTRACT_FORMAT) {
    const message = `contract.json: format ${format} was written by a newer Sagewright; this one reads formats up to ${CONTRACT_FORMAT}. Update Sagewright.`;
    throw new ContractError("contract_format_newer", message);
  }
  const message = `contract.json: format ${shown(format)} does not exist. Give "format": ${CONTRACT_FORMAT}.`;
  throw new ContractError("contract_format_unknown", message);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `contract.json is not valid JSON: ${reason}. Give the file as Sagewright wrote it.`;
    throw new ContractError("contract_unreadable", message, { cause });
  }
}
