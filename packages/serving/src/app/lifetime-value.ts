import type { CanonicalRow, Contract } from "@sagewright/contract";
import type { Backend } from "../backends/backend";
import { ModelMismatchError } from "../errors";
import { valueTierOf } from "../policy/decide";
import type { DecisionPolicy } from "../policy/policy";
import type { LifetimeValue } from "./answer";
import { modelSchema, type ServedModel } from "./model-card";

/** A model of what customers are worth, served beside one that predicts churn. */
export interface LifetimeValueModel {
  readonly backend: Backend;
  /** Its own contract, of a regression. */
  readonly contract: Contract;
  readonly model: ServedModel;
}

/** Values a canonical row of the lifetime-value contract. */
export type ValueCustomer = (row: CanonicalRow) => Promise<LifetimeValue>;

/** Compiles the valuing of customers: the model says the value, the policy its tier and unit. */
export function compileValue({ backend, model }: LifetimeValueModel, policy: DecisionPolicy): ValueCustomer {
  const { version: modelVersion } = modelSchema.parse(model);
  const { unit } = policy.lifetimeValue;
  return async (row) => {
    const value = await backend.predict(row);
    const { tier } = valueTierOf(policy, value);
    return { value, tier, ...(unit === undefined ? {} : { unit }), modelVersion };
  };
}

/**
 * Refuses a pair of models that cannot answer together.
 *
 * @throws {@link ModelMismatchError} unless `own` predicts churn and `other` a value.
 */
export function refuseOtherTasks(own: Contract, other: Contract): void {
  const wrong =
    own.target.kind !== "binary"
      ? `${own.name} is a regression, and a lifetime value goes with a churn probability. Serve it alone.`
      : other.target.kind !== "regression"
        ? `${other.name} predicts a class, not a lifetime value. Give a regression.`
        : undefined;
  if (wrong !== undefined) throw new ModelMismatchError(wrong);
}
