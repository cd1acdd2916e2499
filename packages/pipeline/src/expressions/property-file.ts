import type { Step } from "../step";
import { type Expression, expressionOf } from "./expression";
import { join } from "./join";

/** How deep paths are spelt out: `Fewer[5]` is 4. */
type Fewer = [0, 0, 1, 2, 3, 4, 5];

/** Paths of a JSON document of type T: `metrics.roc_auc`, `curves.roc[0][1]`; up to six levels deep. */
export type PathOf<T> = Tail<T, 6> extends infer Path ? (Path extends `.${infer Rest}` ? Rest : Path & string) : never;

/** Paths as they continue another one: `.roc_auc`, `[0]`. */
type Tail<T, Depth extends number> = Depth extends 0
  ? never
  : T extends readonly (infer Item)[]
    ? Continued<`[${number}]`, Tail<Item, Fewer[Depth]>>
    : T extends object
      ? { [K in keyof T & string]: Continued<`.${K}`, Tail<NonNullable<T[K]>, Fewer[Depth]>> }[keyof T & string]
      : never;

type Continued<Head extends string, Rest> = Head | (Rest extends string ? `${Head}${Rest}` : never);

/** Type of the value at a path of T. */
export type ValueAt<T, P extends string> = P extends `[${number}].${infer Rest}`
  ? ItemOf<T, Rest>
  : P extends `[${number}]${infer Rest}`
    ? ItemOf<T, Rest>
    : P extends keyof T
      ? NonNullable<T[P]>
      : P extends `${infer Head}.${infer Rest}`
        ? Head extends keyof T
          ? ValueAt<NonNullable<T[Head]>, Rest>
          : Head extends `${infer Name}[${infer Index}`
            ? Name extends keyof T
              ? ValueAt<NonNullable<T[Name]>, `[${Index}.${Rest}`>
              : unknown
            : unknown
        : P extends `${infer Head}[${infer Rest}`
          ? Head extends keyof T
            ? ValueAt<NonNullable<T[Head]>, `[${Rest}`>
            : unknown
          : unknown;

type ItemOf<T, Rest extends string> = T extends readonly (infer Item)[]
  ? Rest extends ""
    ? Item
    : ValueAt<Item, Rest>
  : unknown;

/** A document's type, as a value. */
export interface DocumentType<out Schema> {
  /** Never set: carries the type of the document. */
  readonly schemaType?: Schema;
}

/** The type of a JSON document, for `propertyFile`: `document<{ metrics: { roc_auc: number } }>()`. */
export function document<Schema>(): DocumentType<Schema> {
  return {};
}

/** Declares a JSON file that a processing step writes into one of its outputs. */
export interface PropertyFileSpec<out Schema, out Output extends string = string> extends DocumentType<Schema> {
  readonly output: Output;
  readonly file: string;
}

/** A JSON file written by a step, readable by conditions and later steps. */
export interface PropertyFile<Schema> {
  readonly step: Step;
  readonly name: string;
  /** S3 URI of the file. */
  readonly uri: Expression<string>;
  /** The value at a path of the document. Only paths of the schema compile. */
  at<const P extends PathOf<Schema>>(path: P): Expression<ValueAt<Schema, P>>;
}

/**
 * Declares a property file: the output that holds it, its path there, and the type of its document.
 * @example propertyFile("report", "evaluation.json", document<{ metrics: { roc_auc: number } }>())
 */
export function propertyFile<const Output extends string, Schema>(
  output: Output,
  file: string,
  schema: DocumentType<Schema>,
): PropertyFileSpec<Schema, Output> {
  return { ...schema, output, file };
}

/** A property file of a step that exists. `folder` is the S3 URI of the output that holds it. */
export function propertyFileOf<Schema>(
  step: Step,
  name: string,
  spec: PropertyFileSpec<Schema>,
  folder: Expression<string>,
): PropertyFile<Schema> {
  return {
    step,
    name,
    uri: join("/", [folder, spec.file]),
    at: (path) =>
      expressionOf({
        steps: [step],
        render: () => ({
          "Std:JsonGet": { PropertyFile: { Get: `Steps.${step.name}.PropertyFiles.${name}` }, Path: path },
        }),
      }),
  };
}
