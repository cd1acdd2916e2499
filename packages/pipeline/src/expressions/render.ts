import type { Json, StepDefinition } from "../definition";
import { PipelineError } from "../errors";
import { Step } from "../step";
import { expressionKey, isExpression, type RenderContext } from "./expression";

/** Turns a template (literals, expressions, steps in branches) into JSON. Members that are undefined are left out. */
export function render(value: unknown, context: RenderContext): Json {
  if (isExpression(value)) return value[expressionKey].render(context);
  if (value instanceof Step) return renderStep(value, context) as Json;
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map((item) => render(item, context));
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(members.map(([key, member]) => [key, render(member, context)]));
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new PipelineError(
    "not_json",
    `${String(value)} (${typeof value}) has no JSON form. Use text, a finite number, true, false, a list, an object or an expression.`,
  );
}

/** A step as the definition holds it, members in the order AWS's SDK prints them. */
export function renderStep(step: Step, context: RenderContext): StepDefinition {
  const { options, kind } = step;
  const rendered: Record<string, unknown> = {
    Name: step.name,
    Type: kind.type,
    Arguments: step.template.arguments,
    DependsOn: options.dependsOn?.length ? options.dependsOn.map(dependsOnEntry) : undefined,
    DisplayName: options.displayName,
    Description: options.description,
    RetryPolicies: options.retry?.length
      ? options.retry.map((policy) => ({
          ExceptionType: policy.on,
          IntervalSeconds: policy.intervalSeconds,
          BackoffRate: policy.backoffRate,
          MaxAttempts: policy.maxAttempts,
          ExpireAfterMin: policy.expireAfterMinutes,
        }))
      : undefined,
    CacheConfig: cacheConfig(step),
    ...step.template.members,
  };
  return render(rendered, context) as unknown as StepDefinition;
}

function dependsOnEntry(dependency: NonNullable<Step["options"]["dependsOn"]>[number]) {
  if (dependency instanceof Step) return dependency.name;
  return dependency.trigger === "Completed"
    ? dependency.step.name
    : { Step: dependency.step.name, Trigger: dependency.trigger };
}

function cacheConfig({ kind, options }: Step) {
  const wanted = options.cache ?? kind.cachedByDefault ?? false;
  if (wanted === false) return undefined;
  const expireAfter = wanted === true ? defaultExpireAfter : wanted.expireAfter;
  return { Enabled: true, ExpireAfter: expireAfter };
}

/** How long a cached result counts when a step does not say: 30 days. */
export const defaultExpireAfter = "P30D";
