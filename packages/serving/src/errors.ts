/** Base of every error this package throws; `code` never changes between releases. */
export class ServingError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
  }
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
  readonly issues: readonly string[];

  constructor(issues: readonly string[]) {
    super("policy_invalid", `The decision policy is not valid:\n${issues.map((issue) => `  ${issue}`).join("\n")}`);
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
  readonly issues: readonly string[];

  constructor(one: string, other: string, issues: readonly string[]) {
    const remedy = "Rename the column in one of them, or let both mean the same, and train again.";
    const list = issues.map((issue) => `  ${issue}`).join("\n");
    super("contract_conflict", `${one} and ${other} cannot be served together:\n${list}\n${remedy}`);
    this.issues = issues;
  }
}

/** The backend cannot answer now. Code `backend_unavailable`; `retryAfterSeconds` where the backend said so. */
export class BackendUnavailableError extends ServingError {
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, options: { readonly cause?: unknown; readonly retryAfterSeconds?: number } = {}) {
    super("backend_unavailable", message, options);
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
