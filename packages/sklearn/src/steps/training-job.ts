import {
  type Expression,
  fromContext,
  isExpression,
  type Serving,
  type TrainingJobOptions,
  type Value,
} from "@sagewright/pipeline";
import { stepCode } from "../code/step-code";
import { StepOptionError } from "../errors";
import type { Estimator, Task } from "../estimators/estimator";
import type { FixedValue } from "../estimators/rules";
import { image } from "../image";
import type { JobOptions } from "./job-options";
import { checkSeed, type PreparedStep } from "./prepare";

/** What to do about a rare outcome. */
export type Imbalance = "none" | "class_weight" | "smote";

/** What training and tuning steps of this package have in common. */
export interface FitOptions extends JobOptions {
  /** The prepare step whose splits are used. */
  readonly data: PreparedStep;
  readonly estimator: Estimator;
  /** @default the prepare step's seed */
  readonly seed?: number;
  /**
   * Class weights (repeated minority rows for a perceptron, which has none) or synthetic minority rows (SMOTE); for binary
   * targets.
   * @default "none"
   */
  readonly imbalance?: Imbalance;
  /** What a wrong decision costs; the threshold then costs least. @default the threshold has the greatest F1 */
  readonly costs?: { readonly falsePositive: number; readonly falseNegative: number };
  /**
   * Managed spot: the longest time, waiting included. Forests resume from checkpoints, others begin again. `false` asks for
   * machines on demand.
   * @default spot, for as long as `maxRuntimeSeconds`, or an hour
   */
  readonly spot?: { readonly maxWaitSeconds: Value<number> } | false;
  /** @default the longest wait with spot, otherwise 86400 */
  readonly maxRuntimeSeconds?: Value<number>;
}

/** Metrics that training prints, by task; an objective is one of them. */
export const metricNames: Readonly<Record<Task, readonly string[]>> = {
  binary: ["validation:auc", "validation:f1", "validation:accuracy"],
  regression: ["validation:r2", "validation:mae", "validation:rmse"],
};

/** Rows that fit into a table are trained on within minutes. */
const DEFAULT_WAIT_SECONDS = 3_600;

/** The task a contract's target asks for. */
export function taskOf(data: PreparedStep): Task {
  return data.contract.target.kind;
}

/** Options of the generic training and tuning steps for a fit of this package. */
export function trainingJobOptions(name: string, options: FitOptions): TrainingJobOptions {
  const { data, estimator, spot: wish, maxRuntimeSeconds, ...rest } = options;
  const task = taskOf(data);
  estimator.checkTask(task);
  const spot = wish === false ? undefined : (wish ?? { maxWaitSeconds: maxRuntimeSeconds ?? DEFAULT_WAIT_SECONDS });
  checkSpot(name, spot, maxRuntimeSeconds);
  const picture = image(options.image ?? data.image);
  return {
    ...rest,
    ...(spot === undefined ? {} : { spot }),
    ...(maxRuntimeSeconds === undefined ? {} : { maxRuntimeSeconds }),
    image: picture,
    hyperparameters: hyperparameters(name, options, task),
    channels: {
      train: { uri: data.outputs.train, contentType: "text/csv" },
      validation: { uri: data.outputs.validation, contentType: "text/csv" },
      preprocess: data.outputs.preprocess,
    },
    metrics: Object.fromEntries(metricNames[task].map((metric) => [metric, `${metric}=([-+0-9.eE]+)`])),
    serving: serving(picture),
  };
}

function hyperparameters(name: string, options: FitOptions, task: Task): Record<string, Value<string>> {
  const { estimator, imbalance = "none", costs, data } = options;
  const seed = options.seed ?? data.seed;
  checkSeed(name, seed);
  checkBinaryOnly(name, options, task);
  return {
    sagemaker_program: "train.py",
    sagemaker_submit_directory: stepCode().train().uri,
    sagemaker_region: region,
    estimator: estimator.name,
    task,
    seed: String(seed),
    ...(imbalance !== "none" && { imbalance }),
    ...(costs && {
      cost_false_positive: String(costs.falsePositive),
      cost_false_negative: String(costs.falseNegative),
    }),
    ...Object.fromEntries(Object.entries(estimator.fixed).map(([key, value]) => [key, text(value)])),
  };
}

const region: Expression<string> = fromContext(({ target }) => target.region);

/** How the container serves the model: by the inference.py that the archive carries. */
function serving(picture: Expression<string>): Serving {
  return {
    image: picture,
    environment: {
      SAGEMAKER_PROGRAM: "inference.py",
      SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code",
      SAGEMAKER_CONTAINER_LOG_LEVEL: "20",
      SAGEMAKER_REGION: region,
    },
  };
}

/** Hyperparameters are text; the toolkit reads each as JSON. */
function text(value: FixedValue): Value<string> {
  if (isExpression(value)) return value;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function checkBinaryOnly(name: string, { imbalance, costs }: FitOptions, task: Task): void {
  if (task === "regression" && (imbalance ?? "none") !== "none") {
    const message = `${imbalance} has no meaning in a regression. Leave it out.`;
    throw new StepOptionError("imbalance", `${name}.imbalance`, message);
  }
  if (costs === undefined) return;
  if (task === "regression") {
    throw new StepOptionError("costs", `${name}.costs`, "a regression decides nothing. Leave them out.");
  }
  for (const [key, cost] of Object.entries(costs)) {
    if (!(cost >= 0)) {
      throw new StepOptionError("costs", `${name}.costs.${key}`, `${cost} is no cost of 0 or more. Give both costs.`);
    }
  }
}

function checkSpot(
  name: string,
  spot: TrainingJobOptions["spot"],
  maxRuntimeSeconds: FitOptions["maxRuntimeSeconds"],
): void {
  const wait = spot?.maxWaitSeconds;
  if (typeof wait !== "number" || typeof maxRuntimeSeconds !== "number" || wait >= maxRuntimeSeconds) return;
  const message = `${wait} is less than maxRuntimeSeconds, ${maxRuntimeSeconds}. The wait includes the run: give at least as much.`;
  throw new StepOptionError("spot_wait", `${name}.spot.maxWaitSeconds`, message);
}
