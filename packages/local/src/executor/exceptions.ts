import type { ServiceCall } from "./reducer/commands";
import type { ExecutionIdentity } from "./reducer/state";

/** What a refused call means for its step. */
export interface Refusal {
  readonly failureReason: string;
  /** The exception's name in retry policies. */
  readonly exception?: string;
}

interface WireError {
  readonly code?: unknown;
  readonly name?: unknown;
  readonly message?: unknown;
  readonly status?: unknown;
}

const byCode: Record<string, string> = {
  ThrottlingException: "Step.THROTTLING",
  Throttling: "Step.THROTTLING",
  TooManyRequestsException: "Step.THROTTLING",
  ResourceLimitExceeded: "SageMaker.RESOURCE_LIMIT",
};

/** Longest FailureReason. */
const maxLength = 1024;

/** A call that the service refused, in AWS's words. */
export function refusalOf(error: unknown, call: ServiceCall, identity: ExecutionIdentity, step: string): Refusal {
  const { status } = (error ?? {}) as WireError;
  const exception =
    byCode[codeOf(error)] ?? (typeof status === "number" && status >= 500 ? "Step.SERVICE_FAULT" : undefined);
  const source = `${call.service}:${call.operation}`;
  const retry =
    exception === undefined
      ? ""
      : `\nRetry not appropriate on execution of step with PipelineExecutionArn ${identity.executionArn} and StepId ${step}. No retry policy configured for the exception type ${exceptionWord(exception)}.`;
  const failureReason = `ClientError: Failed to invoke ${source}. Error Details: ${messageOf(error)}${retry}`;
  return { failureReason: failureReason.slice(0, maxLength), ...(exception !== undefined && { exception }) };
}

/** A job that failed, in AWS's words. */
export function jobFailure(reason: string | undefined): Refusal {
  const failureReason = `ClientError: ${reason ?? "The job failed without a reason."}`.slice(0, maxLength);
  if (reason?.includes("CapacityError")) return { failureReason, exception: "SageMaker.CAPACITY_ERROR" };
  if (reason?.startsWith("InternalServerError")) return { failureReason, exception: "SageMaker.JOB_INTERNAL_ERROR" };
  return { failureReason };
}

/** Whether a creation was refused because the very same job is there: it was created before a crash. */
export const isAlreadyThere = (error: unknown): boolean =>
  codeOf(error) === "ResourceInUse" || /already exist|must be unique/i.test(messageOf(error));

/** The sentence of any error. */
export function messageOf(error: unknown): string {
  const { message } = (error ?? {}) as WireError;
  return typeof message === "string" ? message : String(error);
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as WireError;
  return String(code ?? name ?? "");
}

/** `SageMaker.RESOURCE_LIMIT` is written SAGEMAKER_RESOURCE_LIMIT, `Step.THROTTLING` THROTTLING. */
const exceptionWord = (exception: string): string =>
  exception
    .replace(/^Step\./, "")
    .replace(".", "_")
    .toUpperCase();
