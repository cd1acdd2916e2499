import type { ProblemDocument } from "./answer";

/** One thing that is wrong with a request. */
export interface ProblemDetail {
  readonly code: string;
  /** JSON pointer into the body, or the name of a query parameter. */
  readonly path: string;
  readonly message: string;
  /** The value received; absent when there was none. */
  readonly received?: unknown;
  /** What would be accepted, in words. */
  readonly allowed?: string;
}

/** A problem as an exception on its way to the client: status, stable code, sentence and details. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly errors: readonly ProblemDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: ProblemKind,
    detail: string,
    options: {
      readonly errors?: readonly ProblemDetail[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Problem";
    this.code = kind;
    this.status = KINDS[kind].status;
    this.title = KINDS[kind].title;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}

/** Every problem the API reports: its code, status and title. Codes never change. */
export const KINDS = {
  body_empty: { status: 400, title: "The body is empty" },
  body_incomplete: { status: 400, title: "The body did not arrive whole" },
  body_not_json: { status: 400, title: "The body is not JSON" },
  body_not_utf8: { status: 400, title: "The body is not UTF-8" },
  body_duplicate_key: { status: 400, title: "A member is repeated" },
  body_too_deep: { status: 400, title: "The body is nested too deeply" },
  header_invalid: { status: 400, title: "A header is not valid" },
  query_invalid: { status: 400, title: "A query parameter is not valid" },
  key_missing: { status: 401, title: "A key is needed" },
  key_invalid: { status: 401, title: "The key is not valid" },
  role_insufficient: { status: 403, title: "The key's role is not enough" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "The method is not allowed here" },
  idempotency_conflict: { status: 409, title: "The idempotency key was used for something else" },
  retrain_refused: { status: 409, title: "Nothing can be trained again now" },
  body_too_large: { status: 413, title: "The body is too large" },
  content_type_unsupported: { status: 415, title: "The content type is not supported" },
  row_invalid: { status: 422, title: "The row does not keep the contract" },
  body_invalid: { status: 422, title: "The body is not valid" },
  line_too_long: { status: 422, title: "A line is too long" },
  batch_invalid: { status: 422, title: "The batch is not a list of rows" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal_error: { status: 500, title: "The server failed" },
  backend_unavailable: { status: 503, title: "The model does not answer" },
  backend_busy: { status: 503, title: "The model has too much to do" },
  backend_timeout: { status: 503, title: "The model did not answer in time" },
  backend_failed: { status: 503, title: "The model cannot answer" },
  model_unpublished: { status: 503, title: "No model is published" },
  model_differs: { status: 503, title: "Another model answers" },
  feedback_unavailable: { status: 503, title: "The outcome could not be put on record" },
  retrain_unavailable: { status: 503, title: "The training run could not be started" },
  audit_unavailable: { status: 503, title: "Decisions cannot be put on record" },
} as const satisfies Record<string, { status: number; title: string }>;

/** A problem's stable code. */
export type ProblemKind = keyof typeof KINDS;

/** The JSON pointer to a member of the body; empty for the body itself. */
export function fieldPointer(name: string): string {
  return name === "" ? "" : `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The RFC 9457 document of a problem. */
export function problemDocument(problem: Problem, requestId: string): ProblemDocument {
  const { code, status, title, message, errors } = problem;
  return {
    type: `urn:sagewright:problem:${code}`,
    title,
    status,
    detail: message,
    instance: `urn:sagewright:request:${requestId}`,
    code,
    ...(errors.length === 0 ? {} : { errors: [...errors] }),
  };
}

/** The response of a problem. */
export function problemResponse(problem: Problem, requestId: string): Response {
  return new Response(JSON.stringify(problemDocument(problem, requestId)), {
    status: problem.status,
    headers: { "content-type": "application/problem+json", ...problem.headers },
  });
}
