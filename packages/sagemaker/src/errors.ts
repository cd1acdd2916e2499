/** What went wrong, as a stable word that a caller can switch on. */
export type OperationErrorCode =
  | "environment_invalid"
  | "parameter_unknown"
  | "parameter_missing"
  | "parameter_type"
  | "parameter_not_allowed"
  | "pipeline_deleting"
  | "pipeline_changed"
  | "step_unknown"
  | "execution_unreachable"
  | "reason_missing"
  | "no_approved_model"
  | "model_without_container"
  | "artefact_unreadable"
  | "artefact_unverified"
  | "artefact_changed"
  | "file_unreadable"
  | "uri_invalid"
  | "endpoint_failed"
  | "endpoint_busy"
  | "endpoint_unknown"
  | "alarm_rings"
  | "nothing_before"
  | "nothing_on_spot"
  | "instance_cannot_scale"
  | "deployment_rolled_back"
  | "price_unknown"
  | "scores_unusable"
  | "wait_timeout";

/** Base of every error this package makes itself; a refusal by AWS passes through as the SDK's own exception. */
export class OperationError extends Error {
  override readonly name: string = "OperationError";
  /** Stable word for the kind of failure. */
  readonly code: OperationErrorCode;
  /** The figures and names the message speaks of, as data. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    code: OperationErrorCode,
    message: string,
    options: { facts?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = options.facts ?? {};
  }
}

/** One defect of the parameters given for an execution. */
export interface ParameterIssue {
  readonly code: OperationErrorCode;
  readonly parameter: string;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Every defect of an execution's parameters at once; nothing was sent. */
export class ParametersError extends OperationError {
  override readonly name = "ParametersError";
  readonly issues: readonly ParameterIssue[];

  constructor(issues: readonly ParameterIssue[]) {
    super(issues[0]?.code ?? "parameter_type", issues.map((issue) => issue.message).join("\n"), {
      facts: { parameters: issues.map((issue) => issue.parameter) },
    });
    this.issues = issues;
  }
}
