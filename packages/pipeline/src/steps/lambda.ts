import type { Expression, Value } from "../expressions/expression";
import { type Cacheable, Step, type StepBasics } from "../step";
import { checkOutputParameters } from "../validate/output-parameters";
import type { StepKind } from "./step-kind";

/** Calls a Lambda function. */
export const lambdaKind: StepKind = {
  type: "Lambda",
  extraProperties: ["OutputParameters"],
  cacheable: true,
  retryable: "never",
  members: { FunctionArn: "required", OutputParameters: "optional" },
  cacheKey: ["@FunctionArn", ""],
  validate: (step, { path }) => checkOutputParameters(step, path),
};

/** Types of a Lambda's outputs. */
export interface OutputTypes {
  readonly String: string;
  readonly Integer: number;
  readonly Float: number;
  readonly Boolean: boolean;
}

/** Options of a Lambda step. Not cached unless `cache` says so: a function is called for its effect. */
export interface LambdaOptions<O extends Readonly<Record<string, keyof OutputTypes>>> extends StepBasics, Cacheable {
  /** ARN of the function. */
  readonly function: Value<string>;
  /** Members of the event. */
  readonly inputs?: Readonly<Record<string, Value<string | number | boolean>>>;
  /** Members of the function's answer, with their types. */
  readonly outputs?: O;
}

/** A Lambda step. */
export type LambdaStep<O> = Step<{ OutputParameters: Readonly<Record<string, string>> }> & {
  readonly outputs: {
    readonly [K in keyof O]: Expression<O[K] extends keyof OutputTypes ? OutputTypes[O[K]] : unknown>;
  };
};

/** Calls a Lambda function with the inputs as its event. */
export function lambda<const O extends Readonly<Record<string, keyof OutputTypes>> = Record<never, never>>(
  name: string,
  options: LambdaOptions<O>,
): LambdaStep<O> {
  const declared = Object.entries(options.outputs ?? {});
  const step = new Step<{ OutputParameters: Readonly<Record<string, string>> }>(
    lambdaKind,
    name,
    {
      arguments: options.inputs ?? {},
      members: {
        FunctionArn: options.function,
        OutputParameters: declared.map(([OutputName, OutputType]) => ({ OutputName, OutputType })),
      },
    },
    options,
  );
  const parameters = step.properties.OutputParameters as Readonly<Record<string, Expression<string>>>;
  const outputs = Object.fromEntries(declared.map(([output]) => [output, parameters[output]]));
  return Object.assign(step, { outputs }) as unknown as LambdaStep<O>;
}
