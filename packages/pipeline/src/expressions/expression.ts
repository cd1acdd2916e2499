import type { CodeAsset } from "../assets/code-asset";
import type { Json } from "../definition";
import { PipelineError } from "../errors";
import type { Step } from "../step";
import type { Target } from "../target";

/** What rendering may ask: the target, the pipeline's name, and a place to register code assets. */
export interface RenderContext {
  readonly target: Target;
  readonly pipelineName: string;
  /** Records that the definition uses an asset. Returns the asset's S3 URI. */
  include(asset: CodeAsset): string;
}

/** The key under which an object carries its expression. A symbol, so that references keep every string key for members. */
export const expressionKey: unique symbol = Symbol.for("sagewright.expression");

/** What makes an object an expression. */
export interface ExpressionNode<out T = unknown> {
  /** Steps whose results the expression needs. */
  readonly steps: readonly Step[];
  /** The JSON that stands for the value in the definition. */
  render(context: RenderContext): Json;
  /** Never set: carries the type of the value. */
  readonly valueType?: T;
}

/** A value known only when the pipeline runs (or when it is compiled for a target). */
export interface Expression<out T = unknown> {
  readonly [expressionKey]: ExpressionNode<T>;
}

/** A literal or an expression of the same type. */
export type Value<T> = T | Expression<T>;

type Widened<T> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : T;

/** An API request in which an expression may stand for any value. */
export type Templated<T> = T extends string | number | boolean
  ? T | Expression<Widened<T>>
  : T extends readonly (infer Item)[]
    ? readonly Templated<Item>[] | Expression<T>
    : T extends object
      ? { readonly [K in keyof T]: Templated<T[K]> }
      : T;

/** Makes an expression of a node. */
export function expressionOf<T>(node: ExpressionNode<T>): Expression<T> {
  return { [expressionKey]: node, ...textGuard } as Expression<T>;
}

/** A value taken from the compile target: known at compile time, printed as a literal. */
export function fromContext<T extends Json>(read: (context: RenderContext) => T): Expression<T> {
  return expressionOf<T>({ steps: [], render: read });
}

/** Whether a value is an expression. */
export function isExpression(value: unknown): value is Expression {
  return typeof value === "object" && value !== null && (value as Partial<Expression>)[expressionKey] !== undefined;
}

/** Thrown when an expression meets string concatenation, where it would silently become text about itself. */
export function refuseText(): never {
  throw new PipelineError(
    "expression_as_text",
    'An expression has no text before the pipeline runs. Use join("", ["text ", expression]) instead of string concatenation.',
  );
}

const textGuard = { [Symbol.toPrimitive]: refuseText };
