export { allowedValues } from "./check/allowed";
export type { Canonical, CanonicalRow, DataSetWarning, RowCheck, RowProblem, RowProblemCode } from "./check/problem";
export {
  checkRow,
  checkTextRow,
  parseRow,
  parseTextRow,
  type RowChecker,
  RowInvalidError,
  rowChecker,
} from "./check/row-check";
export {
  type BooleanColumn,
  boolean,
  type CategoryColumn,
  type Column,
  type ColumnSpec,
  category,
  type Impute,
  integer,
  type NumericColumn,
  type NumericOptions,
  number,
} from "./columns";
export {
  type BinaryTarget,
  type Contract,
  type ContractDefinition,
  DEFAULT_MISSING,
  type Delimiter,
  defineContract,
  type RegressionTarget,
  type Target,
  type TargetDefinition,
} from "./contract";
export { contractSource } from "./contract-source";
export { type CsvOptions, type CsvTable, openCsv } from "./csv/records";
export type { CsvSource } from "./csv/source";
export type { CsvRecord } from "./csv/tokenizer";
export {
  ContractError,
  ContractInvalidError,
  type ContractIssue,
  DataSetError,
  type DataSetErrorCode,
} from "./errors";
export type { Finding, FindingCode } from "./infer/finding";
export { type InferOptions, type Inferred, inferContract } from "./infer/infer";
export { exampleRow, type JsonRow, type JsonSchema, jsonSchema, toJsonRow } from "./json-schema";
export { NUMBER_PATTERN, parseNumber } from "./number-grammar";
export { readContract } from "./read";
export { rowSchema } from "./row-schema";
export { type CheckedRows, type CheckRowsOptions, checkRows, collectRows } from "./rows/check-rows";
export type { AcceptedRow, QuarantinedRow } from "./rows/checked-row";
export type { CheckSummary } from "./rows/tally";
export { CONTRACT_FORMAT, type ColumnJson, type ContractJson } from "./schema/format";
export { contractJson } from "./schema/write";
