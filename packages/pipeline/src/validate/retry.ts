import { child, show } from "../issue";
import type { StepKind } from "../steps/step-kind";
import { isObject, type ValidationContext } from "./context";
import { checkMembers } from "./members";

const stepExceptions = ["Step.SERVICE_FAULT", "Step.THROTTLING"];
const jobExceptions = ["SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT"];

/** Rules of RetryPolicies. */
export function checkRetry(kind: StepKind, policies: unknown, path: string, context: ValidationContext): void {
  const { add } = context;
  if (policies === undefined) return;
  if (kind.retryable === "never") {
    add("retry_not_allowed", path, `${kind.type} steps cannot be retried. Remove RetryPolicies.`, { type: kind.type });
    return;
  }
  if (!Array.isArray(policies)) {
    add("type", path, `${show(policies)} is no list. Give the policies as a list.`, { expected: "list" });
    return;
  }
  for (const [index, policy] of (policies as unknown[]).entries()) {
    const own = child(path, index);
    if (isObject(policy)) checkPolicy(kind, policy, own, context);
    else
      add("type", own, `${show(policy)} is no retry policy. Give an object with ExceptionType.`, {
        expected: "object",
      });
  }
}

function checkPolicy(kind: StepKind, policy: Record<string, unknown>, path: string, context: ValidationContext): void {
  const { add } = context;
  checkMembers(policy, path, context, {
    ExceptionType: "required",
    IntervalSeconds: "optional",
    BackoffRate: "optional",
    MaxAttempts: "optional",
    ExpireAfterMin: "optional",
  });
  checkExceptions(kind, policy.ExceptionType, `${path}.ExceptionType`, context);
  checkNumber(policy.IntervalSeconds, `${path}.IntervalSeconds`, { whole: true, minimum: 0 }, context);
  checkNumber(policy.BackoffRate, `${path}.BackoffRate`, { whole: false, minimum: 0 }, context);
  checkNumber(policy.MaxAttempts, `${path}.MaxAttempts`, { whole: true, minimum: 1, maximum: 20 }, context);
  checkNumber(policy.ExpireAfterMin, `${path}.ExpireAfterMin`, { whole: true, minimum: 0, maximum: 14_400 }, context);
  if (policy.MaxAttempts !== undefined && policy.ExpireAfterMin !== undefined) {
    add("retry_two_limits", path, "MaxAttempts and ExpireAfterMin are both given. Give one of them.", {});
  }
}

function checkExceptions(kind: StepKind, types: unknown, path: string, { add }: ValidationContext): void {
  if (types === undefined) return;
  if (!Array.isArray(types) || types.length === 0) {
    add("type", path, `${show(types)} is no list of exception types. Name at least one.`, { received: types });
    return;
  }
  const allowed = kind.retryable === "job" ? [...stepExceptions, ...jobExceptions] : stepExceptions;
  for (const [index, type] of (types as unknown[]).entries()) {
    if (allowed.includes(type as string)) continue;
    add(
      "retry_exception",
      child(path, index),
      `${show(type)} is nothing that ${kind.type} steps retry. Use ${allowed.join(", ")}.`,
      { received: type, allowed },
    );
  }
}

interface Bounds {
  readonly whole: boolean;
  readonly minimum: number;
  readonly maximum?: number;
}

function checkNumber(
  value: unknown,
  path: string,
  { whole, minimum, maximum }: Bounds,
  { add }: ValidationContext,
): void {
  if (value === undefined) return;
  const noun = whole ? "whole number" : "number";
  if (typeof value !== "number" || (whole && !Number.isInteger(value))) {
    add("type", path, `${show(value)} is no ${noun}. Give a ${noun}.`, { expected: noun });
  } else if (value < minimum || (maximum !== undefined && value > maximum)) {
    const range = maximum === undefined ? `at least ${minimum}` : `between ${minimum} and ${maximum}`;
    add("retry_bounds", path, `${value} is not ${range}. Give a ${noun} ${range}.`, {
      received: value,
      minimum,
      maximum,
    });
  }
}
