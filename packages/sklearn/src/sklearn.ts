import { evaluate, evaluateRegression } from "./steps/evaluate";
import { prepare } from "./steps/prepare";
import { register } from "./steps/register";
import { train } from "./steps/train";
import { tune } from "./steps/tune";

/** The steps of a scikit-learn pipeline, under one name so that a pipeline file reads `sklearn.prepare(...)`. */
export const sklearn = { prepare, train, tune, evaluate, evaluateRegression, register } as const;
