import type { ParameterSpec, ParameterType } from "../definition";
import { type Expression, type ExpressionNode, expressionKey, refuseText } from "./expression";

/** A pipeline parameter: a value given when an execution starts. */
export interface Parameter<out T = unknown> extends Expression<T> {
  readonly spec: ParameterSpec;
}

/** Options of a parameter. */
export interface ParameterOptions<T> {
  /** @default the value must be given at every start */
  readonly default?: T;
}

/** Declares a pipeline's parameters. Handed to the pipeline's function. */
export interface ParameterFactory {
  string(name: string, options?: ParameterOptions<string>): Parameter<string>;
  string<const E extends string>(
    name: string,
    options: { readonly enum: readonly E[]; readonly default?: NoInfer<E> },
  ): Parameter<E>;
  /** A whole number. */
  integer(name: string, options?: ParameterOptions<number>): Parameter<number>;
  float(name: string, options?: ParameterOptions<number>): Parameter<number>;
  boolean(name: string, options?: ParameterOptions<boolean>): Parameter<boolean>;
}

/** A factory which records what it declares, in order of declaration. */
export function parameterFactory(declared: Parameter[]): ParameterFactory {
  const declare =
    (type: ParameterType) =>
    (name: string, options: AnyOptions = {}) => {
      const spec: ParameterSpec = {
        Name: name,
        Type: type,
        ...(options.default !== undefined && { DefaultValue: options.default }),
        ...(options.enum && { EnumValues: [...options.enum] }),
      };
      const parameter = parameterOf(spec);
      declared.push(parameter);
      return parameter;
    };
  return {
    string: declare("String"),
    integer: declare("Integer"),
    float: declare("Float"),
    boolean: declare("Boolean"),
  } as ParameterFactory;
}

interface AnyOptions {
  default?: string | number | boolean;
  enum?: readonly string[];
}

function parameterOf(spec: ParameterSpec): Parameter<never> {
  const node: ExpressionNode<never> = { steps: [], render: () => ({ Get: `Parameters.${spec.Name}` }) };
  return Object.assign({ spec, [expressionKey]: node }, { [Symbol.toPrimitive]: refuseText });
}
