import { ServingError } from "../errors";
import { type AuditFact, entryTexts } from "./entry";
import { AuditWriter, type Rotation } from "./writer";

/** Takes what has to be on record. */
export interface AuditLog {
  /**
   * Takes a fact for the log, off the request's path; it is on disk shortly after.
   *
   * @throws {@link ServingError} `audit_unavailable` when the log cannot be written or is too far behind: then nothing may
   *   be decided.
   */
  record(fact: AuditFact): void;
  /** Resolves when everything taken so far is on disk. */
  flush(): Promise<void>;
}

/** Facts that may wait for the disk. */
const MOST_WAITING = 50_000;

/** How long a fact may wait for others to be written with it. */
const GROUP_MS = 100;

/** What a file log needs. */
export interface FileAuditLogOptions {
  readonly path: string;
  readonly secret: Uint8Array;
  /** When the present file is put away and a new one begun. @default at 64 MiB, and with every new day (UTC) */
  readonly rotation?: Rotation;
  /** @default the system's clock */
  readonly now?: () => Date;
}

/**
 * The audit log in files of JSON lines, sealed in blocks that are chained by macs; several processes may write it. Where it
 * ends is kept beside it, so that lines cut off at the end are missed too. Lines are written in groups: one group is on
 * disk before the next begins. A process that is killed loses what it took in the last {@link GROUP_MS} milliseconds and
 * while a group was on its way to the disk.
 */
export function fileAuditLog({ path, secret, rotation = {}, now = () => new Date() }: FileAuditLogOptions): AuditLog {
  const entryText = entryTexts();
  const writer = new AuditWriter({ path, secret, rotation, now });
  let waiting: string[] = [];
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failure: unknown;

  async function drain(): Promise<void> {
    if (waiting.length === 0) return;
    const group = waiting;
    waiting = [];
    try {
      await writer.append(group);
      failure = undefined;
    } catch (error) {
      failure = error;
      waiting = [...group, ...waiting];
    }
  }

  /** Waits a little before it writes, so that busy moments make few large groups. */
  function startSoon(): void {
    timer ??= setTimeout(() => void start(), GROUP_MS);
  }

  function start(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    running ??= drain().finally(() => {
      running = undefined;
      if (waiting.length > 0 && failure === undefined) startSoon();
    });
    return running;
  }

  return {
    record(fact) {
      if (waiting.length >= MOST_WAITING) throw unavailable(path, failure);
      waiting.push(entryText(fact, now()));
      startSoon();
      if (failure !== undefined) throw unavailable(path, failure);
    },
    async flush() {
      while (waiting.length > 0 || running !== undefined) {
        await start();
        if (failure !== undefined) throw unavailable(path, failure);
      }
    },
  };
}

function unavailable(path: string, cause: unknown): ServingError {
  return new ServingError("audit_unavailable", `The audit log ${path} cannot be written.`, { cause });
}
