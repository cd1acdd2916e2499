/** One thing that is wrong with a contract: data first, the sentence last. */
export interface ContractIssue {
  /** Stable, for programs: `column_duplicate`, `range_empty`, … */
  readonly code: string;
  /** Where, as written by the user: `columns.state.categories`. */
  readonly path: string;
  /** Field, rule, value received and remedy in one or two sentences. */
  readonly message: string;
  /** The values the sentence was made from. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Base of every error this package throws; `code` never changes between releases. */
export class ContractError extends Error {
  readonly code: string;
  readonly issues: readonly ContractIssue[];

  constructor(code: string, message: string, options: { issues?: readonly ContractIssue[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.issues = options.issues ?? [];
  }
}

/** The contract itself is wrong; every problem is in `issues`. Code `contract_invalid`. */
export class ContractInvalidError extends ContractError {
  constructor(issues: readonly ContractIssue[]) {
    super("contract_invalid", `The contract is not valid:\n${issues.map((issue) => `  ${issue.message}`).join("\n")}`, {
      issues,
    });
  }
}

/** Codes of errors that concern a whole file rather than one row. */
export type DataSetErrorCode =
  | "file_empty"
  | "file_binary"
  | "not_utf8"
  | "header_missing"
  | "header_duplicate"
  | "column_missing"
  | "no_rows"
  | "target_empty"
  | "target_one_class"
  | "target_unknown"
  | "no_features";

/** A data file cannot be used at all; `facts` carries what the message was made from. */
export class DataSetError extends ContractError {
  declare readonly code: DataSetErrorCode;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: DataSetErrorCode, message: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(code, message);
    this.facts = facts;
  }
}
