export type { PredictorColumn, Task } from "./document";
export type { ColumnValues, Row, Value } from "./encoder";
export { PredictorError, PredictorFormatError, PredictorInputError } from "./errors";
export type { PredictorFeature } from "./features";
export type { JsonValue } from "./json-reader";
export type { Driver, Explanation, Predictor } from "./predictor";
export { loadPredictor } from "./predictor";
export {
  type NumericColumn,
  type ScorableRange,
  scorableLimit,
  scorableRanges,
  type TooLarge,
  tooLarge,
} from "./scorable";
