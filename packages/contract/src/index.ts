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
export {
  ContractError,
  ContractInvalidError,
  type ContractIssue,
  DataSetError,
  type DataSetErrorCode,
} from "./errors";
export { NUMBER_PATTERN, parseNumber } from "./number-grammar";
export { readContract } from "./read";
export { CONTRACT_FORMAT, type ColumnJson, type ContractJson } from "./schema/format";
export { contractJson } from "./schema/write";
