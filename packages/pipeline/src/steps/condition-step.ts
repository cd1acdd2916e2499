import type { Condition } from "../expressions/condition";
import { Step, type StepBasics } from "../step";
import { checkConditions } from "../validate/conditions";
import type { StepKind } from "./step-kind";

/** Chooses between two branches. */
export const conditionKind: StepKind = {
  type: "Condition",
  extraProperties: ["Outcome"],
  cacheable: false,
  retryable: "never",
  argumentMembers: { Conditions: "required", IfSteps: "optional", ElseSteps: "optional" },
  validate: ({ Arguments }, { path }) => checkConditions(Arguments, `${path}.Arguments`),
};

/** What references into a condition step may name. */
export interface ConditionProperties {
  Outcome: string;
}

/** A condition step without an else branch, which may still get one. */
export type OpenConditionStep = Step<ConditionProperties> & {
  /** The steps to run when the condition does not hold. */
  otherwise(...steps: readonly Step[]): Step<ConditionProperties>;
};

/** A condition whose branches are yet to come. */
export interface ConditionBuilder {
  /** The steps to run when every condition holds. */
  then(...steps: readonly Step[]): OpenConditionStep;
}

/**
 * Runs one branch or the other. Several conditions must all hold.
 * @example when("AucGate", greaterThanOrEqual(auc, 0.8)).then(register(...)).otherwise(fail(...))
 */
export function when(
  name: string,
  condition: Condition | readonly Condition[],
  options?: StepBasics,
): ConditionBuilder {
  const conditions = (Array.isArray(condition) ? condition : [condition]) as readonly Condition[];
  const make = (ifSteps: readonly Step[], elseSteps: Step[]) =>
    new Step<ConditionProperties>(
      conditionKind,
      name,
      { arguments: { Conditions: conditions, IfSteps: ifSteps, ElseSteps: elseSteps } },
      options,
    );
  return {
    // biome-ignore lint/suspicious/noThenProperty: the builder is no promise, and "when ... then ... otherwise" is how it reads.
    then: (...ifSteps) => {
      const elseSteps: Step[] = [];
      const step = make(ifSteps, elseSteps);
      const otherwise = (...steps: readonly Step[]) => {
        elseSteps.push(...steps);
        return step;
      };
      return Object.assign(step, { otherwise });
    },
  };
}
