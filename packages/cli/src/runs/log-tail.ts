import { type Clients, type ExecutionEvent, readLogs, type StepView } from "@sagewright/sagemaker";

/** A line that a step's job just wrote. */
export interface TailLine {
  step: string;
  at: Date;
  message: string;
}

/** The ends of the logs of whatever runs: one reader a job, begun and ended by the run's own events. */
export class LogTail {
  readonly #clients: Clients;
  readonly #onLine: (line: TailLine) => void;
  readonly #ending = new AbortController();
  readonly #running = new Map<string, { ended: boolean; done: Promise<void> }>();

  constructor(clients: Clients, onLine: (line: TailLine) => void) {
    this.#clients = clients;
    this.#onLine = onLine;
  }

  /** Takes note of an event: a job that began is read, one that ended is read to its end. */
  see(event: ExecutionEvent): void {
    if (event.type !== "step" || event.step.job === undefined) return;
    const { name, state, job } = event.step;
    const { kind } = job;
    // A tuning job has no log of its own, and its trials are too many to follow at once.
    if (kind === "TuningJob") return;
    const reader = this.#running.get(job.arn);
    if (reader !== undefined) reader.ended ||= !isRunning(state);
    else if (isRunning(state)) {
      const entry = { ended: false, done: Promise.resolve() };
      this.#running.set(job.arn, entry);
      entry.done = this.#read(name, { kind, name: job.name }, () => entry.ended);
    }
  }

  /** Ends every reader; what is not read by now is left. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  async #read(
    step: string,
    job: { kind: "TrainingJob" | "ProcessingJob" | "TransformJob"; name: string },
    until: () => boolean,
  ): Promise<void> {
    try {
      for await (const { at, message } of readLogs(this.#clients, job, { until, signal: this.#ending.signal }))
        this.#onLine({ step, at, message });
    } catch {
      // A log is an extra: whatever goes wrong with reading it, the run is watched on.
    }
  }
}

function isRunning(state: StepView["state"]): boolean {
  return state === "running" || state === "stopping";
}
