/** What is recorded of one decision or administrative act. Nothing in it describes a customer. */
export interface AuditFact {
  /** Id of the key, `open` without keys, `command-line` for commands, `audit` for what the log says of itself. */
  readonly who: string;
  /** `predict`, `predict_batch`, `feedback`, `retrain`, `key_create`, `key_revoke`, `key_rotate`, `audit_recovered`. */
  readonly what: string;
  /** The model's version, where one decided. */
  readonly model?: string;
  /** Ids, counts and names of the project's own making. */
  readonly about: Readonly<Record<string, string | number | boolean>>;
}

/** A position in the log: how many lines there are up to it, and the mac of what was sealed last. */
export interface AuditHead {
  readonly seq: number;
  readonly mac: string;
}

/** The position before the first line. */
export const BEGINNING: AuditHead = { seq: 0, mac: "0".repeat(64) };

/**
 * A fact as the text of its line without the line's beginning, which is known only when the line gets its place:
 * `{"seq":7,` and this make the line.
 */
export function entryText({ who, what, model, about }: AuditFact, at: string): string {
  return JSON.stringify({ at, who, what, model, about }).slice(1);
}

/** ISO 8601 of a moment; a busy server asks many times within one millisecond. */
export function stampedBy(): (at: Date) => string {
  let known = Number.NaN;
  let text = "";
  return (at) => {
    const ms = at.getTime();
    if (ms !== known) {
      known = ms;
      text = at.toISOString();
    }
    return text;
  };
}
