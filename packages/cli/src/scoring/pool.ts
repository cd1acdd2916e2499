import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { CliError } from "../errors";
import { exitCodes } from "../exit-codes";
import type { ScoredTask, ScoringPlan, ScoringTask } from "./plan";

/** Threads that check and score tasks. */
export interface TaskPool {
  /** Gives a task to the thread with the least to do; its bytes are the thread's from then on. */
  run(task: ScoringTask): Promise<ScoredTask>;
  close(): Promise<void>;
}

/** A task whose bytes are no text; the caller knows where in the file it lies. */
export class UnreadableTask extends Error {}

interface Reply {
  readonly id: number;
  readonly result?: ScoredTask;
  readonly failure?: { code?: string; message: string; stack?: string; unreadable: boolean };
}

/** Keeps the rubbish of a thread small: tasks are short-lived, and the big arrays are outside its heap. */
const limits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 };

/** Starts the threads. @param workerFile @default the program beside this module */
export function startPool(plan: ScoringPlan, threads: number, workerFile = join(__dirname, "worker.js")): TaskPool {
  const pending = new Map<number, { resolve: (result: ScoredTask) => void; reject: (error: Error) => void }>();
  let tasks = 0;
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(workerFile, { workerData: plan, resourceLimits: limits });
    const slot = { worker, waiting: 0 };
    worker.on("message", ({ id, result, failure }: Reply) => {
      slot.waiting -= 1;
      const asked = pending.get(id);
      pending.delete(id);
      if (result !== undefined) asked?.resolve(result);
      else asked?.reject(failureOf(failure));
    });
    worker.on("error", (cause: Error & { code?: string }) => {
      const reason = cause.code === "ERR_WORKER_OUT_OF_MEMORY" ? recordTooLarge(cause) : cause;
      for (const { reject } of pending.values()) reject(reason);
      pending.clear();
    });
    return slot;
  });
  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        const slot = workers.reduce((least, each) => (each.waiting < least.waiting ? each : least));
        const id = tasks++;
        pending.set(id, { resolve, reject });
        slot.waiting += 1;
        slot.worker.postMessage({ id, task }, "bytes" in task ? [task.bytes.buffer as ArrayBuffer] : []);
      }),
    close: async () => {
      await Promise.all(workers.map(({ worker }) => worker.terminate()));
    },
  };
}

function failureOf(failure: Reply["failure"]): Error {
  if (failure?.unreadable === true) return new UnreadableTask();
  const { code = "scoring_failed", message = "a scoring thread failed" } = failure ?? {};
  return new CliError({ code, message, exitCode: exitCodes.failed, cause: failure?.stack });
}

/** Tasks are small unless one record is huge: that is what a thread runs out of memory over. */
function recordTooLarge(cause: Error): CliError {
  return new CliError({
    code: "file_record_too_long",
    message: `a record needs more than ${limits.maxOldGenerationSizeMb} MB of memory`,
    fix: "look for a very long line in the file",
    exitCode: exitCodes.invalid,
    cause,
  });
}
