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

/** Makes the texts of a log's lines. */
export type EntryText = (fact: AuditFact, at: Date) => string;

/**
 * Compiles what makes a fact the text of its line, without the line's beginning, which is known only when the line gets its
 * place: `{"seq":7,` and this make the line. A busy server asks many times within one millisecond and for one key; what is
 * the same as the last time is not written out again.
 */
export function entryTexts(): EntryText {
  let ms = Number.NaN;
  let stamp = "";
  let last: AuditFact | undefined;
  let actor = "";
  return (fact, at) => {
    if (at.getTime() !== ms) {
      ms = at.getTime();
      stamp = at.toISOString();
    }
    if (last === undefined || fact.who !== last.who || fact.what !== last.what || fact.model !== last.model) {
      const { who, what, model } = fact;
      actor = JSON.stringify({ who, what, model }).slice(1, -1);
      last = fact;
    }
    return `"at":"${stamp}",${actor},"about":${JSON.stringify(fact.about)}}`;
  };
}
