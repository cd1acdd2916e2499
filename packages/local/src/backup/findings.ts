/** Something that a check of the state folder found. */
export interface StateFinding {
  /** Relative to the state folder, or the address of an object. */
  readonly at: string;
  readonly code:
    | "record_unreadable"
    | "journal_damaged"
    | "object_missing"
    | "object_changed"
    | "reference_broken"
    | "version";
  readonly message: string;
}

/** Collects findings, and counts what was looked at. */
export class Findings {
  readonly damaged: StateFinding[] = [];
  /** Worth knowing and no damage. */
  readonly notes: string[] = [];
  readonly checked = { records: 0, journals: 0, objects: 0, references: 0 };

  /** Notes a damage. */
  add(code: StateFinding["code"], at: string, message: string): void {
    this.damaged.push({ code, at, message });
  }
}
