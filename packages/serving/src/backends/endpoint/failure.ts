import { type BackendProblem, BackendUnavailableError } from "../../errors";

/** Why an endpoint gave no answer, as far as it decides what happens next. */
export type FailureKind =
  /** Too many requests for what the endpoint, or the account, may do at once. */
  | "throttled"
  /** The endpoint is starting: a serverless one that had no container. */
  | "starting"
  /** The service or the container failed in a way that passes. */
  | "unavailable"
  /** No answer in time. Asking again would only add to what the endpoint still works on. */
  | "timeout"
  /** Another model answered than the one whose preprocessing was applied. */
  | "other-model"
  /** The container refused or failed, and would do so again. */
  | "failed"
  /** The request itself cannot be served: no such endpoint, no permission, an answer that is none. */
  | "refused";

/** One call that gave no answer. Its message never repeats what the caller sent or what the container said of it. */
export class EndpointFailure extends Error {
  readonly kind: FailureKind;
  /** For `other-model`: the SHA-256 of the manifest of the model that answered. */
  readonly answering: string | undefined;

  constructor(
    kind: FailureKind,
    message: string,
    options: { readonly cause?: unknown; readonly answering?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "EndpointFailure";
    this.kind = kind;
    this.answering = options.answering;
  }
}

/** What an error of the AWS SDK means here. */
export function failureOf(error: unknown, endpoint: string): EndpointFailure {
  if (error instanceof EndpointFailure) return error;
  const { name = "", $metadata, OriginalStatusCode, OriginalMessage, code } = error as SdkError;
  if (name === "ModelError") return modelFailure(OriginalStatusCode ?? 0, OriginalMessage ?? "", error);
  const status = $metadata?.httpStatusCode ?? 0;
  if (name === "ModelNotReadyException") {
    return new EndpointFailure("starting", `Endpoint ${endpoint} is starting.`, { cause: error });
  }
  if (/Throttl|TooManyRequests|LimitExceeded|ServiceQuotaExceeded/.test(name) || status === 429) {
    return new EndpointFailure("throttled", `Endpoint ${endpoint} has as many requests as it takes.`, { cause: error });
  }
  if (status >= 500 || PASSING.has(name) || BROKEN_CONNECTIONS.has(code ?? "")) {
    return new EndpointFailure("unavailable", `Endpoint ${endpoint} did not answer.`, { cause: error });
  }
  if (name === "TimeoutError") {
    return new EndpointFailure("timeout", `Endpoint ${endpoint} did not answer in time.`, { cause: error });
  }
  // Nothing but the SDK's own name of the error: its message may quote the request.
  const what = /^[A-Za-z]{1,60}$/.test(name) ? name : "an error";
  return new EndpointFailure("refused", `Endpoint ${endpoint} cannot be asked: ${what}.`, { cause: error });
}

/** What the API answers when an endpoint gave none. */
export function unavailable(failure: EndpointFailure): BackendUnavailableError {
  const { problem, retryAfterSeconds } = ANSWERS[failure.kind];
  return new BackendUnavailableError(failure.message, { problem, retryAfterSeconds, cause: failure });
}

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly OriginalStatusCode?: number;
  readonly OriginalMessage?: string;
}

/** Errors of the service that pass, whatever status they come with. */
const PASSING: ReadonlySet<string> = new Set([
  "InternalFailure",
  "InternalDependencyException",
  "ServiceUnavailable",
  "ServiceUnavailableException",
]);
const BROKEN_CONNECTIONS: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

const ANSWERS: Readonly<Record<FailureKind, { readonly problem: BackendProblem; readonly retryAfterSeconds: number }>> =
  {
    throttled: { problem: "backend_busy", retryAfterSeconds: 2 },
    starting: { problem: "backend_busy", retryAfterSeconds: 5 },
    unavailable: { problem: "backend_unavailable", retryAfterSeconds: 1 },
    timeout: { problem: "backend_timeout", retryAfterSeconds: 5 },
    "other-model": { problem: "model_differs", retryAfterSeconds: 5 },
    failed: { problem: "backend_failed", retryAfterSeconds: 30 },
    refused: { problem: "backend_failed", retryAfterSeconds: 30 },
  };

function modelFailure(status: number, said: string, cause: unknown): EndpointFailure {
  if (status === 409) {
    const answering = refusalOf(said)?.model;
    if (answering !== undefined) {
      const message = `Another model (${answering.slice(0, 12)}) answers behind the endpoint. Serve that version, or deploy this one.`;
      return new EndpointFailure("other-model", message, { cause, answering });
    }
  }
  if (status === 415) {
    const message =
      "The endpoint's model does not take transformed rows: its archive holds the code of an older version. Train it again, or serve it with the embedded backend.";
    return new EndpointFailure("failed", message, { cause });
  }
  if (status === 0 || status === 502 || status === 503 || status === 504) {
    return new EndpointFailure("unavailable", "The endpoint's container ended or is overloaded.", { cause });
  }
  const code = refusalOf(said)?.code;
  const reason = code === undefined ? "" : ` (${code})`;
  return new EndpointFailure("failed", `The endpoint's container answered with status ${status}${reason}.`, { cause });
}

/** The stable code and the model named in a refusal by inference.py; nothing else of what it says is repeated. */
function refusalOf(said: string): { readonly code?: string; readonly model?: string } | undefined {
  try {
    const { code, model } = JSON.parse(said) as { code?: unknown; model?: unknown };
    return {
      ...(typeof code === "string" && /^[a-z_]{1,40}$/.test(code) ? { code } : {}),
      ...(typeof model === "string" && /^[0-9a-f]{64}$/.test(model) ? { model } : {}),
    };
  } catch {
    return undefined;
  }
}
