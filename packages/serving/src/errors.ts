/** Base of every error this package throws; `code` never changes between releases. */
export class ServingError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** One of several things that are wrong with what an API is made of; the message begins with the path. */
export interface ServingIssue {
  readonly path: string;
  readonly message: string;
}

/** The port is in use. Code `port_taken`. */
export class PortTakenError extends ServingError {
  readonly port: number;

  constructor(host: string, port: number, cause: unknown) {
    const remedy = "Stop that program, or give another port (0 takes a free one).";
    super("port_taken", `${host}:${port} is taken by another program. ${remedy}`, { cause });
    this.port = port;
  }
}

/** The decision policy is wrong. Code `policy_invalid`; every problem is in `issues`. */
export class PolicyInvalidError extends ServingError {
  readonly issues: readonly ServingIssue[];

  constructor(issues: readonly ServingIssue[]) {
    super(
      "policy_invalid",
      `The decision policy is not valid:\n${issues.map(({ message }) => `  ${message}`).join("\n")}`,
    );
    this.issues = issues;
  }
}

/** Model and contract do not belong together. Code `model_mismatch`. */
export class ModelMismatchError extends ServingError {
  constructor(message: string) {
    super("model_mismatch", message);
  }
}

/** Two contracts that are served together mean different things by one name. Code `contract_conflict`; every name is in `issues`. */
export class ContractConflictError extends ServingError {
  readonly issues: readonly ServingIssue[];

  constructor(one: string, other: string, issues: readonly ServingIssue[]) {
    const remedy = "Rename the column in one of them, or let both mean the same, and train again.";
    const list = issues.map(({ message }) => `  ${message}`).join("\n");
    super("contract_conflict", `${one} and ${other} cannot be served together:\n${list}\n${remedy}`);
    this.issues = issues;
  }
}

/** Why a backend does not answer, as the API reports it. */
export type BackendProblem =
  | "backend_unavailable"
  | "backend_busy"
  | "backend_timeout"
  | "backend_failed"
  | "model_differs";

/**
 * The backend cannot answer now. Its `problem`, which is also the code, says why; `retryAfterSeconds` where it is known.
 */
export class BackendUnavailableError extends ServingError {
  readonly problem: BackendProblem;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    message: string,
    options: {
      readonly cause?: unknown;
      readonly retryAfterSeconds?: number;
      /** @default `backend_unavailable` */
      readonly problem?: BackendProblem;
    } = {},
  ) {
    const { problem = "backend_unavailable" } = options;
    super(problem, message, options);
    this.problem = problem;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Nothing can be trained again as things are. Code `retrain_refused`; the message says why and what to do, and is shown to operators. */
export class RetrainRefusedError extends ServingError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("retrain_refused", message, options);
  }
}

/** An idempotency key stands for another request already. Code `idempotency_conflict`. */
export class IdempotencyConflictError extends ServingError {
  constructor() {
    super("idempotency_conflict", "This idempotency-key was used for another request. Use a new one.");
  }
}
