/** Base of every error this package throws; `code` is stable, the message is for people. */
export class PredictorError extends Error {
  constructor(
    /** Stable identifier of the kind of error. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The bytes are not a predictor file that this version can trust: truncated, corrupted, inconsistent or too new. */
export class PredictorFormatError extends PredictorError {
  constructor(
    /** Where in the file: a tensor's name or a path in the JSON header. */
    readonly where: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super("predictor_format", `predictor file, ${where}: ${problem}`, options);
  }
}

/** A row holds a value that the model cannot score; nothing is guessed. */
export class PredictorInputError extends PredictorError {
  constructor(
    /** The input column at fault. */
    readonly column: string,
    /** What is wrong, without the place. */
    readonly problem: string,
    /** Index of the row within a batch; absent for a single row. */
    readonly row?: number,
  ) {
    super("predictor_input", `${row === undefined ? "" : `row ${row}: `}column ${column}: ${problem}`);
  }
}
