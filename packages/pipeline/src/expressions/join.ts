import type { Json } from "../definition";
import { stepsIn } from "../steps-in";
import { type Expression, expressionKey, expressionOf, isExpression, type Value } from "./expression";
import { render } from "./render";

/**
 * Text put together when the pipeline runs. When every part is known at compile time the result is a plain literal.
 * @example join("/", ["s3:/", bucket, execution.PipelineExecutionId])
 */
export function join(separator: string, values: readonly Value<string | number | boolean>[]): Expression<string> {
  return expressionOf<string>({
    steps: stepsIn(values),
    render: (context): Json => {
      const parts = values.map((value) => render(value, context));
      if (parts.every(isLiteral)) return parts.map(String).join(separator);
      return { "Std:Join": { On: separator, Values: parts } };
    },
  });
}

/** A number or truth value as text, which is what hyperparameters and environment variables are. */
export function asText(value: Value<string | number | boolean>): Value<string> {
  if (!isExpression(value)) return String(value);
  return expressionOf<string>({
    steps: value[expressionKey].steps,
    render: (context): Json => {
      const part = render(value, context);
      if (isLiteral(part)) return String(part);
      return isText(part) ? part : { "Std:Join": { On: "", Values: [part] } };
    },
  });
}

function isLiteral(part: Json): part is string | number | boolean {
  return typeof part === "string" || typeof part === "number" || typeof part === "boolean";
}

function isText(part: Json): boolean {
  return typeof part === "object" && part !== null && "Std:Join" in part;
}
