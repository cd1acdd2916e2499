import { readContract } from "@sagewright/contract";
import { loadPredictor, PredictorFormatError, PredictorInputError } from "@sagewright/predictor";
import type { Rescore } from "@sagewright/sagemaker";
import { readCanonicalTable } from "./canonical-table";

/** Rows scored at a time, so that a large split does not stand in memory twice. */
const blockRows = 20_000;

/** Scores another model's test split in this process. Nothing is unpickled. */
export const rescore: Rescore = async (files, table) => {
  const [contractText, predictorBytes] = [files.get("contract.json"), files.get("predictor.safetensors")];
  if (contractText === undefined || predictorBytes === undefined)
    return { problem: "its archive holds no contract.json or no predictor.safetensors" };
  const contract = readContract(Buffer.from(contractText).toString("utf8"));
  const [header = ""] = Buffer.from(table.subarray(0, 1 << 20))
    .toString("utf8")
    .split("\n", 1);
  const known = new Set(header.split(",").map((name) => name.replace(/^"|"$/g, "").replaceAll('""', '"')));
  const lacking = contract.columns.map(({ name }) => name).filter((name) => !known.has(name));
  if (lacking.length > 0) return { problem: `the split has no column ${lacking.join(", ")}, which it needs` };
  try {
    const predictor = loadPredictor(predictorBytes);
    const rows = (await readCanonicalTable(table, contract)).map(({ values }) => values);
    const scores: number[] = [];
    for (let at = 0; at < rows.length; at += blockRows)
      for (const score of predictor.predictRows(rows.slice(at, at + blockRows))) scores.push(score);
    return { scores };
  } catch (error) {
    if (error instanceof PredictorFormatError || error instanceof PredictorInputError)
      return { problem: error.message };
    throw error;
  }
};
