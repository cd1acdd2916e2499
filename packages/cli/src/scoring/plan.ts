import type { ContractJson, Target } from "@sagewright/contract";
import type { RowGroup } from "hyparquet" with { "resolution-mode": "import" };

/** How a table is kept in a file. */
export type TableFormat = "csv" | "ndjson" | "parquet";

/** What rows are read from. */
export type InputPlan =
  | { readonly format: "csv"; readonly delimiter: string; readonly header: readonly string[] }
  | { readonly format: "ndjson" }
  | { readonly format: "parquet"; readonly file: string; readonly columns: readonly string[] };

/** One column of the output that comes from the input. */
export interface PassedColumn {
  readonly name: string;
  /** The feature's type, or text for a column that the model does not read. */
  readonly type: "number" | "integer" | "boolean" | "category" | "text";
}

/** One column of the output that scoring adds. */
export interface AddedColumn {
  readonly name: string;
  readonly type: "number" | "text";
}

/** A model of what customers are worth, and the policy that makes tiers of it. */
export interface ValuePlan {
  readonly contract: ContractJson;
  /** The bytes of its predictor.safetensors. */
  readonly predictor: Uint8Array;
  /** The decision policy as it is written; the usual one when undefined. */
  readonly policy: unknown;
}

/** Everything a scoring thread needs to know; plain data, so that threads can be given it. */
export interface ScoringPlan {
  readonly contract: ContractJson;
  /** The bytes of predictor.safetensors. */
  readonly predictor: Uint8Array;
  readonly input: InputPlan;
  readonly output: TableFormat;
  /** The input's columns as the output has them, where the output is written value by value. */
  readonly passed: readonly PassedColumn[];
  readonly added: readonly AddedColumn[];
  /** @default the output says nothing of lifetime values */
  readonly value?: ValuePlan;
}

/** Whole records of the input: bytes, or a range of a Parquet file's rows. */
export type ScoringTask = { readonly bytes: Uint8Array } | { readonly rowStart: number; readonly rowEnd: number };

/** One problem of a refused row. */
export interface Refusal {
  /** The line in the task on which the record starts, from 0; rows instead of lines in Parquet. */
  readonly line: number;
  readonly code: string;
  /** The rest of its line in the quarantine file. */
  readonly text: string;
}

/** A column of Parquet output. */
export type ParquetValues = Float64Array | readonly (number | string | boolean | null)[];

/** What a thread makes of one task. */
export interface ScoredTask {
  /** The scored rows in the output's format. */
  readonly output: Uint8Array<ArrayBuffer>;
  /** Where in `output` the columns of Parquet lie; absent when no row was scored. */
  readonly rowGroup?: RowGroup;
  readonly scored: number;
  readonly quarantined: number;
  readonly refusals: readonly Refusal[];
  /** Lines (of Parquet, rows) of the task. */
  readonly lines: number;
  /** Members of JSON rows that the contract does not know. */
  readonly unexpected: readonly string[];
}

/** The columns that scoring adds; those that come with a lifetime value are called as in the API's answers. */
export function scoreColumns({ column, kind }: Target, valued: boolean): readonly AddedColumn[] {
  if (kind !== "binary") return [{ name: `${column}_predicted`, type: "number" }];
  const score: AddedColumn[] = [
    { name: `${column}_probability`, type: "number" },
    { name: `${column}_predicted`, type: "text" },
  ];
  return valued ? [...score, ...VALUE_COLUMNS] : score;
}

const VALUE_COLUMNS: readonly AddedColumn[] = [
  { name: "riskTier", type: "text" },
  { name: "recommendation", type: "text" },
  { name: "confidence", type: "number" },
  { name: "lifetimeValue", type: "number" },
  { name: "valueTier", type: "text" },
];
