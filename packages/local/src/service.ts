import type { StaticOperationSchema } from "@smithy/types";

/** Who calls, and for which account and region. */
export interface CallContext {
  requestId: string;
  /** Name and port that the client called; undefined for calls inside the cloud. */
  host?: string;
  region: string;
  accountId: string;
  principalArn: string;
}

/** One operation of a service: its wire schema and its behaviour. */
export interface Operation {
  /** The client's exported operation schema (`CreateTrainingJob$`); when absent, the service's client is asked by name at the first call. */
  readonly schema?: StaticOperationSchema;
  /** It sleeps on the cloud's clock, which therefore does not wait for it. */
  readonly sleeps?: true;
  // Tables hold operations of many input types; the dispatcher hands each one only what its own schema read.
  handle(input: never, context: CallContext): Promise<object> | object;
}

/** Operations by their names, as in the service model. */
export type OperationTable = Record<string, Operation>;

/** What an operation gives back: its output without the client's `$metadata`. */
export type Answer<O> = Omit<O, "$metadata">;

/**
 * Declares an operation.
 *
 * @param handle the behaviour; the input has passed the service model's constraints and is the handler's own copy
 * @example
 * ```ts
 * const table: OperationTable = {
 *   DescribeModel: operation<DescribeModelInput, DescribeModelOutput>(({ ModelName }) => models.describe(ModelName)),
 * };
 * ```
 */
export function operation<I extends object, O extends object>(
  handle: (input: I, context: CallContext) => Promise<Answer<O>> | Answer<O>,
): Operation;
/** The same with the schema at hand; importing it loads the whole client, so prefer the form without. */
export function operation<I extends object, O extends object>(
  schema: StaticOperationSchema,
  handle: (input: I, context: CallContext) => Promise<Answer<O>> | Answer<O>,
): Operation;
export function operation<I extends object, O extends object>(
  first: StaticOperationSchema | ((input: I, context: CallContext) => Promise<Answer<O>> | Answer<O>),
  second?: (input: I, context: CallContext) => Promise<Answer<O>> | Answer<O>,
): Operation {
  if (typeof first === "function") return { handle: first };
  return { schema: first, handle: second as (input: I, context: CallContext) => Promise<Answer<O>> };
}
