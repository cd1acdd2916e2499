export { categorical, continuous, integer, maximize, minimize } from "@sagewright/pipeline";
export { importClosure, type PythonModules, shippedModules } from "./code/python-modules";
export { type StepCode, stepCode } from "./code/step-code";
export { HyperparameterError, SklearnError, StepOptionError } from "./errors";
export {
  estimatorRules,
  extraTrees,
  histGradientBoosting,
  linearRegression,
  logisticRegression,
  mlp,
  randomForest,
} from "./estimators/builders";
export type { Estimator, Settings, Task } from "./estimators/estimator";
export type { FixedValue, Interval, LateValue, Rule, Rules } from "./estimators/rules";
export type {
  DecisionMetrics,
  Evaluation,
  EvaluationBase,
  RegressionEvaluation,
  ReportWarning,
} from "./evaluation/evaluation";
export { readEvaluation } from "./evaluation/read-evaluation";
export { defaultImage, type ImageVersion, image, imageRegions, imageUri } from "./image";
export { type DataSource, type Product, type ProductDefinition, product } from "./product";
export { sklearn } from "./sklearn";
export type { EvaluatedStep, EvaluateOptions } from "./steps/evaluate";
export type { JobOptions } from "./steps/job-options";
export type { PreparedStep, PrepareOptions, PrepareReport, Split } from "./steps/prepare";
export type { RegisterOptions } from "./steps/register";
export type { TrainOptions } from "./steps/train";
export type { FitOptions, Imbalance } from "./steps/training-job";
export type { TuneOptions } from "./steps/tune";
