/** Base of every error of this package. `code` is stable; the message is for people. */
export class CloudError extends Error {
  readonly code: string;
  /** What the message's sentence was made of. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: { facts?: Record<string, unknown>; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.facts = options.facts ?? {};
  }
}

/**
 * An error that a client sees as AWS's own: `code` is the exception's name on the wire, further members of a modelled
 * error (`ModelError`'s `OriginalMessage` …) are taken from `facts`.
 */
export class ServiceError extends CloudError {
  /** HTTP status. @default the modelled error's own, else 400 */
  readonly status: number | undefined;

  constructor(
    code: string,
    message: string,
    options: { status?: number; facts?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.status = options.status;
  }
}

/** What most refusals of SageMaker are. */
export const validationException = (message: string): ServiceError => new ServiceError("ValidationException", message);

/** The state folder cannot be used: of a newer version, locked by another machine, or not writable. */
export class StateError extends CloudError {}

/** True for what Node's file functions throw. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  // By its look, not by instanceof: test runners give modules an Error class of their own.
  return typeof error === "object" && error !== null && "syscall" in error && "code" in error;
}

/**
 * Turns a failed write into an error that says what to do.
 * @param file what was being written
 */
export function writeFailure(file: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause;
  const facts = { file, errno: cause.code };
  if (cause.code === "ENOSPC" || cause.code === "EDQUOT") {
    return new StateError(
      "disk_full",
      `${file}: no space is left on the disk. Nothing was written; the earlier state is intact. Free some space and run again.`,
      { facts, cause },
    );
  }
  if (cause.code === "EACCES" || cause.code === "EPERM" || cause.code === "EROFS") {
    return new StateError(
      "state_not_writable",
      `${file}: writing is not permitted (${cause.code}). Choose another state folder or change its permissions.`,
      { facts, cause },
    );
  }
  if (cause.code === "ENOTDIR" || cause.code === "EEXIST") {
    return new StateError(
      "state_not_a_folder",
      `${file}: a file is in the way of a folder. Name another state folder.`,
      {
        facts,
        cause,
      },
    );
  }
  return cause;
}
