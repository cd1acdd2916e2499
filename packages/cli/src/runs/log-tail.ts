import { type Clients, type ExecutionEvent, listTrials, readLogs, type StepView } from "@sagewright/sagemaker";
import type { LoggedJob } from "./job-logs";

/** A line that a step's job just wrote. */
export interface TailLine {
  step: string;
  /** Name of the job; a tuning step has one for each trial. */
  job: string;
  at: Date;
  message: string;
}

interface Reader {
  ended: boolean;
  done: Promise<void>;
}

/** The ends of the logs of whatever runs: one reader a job, begun and ended by the run's own events. */
export class LogTail {
  readonly #clients: Clients;
  readonly #onLine: (line: TailLine) => void;
  readonly #ending = new AbortController();
  readonly #readers = new Map<string, Reader>();
  /** Tuning jobs by their steps, and the question about their trials that is under way. */
  readonly #tuning = new Map<string, { job: string; asked: Promise<void> }>();

  constructor(clients: Clients, onLine: (line: TailLine) => void) {
    this.#clients = clients;
    this.#onLine = onLine;
  }

  /** Takes note of an event: a job that began is read, one that ended is read to its end. */
  see(event: ExecutionEvent): void {
    if (event.type === "tuning") this.#followTrials(event.step);
    if (event.type !== "step" || event.step.job === undefined) return;
    const { name, state, job } = event.step;
    const { kind } = job;
    if (kind !== "TuningJob") {
      this.#follow(name, { kind, name: job.name }, { running: isRunning(state), late: false });
      return;
    }
    if (isRunning(state) && !this.#tuning.has(name))
      this.#tuning.set(name, { job: job.name, asked: Promise.resolve() });
    this.#followTrials(name);
  }

  /** Ends every reader; what is not read by now is left. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#tuning.values()].map(({ asked }) => asked));
    await Promise.all([...this.#readers.values()].map(({ done }) => done));
  }

  /** `late`: a job that is over already is read as well. */
  #follow(step: string, job: LoggedJob, { running, late }: { running: boolean; late: boolean }): void {
    const known = this.#readers.get(job.name);
    if (known !== undefined) known.ended ||= !running;
    else if (running || late) {
      const reader: Reader = { ended: !running, done: Promise.resolve() };
      this.#readers.set(job.name, reader);
      reader.done = this.#read(step, job, () => reader.ended);
    }
  }

  /** Trials begin and end between two events, so those that are over by now are read too. */
  #followTrials(step: string): void {
    const tuning = this.#tuning.get(step);
    if (tuning === undefined) return;
    tuning.asked = tuning.asked.then(async () => {
      if (this.#ending.signal.aborted) return;
      try {
        for (const { name, running } of await listTrials(this.#clients, tuning.job))
          this.#follow(step, { kind: "TrainingJob", name }, { running, late: true });
      } catch {
        // Asked again with the next event.
      }
    });
  }

  async #read(step: string, job: LoggedJob, until: () => boolean): Promise<void> {
    try {
      for await (const { at, message } of readLogs(this.#clients, job, { until, signal: this.#ending.signal }))
        this.#onLine({ step, job: job.name, at, message });
    } catch {
      // A log is an extra: whatever goes wrong with reading it, the run is watched on.
    }
  }
}

function isRunning(state: StepView["state"]): boolean {
  return state === "running" || state === "stopping";
}
