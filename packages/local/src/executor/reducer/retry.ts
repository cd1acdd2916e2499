import type { StepDefinition } from "@sagewright/pipeline";

/** A retry policy as the definition holds it. */
interface RetryPolicy {
  readonly ExceptionType?: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxAttempts?: number;
  readonly ExpireAfterMin?: number;
}

/** What the service itself retries when no policy speaks of it. */
const servicePolicy: RetryPolicy = {
  ExceptionType: ["Step.SERVICE_FAULT", "Step.THROTTLING"],
  IntervalSeconds: 1,
  BackoffRate: 2,
  MaxAttempts: 5,
};

/** A failure, and the retries already used. */
export interface RetryQuestion {
  /** Name of the exception in retry policies; undefined when it can never be retried. */
  readonly exception: string | undefined;
  /** Retries used, one number per policy (and one for the service's own). */
  readonly used: readonly number[];
  /** Epoch milliseconds. */
  readonly firstFailureAt: number;
  readonly at: number;
}

/**
 * Whether and when a failed step is tried again: the first policy that names the exception decides. `MaxAttempts` counts retries,
 * the n-th retry waits `IntervalSeconds x BackoffRate^(n-1)`, and `ExpireAfterMin` counts from the first failure.
 * @returns undefined when the step has failed for good
 */
export function decideRetry(
  step: StepDefinition,
  question: RetryQuestion,
): { wakeAt: number; used: readonly number[] } | undefined {
  const { exception, used, firstFailureAt, at } = question;
  if (exception === undefined) return undefined;
  const declared = Array.isArray(step.RetryPolicies) ? (step.RetryPolicies as unknown as RetryPolicy[]) : [];
  const policies = [...declared, servicePolicy];
  const index = policies.findIndex((policy) => policy.ExceptionType?.includes(exception));
  const policy = policies[index];
  if (!policy) return undefined;
  const retries = used[index] ?? 0;
  const wakeAt = at + (policy.IntervalSeconds ?? 1) * 1000 * (policy.BackoffRate ?? 2) ** retries;
  if (policy.ExpireAfterMin !== undefined) {
    if (wakeAt > firstFailureAt + policy.ExpireAfterMin * 60_000) return undefined;
  } else if (retries >= (policy.MaxAttempts ?? 5)) return undefined;
  return { wakeAt, used: policies.map((_, at) => (used[at] ?? 0) + (at === index ? 1 : 0)) };
}
