import type { ParameterRange } from "@sagewright/pipeline";
import { HyperparameterError } from "../errors";
import {
  allowed,
  type FixedValue,
  isRange,
  type LateValue,
  problemWith,
  type RangeOf,
  type Rule,
  type Rules,
  type ValueOf,
} from "./rules";

/** What a model predicts: one of two outcomes, or a number. */
export type Task = "binary" | "regression";

/** Hyperparameters: fixed values, values of an earlier step, or ranges for a tuner to search. */
export type Settings<T extends Rules> = { readonly [K in keyof T]?: ValueOf<T[K]> | RangeOf<T[K]> | LateValue };

/** An estimator with its hyperparameters, ready to be trained or tuned. */
export interface Estimator {
  /** The builder's name: `randomForest`. */
  readonly builder: string;
  /** The name that the container's code knows: `random_forest`. */
  readonly name: string;
  readonly fixed: Readonly<Record<string, FixedValue>>;
  readonly ranges: Readonly<Record<string, ParameterRange>>;
  /** @throws {@link HyperparameterError} when the estimator cannot do the task, or a setting is not one of its. */
  checkTask(task: Task): void;
}

/** Rules of an estimator by the tasks it can do. */
export type RulesByTask = Readonly<Partial<Record<Task, Rules>>>;

/** Checks settings and makes an estimator of them. */
export function estimator(
  builder: string,
  name: string,
  rules: RulesByTask,
  settings: Readonly<Record<string, unknown>>,
): Estimator {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined) as [string, FixedValue][];
  for (const [key, value] of given) checkInSomeTask(builder, rules, key, value);
  const ranges = given.filter(([, value]) => isRange(value)) as unknown as [string, ParameterRange][];
  return {
    builder,
    name,
    fixed: Object.fromEntries(given.filter(([, value]) => !isRange(value))),
    ranges: Object.fromEntries(ranges),
    checkTask(task) {
      const own = rules[task];
      if (own === undefined) throw cannotDo(builder, task);
      for (const [key, value] of given) check(builder, own, key, value, ` for a ${task} target`);
    },
  };
}

function checkInSomeTask(builder: string, rules: RulesByTask, key: string, value: FixedValue | ParameterRange): void {
  const tables = Object.values(rules);
  const fits = tables.some((table) => table[key] !== undefined && problemWith(table[key], value) === undefined);
  if (fits) return;
  const closest = tables.find((table) => table[key] !== undefined) ?? merged(tables);
  check(builder, closest, key, value, "");
}

function check(builder: string, table: Rules, key: string, value: FixedValue | ParameterRange, where: string): void {
  const field = `${builder}.${key}`;
  const rule: Rule | undefined = Object.hasOwn(table, key) ? table[key] : undefined;
  if (rule === undefined) {
    const names = Object.keys(table).sort().join(", ");
    const message = `${field}: scikit-learn has no such hyperparameter${where}. Use one of ${names}.`;
    throw new HyperparameterError("hyperparameter_unknown", message, field, value);
  }
  const problem = problemWith(rule, value);
  if (problem === undefined) return;
  const subject = isRange(value) ? "it" : JSON.stringify(value);
  const message = `${field}: ${subject} ${problem}${where}. Give ${allowed(rule)}.`;
  throw new HyperparameterError("hyperparameter_invalid", message, field, value);
}

function merged(tables: readonly Rules[]): Rules {
  return Object.assign({}, ...tables) as Rules;
}

function cannotDo(builder: string, task: Task): HyperparameterError {
  const instead = task === "regression" ? "linearRegression" : "logisticRegression";
  const message = `${builder} cannot do the task ${task}. Use ${instead}, or another estimator.`;
  return new HyperparameterError("estimator_task", message, builder, task);
}
