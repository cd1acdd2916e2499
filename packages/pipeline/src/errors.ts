import type { Issue } from "./issue";

/** Base of every error this package throws. `code` is stable; the message is for people. */
export class PipelineError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A definition breaks rules of the service. Carries every issue found, not just the first. */
export class InvalidDefinitionError extends PipelineError {
  constructor(
    readonly pipeline: string,
    readonly issues: readonly Issue[],
  ) {
    const lines = issues.map((issue) => `  ${issue.path || "(definition)"}: ${issue.message}`);
    const count = issues.length === 1 ? "1 problem" : `${issues.length} problems`;
    super("invalid_definition", `${pipeline}: ${count} in the definition.\n${lines.join("\n")}`);
  }
}

/** A text is not a pipeline definition at all (not JSON, or not an object). */
export class DefinitionSyntaxError extends PipelineError {
  constructor(message: string, options?: ErrorOptions) {
    super("definition_syntax", message, options);
  }
}

/** An expression cannot be evaluated: the reference, path or value it needs is missing. */
export class ResolutionError extends PipelineError {
  constructor(
    message: string,
    readonly reference: string,
  ) {
    super("unresolved_reference", message);
  }
}
