import { collectCreated } from "./created-steps";
import type { Json } from "./definition";
import type { Value } from "./expressions/expression";
import { type Parameter, type ParameterFactory, parameterFactory } from "./expressions/parameter";
import type { Step } from "./step";

/** What a pipeline's function is given. */
export interface PipelineScope {
  /** Declares parameters. */
  readonly parameter: ParameterFactory;
}

/** A pipeline as its source describes it. `compile` makes a definition of it. */
export interface Pipeline {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** The steps that the function returned: the ends of the graph. */
  readonly ends: readonly Step[];
  /** Every step made while the function ran. */
  readonly created: ReadonlySet<Step>;
  readonly options: PipelineOptions;
}

/** Options of a pipeline. */
export interface PipelineOptions {
  readonly description?: string;
  /** @default executions belong to no experiment, so that one source prints one definition in every region */
  readonly experiment?: { readonly name: Value<string>; readonly trial: Value<string> };
  /** @default no MLflow tracking */
  readonly mlflow?: { readonly resourceArn: Value<string>; readonly experimentName?: Value<string> };
  readonly metadata?: Readonly<Record<string, Json>>;
}

/**
 * Describes a pipeline. The function returns the last step or steps; every step they need comes with them.
 * @example
 * pipeline("churn-training", ({ parameter }) => {
 *   const input = parameter.string("InputDataUri");
 *   return processing("Prepare", { ... });
 * });
 */
export function pipeline(
  name: string,
  build: (scope: PipelineScope) => Step | readonly Step[],
  options: PipelineOptions = {},
): Pipeline {
  const parameters: Parameter[] = [];
  const { result, created } = collectCreated(() => build({ parameter: parameterFactory(parameters) }));
  const ends = (Array.isArray(result) ? result : [result]) as readonly Step[];
  return { name, parameters, ends, created, options };
}
