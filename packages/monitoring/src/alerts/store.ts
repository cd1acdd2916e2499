import { MonitoringError } from "../errors";
import { type AlertState, emptyState } from "./state";

/** One document that several processes may change, by comparing versions: no locks that a dead process could hold. */
export interface VersionedDocument {
  /** The newest content; undefined before the first. */
  read(): Promise<{ readonly text: string; readonly version: string } | undefined>;
  /** Writes what follows `version`. Durable when resolved; false when somebody else was faster. */
  write(text: string, version: string | undefined): Promise<boolean>;
}

const MOST_TRIES = 50;

/** The router's memory. Changes within a process take turns; between processes the faster one wins and the other looks again. */
export class AlertStore {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly document: VersionedDocument) {}

  /** What is remembered now. @throws MonitoringError `alert_state_unreadable` */
  async read(): Promise<AlertState> {
    return parsed((await this.document.read())?.text);
  }

  /**
   * Changes the memory. `work` may run several times and must be pure; a state that is the very same is not written.
   *
   * @throws MonitoringError `alert_state_unreadable`, `alert_state_busy`
   */
  change<T>(work: (state: AlertState) => readonly [state: AlertState, result: T]): Promise<T> {
    const mine = this.#turn.then(() => this.#change(work));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #change<T>(work: (state: AlertState) => readonly [state: AlertState, result: T]): Promise<T> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const found = await this.document.read();
      const before = parsed(found?.text);
      const [after, result] = work(before);
      if (after === before || (await this.document.write(JSON.stringify(after), found?.version))) return result;
    }
    throw new MonitoringError(
      "alert_state_busy",
      `The alerts' memory was changed by others ${MOST_TRIES} times in a row. Try again.`,
    );
  }
}

function parsed(text: string | undefined): AlertState {
  if (text === undefined) return emptyState;
  try {
    const state = JSON.parse(text) as AlertState;
    if (state.format === 1 && Array.isArray(state.outbox)) return state;
  } catch (cause) {
    throw unreadable(cause);
  }
  throw unreadable();
}

function unreadable(cause?: unknown): MonitoringError {
  const remedy = "Restore it, or remove it: open incidents are then told once more.";
  return new MonitoringError("alert_state_unreadable", `The alerts' memory is not of a known format. ${remedy}`, {
    cause,
  });
}
