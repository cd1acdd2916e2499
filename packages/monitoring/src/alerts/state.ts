import type { Finding, Severity } from "../findings/finding";

/** A step in the life of an incident that somebody is told of. */
export type Step = "open" | "update" | "reopen" | "close" | "note";

/** One problem, or several that belong together, from the first finding until all are over. */
export interface Incident {
  readonly id: string;
  readonly key: string;
  /** The worst so far. */
  readonly severity: Severity;
  readonly opened: string;
  readonly closed?: string;
  /** By key. */
  readonly findings: Readonly<Record<string, TrackedFinding>>;
  /** Targets that have been told. */
  readonly targets: readonly string[];
  /** What people know: the magnitude of each open finding when it was last told. */
  readonly told: Readonly<Record<string, number>>;
}

/** A finding of an incident; `over` once it was cleared. */
export interface TrackedFinding {
  readonly finding: Finding;
  readonly over?: string;
}

/** What somebody is told, as data; channels give it their form. */
export interface Message {
  readonly incident: string;
  readonly step: Step;
  readonly severity: Severity;
  readonly title: string;
  /** What is the matter, a sentence each. */
  readonly what: readonly string[];
  /** How bad, a sentence each. */
  readonly extent: readonly string[];
  readonly since: string;
  readonly model: string;
  /** The environment. @default absent where nobody said which */
  readonly place?: string;
  readonly action: readonly string[];
  /** Address of the run-book, or its page where no address is configured. */
  readonly runbook: string;
  /** What it is about, for machines. */
  readonly about: { readonly model: string; readonly kind: string; readonly subjects: readonly string[] };
}

/** A message on its way to one target. */
export interface Delivery {
  /** Idempotency key. */
  readonly id: string;
  /** Place in the order of everything. */
  readonly seq: number;
  readonly target: string;
  readonly incident: string;
  readonly step: Step;
  readonly at: string;
  readonly message: Message;
  /** Deliveries that were gathered into this one, beside itself. @default none */
  readonly gathered?: readonly Delivery[];
  readonly attempts: number;
  readonly firstAttempt?: string;
  /** Being sent by somebody, who has until then. */
  readonly claimedUntil?: string;
  /** It may have arrived: the answer was lost. */
  readonly unsure?: true;
  /** Not before. */
  readonly due?: string;
  readonly error?: string;
}

/** A message that was given up. */
export interface DeadLetter {
  readonly delivery: Delivery;
  readonly diedAt: string;
  readonly because: string;
}

/** What is known of a target. */
export interface TargetState {
  readonly failures: number;
  readonly pausedUntil?: string;
  /** Digest of the configuration and secret that were refused: the pause ends when they change. @default they were not */
  readonly refused?: string;
  /** Deliveries of the last hour. */
  readonly sent: readonly string[];
}

/** Everything that the router remembers, one document. */
export interface AlertState {
  readonly format: 1;
  readonly nextSeq: number;
  /** By id; closed ones for a while. */
  readonly incidents: Readonly<Record<string, Incident>>;
  /** When each finding's key was last looked at, and whether it was there. */
  readonly marks: Readonly<Record<string, { readonly at: string; readonly open: boolean }>>;
  /** In their order. */
  readonly outbox: readonly Delivery[];
  readonly dead: readonly DeadLetter[];
  /** What a target calls an incident, by `target/incident`: a thread, an issue. */
  readonly threads: Readonly<Record<string, string>>;
  readonly targets: Readonly<Record<string, TargetState>>;
}

/** Nothing has happened yet. */
export const emptyState: AlertState = {
  format: 1,
  nextSeq: 1,
  incidents: {},
  marks: {},
  outbox: [],
  dead: [],
  threads: {},
  targets: {},
};
