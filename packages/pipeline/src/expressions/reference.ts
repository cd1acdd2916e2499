import { mapMembers } from "../generated/map-members";
import type { Step } from "../step";
import { type Expression, type ExpressionNode, expressionKey, refuseText } from "./expression";

type Scalar = string | number | boolean | Date | Uint8Array;

/**
 * A typed reference into a step's result. It is an expression itself, and each member, index or key of it is a longer reference.
 * Elements of a list with names (`Outputs`, `FinalMetricDataList`) are reached with `named("train")`.
 */
export type Reference<T> = Expression<T extends Date ? string : T> &
  (T extends Scalar
    ? unknown
    : T extends readonly (infer Item)[]
      ? { readonly [index: number]: Reference<Item>; named(name: string): Reference<Item> }
      : T extends object
        ? { readonly [K in keyof T]-?: Reference<NonNullable<T[K]>> }
        : unknown);

/** The root reference of a step. */
export function referenceTo<T>(step: Step): Reference<T> {
  return drill(step, [], "structure") as Reference<T>;
}

type Shape = "structure" | "map";

function drill(step: Step, path: readonly string[], shape: Shape): object {
  const node = nodeOf(step, path.join(""));
  return new Proxy(Object.create(null), {
    get(_, key) {
      if (key === expressionKey) return node;
      if (key === Symbol.toPrimitive) return refuseText;
      if (typeof key === "symbol") return undefined;
      if (shape === "map") return drill(step, [...path, `['${key}']`], "structure");
      if (key === "named") return (name: string) => drill(step, [...path, `['${name}']`], "structure");
      if (/^\d+$/.test(key)) return drill(step, [...path, `[${key}]`], "structure");
      // A reference is no promise and has no JSON form: only members, which the service capitalises, are drilled into.
      if (!/^[A-Z]/.test(key)) return undefined;
      return drill(step, [...path, `.${key}`], mapMembers.has(key) ? "map" : "structure");
    },
    has: (_, key) => key === expressionKey,
  });
}

function nodeOf(step: Step, path: string): ExpressionNode<never> {
  return { steps: [step], render: () => ({ Get: `Steps.${step.name}${path}` }) };
}
