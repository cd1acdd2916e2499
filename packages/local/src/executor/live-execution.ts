import type { Journal } from "../state/store";
import { messageOf } from "./exceptions";
import { advance } from "./reducer/advance";
import type { Command } from "./reducer/commands";
import { stopCommand } from "./reducer/draft";
import type { ExecutionEvent } from "./reducer/events";
import { type ExecutionState, hasEnded } from "./reducer/state";

/** What an execution tells its surroundings. */
export interface ExecutionObserver {
  /** After the journal holds the events that led from one state to the other. `before` is undefined at the start. */
  changed(before: ExecutionState | undefined, after: ExecutionState): void;
  /** Commands to perform, after the journal holds what led to them. */
  commanded(commands: readonly Command[], execution: LiveExecution): void;
}

/**
 * One execution that is going on: a queue of events, written to the journal before anything that follows from them happens.
 */
export class LiveExecution {
  private readonly queue: ExecutionEvent[] = [];
  private drained: Promise<void> = Promise.resolve();
  private busy = false;
  private closed = false;
  private readonly waiters: { resolve: (state: ExecutionState) => void; reject: (error: unknown) => void }[] = [];

  constructor(
    private current: ExecutionState | undefined,
    private readonly journal: Journal<ExecutionEvent>,
    private readonly observer: ExecutionObserver,
  ) {}

  /** The present state; undefined until the first event is in the journal. */
  get present(): ExecutionState | undefined {
    return this.current;
  }

  /** The present state of an execution that has begun. */
  readonly state = (): ExecutionState => {
    if (!this.current) throw new Error("The execution has not begun.");
    return this.current;
  };

  /** Takes an event. It has its effect once it is in the journal. */
  readonly dispatch = (event: ExecutionEvent): void => {
    void this.deliver(event).catch(() => undefined);
  };

  /** Takes an event; resolves when it is in the journal and has had its effect. */
  deliver(event: ExecutionEvent): Promise<void> {
    if (this.closed) return Promise.resolve();
    this.queue.push(event);
    if (!this.busy) this.drained = this.drain();
    return this.drained;
  }

  /** Resolves when the execution has ended; rejects when it could not even begin. */
  ended(): Promise<ExecutionState> {
    if (this.current && hasEnded(this.current)) return Promise.resolve(this.current);
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
    });
  }

  /** Ignores everything from now on. The journal stays as it is. */
  close(): void {
    this.closed = true;
    this.journal.close();
  }

  private async drain(): Promise<void> {
    this.busy = true;
    try {
      while (this.queue.length > 0 && !this.closed) await this.take(this.queue.splice(0));
    } finally {
      // In the very turn in which the queue was seen empty: an event that comes later begins another drain.
      this.busy = false;
    }
  }

  /** Applies events that arrived together, with one write to the journal. */
  private async take(events: readonly ExecutionEvent[]): Promise<void> {
    const before = this.current;
    const commands: Command[] = [];
    const written: Promise<void>[] = [];
    let after = before;
    for (const event of events) {
      const next = advance(after, event);
      if (next.state === after) continue;
      after = next.state;
      commands.push(...next.commands);
      written.push(this.journal.append(event));
    }
    if (!after || after === before) return;
    try {
      await Promise.all(written);
    } catch (error) {
      this.fail(before, error);
      throw error;
    }
    if (this.closed) return;
    this.current = after;
    this.observer.changed(before, after);
    this.observer.commanded(commands, this);
    if (!hasEnded(after)) return;
    this.close();
    for (const waiter of this.waiters.splice(0)) waiter.resolve(after);
  }

  /**
   * What is not in the journal has not happened: the execution fails here and now, visibly, and its jobs are stopped. The journal still
   * says that it runs, so it goes on from there when the state folder is opened again.
   */
  private fail(before: ExecutionState | undefined, error: unknown): void {
    this.close();
    if (!before) {
      for (const waiter of this.waiters.splice(0)) waiter.reject(error);
      return;
    }
    const failureReason = `The execution's journal cannot be written. ${messageOf(error)}`;
    const running = Object.keys(before.steps).filter((name) => before.steps[name]?.phase === "running");
    const after: ExecutionState = { ...before, status: "Failed", failureReason };
    this.current = after;
    this.observer.changed(before, after);
    this.observer.commanded(
      running.map((name) => stopCommand(before, name)),
      this,
    );
    for (const waiter of this.waiters.splice(0)) waiter.resolve(after);
  }
}
