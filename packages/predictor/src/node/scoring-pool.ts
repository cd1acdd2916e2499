import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type ColumnValues, loadPredictor, type Predictor, PredictorError, PredictorInputError } from "../index";
import type { ScoringJob, ScoringReply } from "./messages";
import { packColumns } from "./pack-columns";

/** Settings of {@link createScoringPool}. */
export interface ScoringPoolProps {
  /** The bytes of a predictor file. */
  readonly bytes: Uint8Array;
  /**
   * Worker threads.
   *
   * @default as many as the machine runs at once
   */
  readonly threads?: number;
  /**
   * The worker's program, `scoring-worker.js`. Name it where a bundler has moved this module away from it.
   *
   * @default the file beside this module
   */
  readonly workerFile?: string;
}

/** Threads that score large batches. They do not keep the process alive while they have nothing to do. */
export interface ScoringPool {
  /** The model that the threads evaluate. */
  readonly predictor: Predictor;
  /**
   * Scores a batch on all threads; the values are those of `predictor.predictColumns`. Several batches may be under way.
   *
   * @throws {@link PredictorInputError} as `predictColumns` does.
   * @throws {@link PredictorError} `pool_closed` or `pool_failed`.
   */
  predictColumns(columns: { readonly [column: string]: ColumnValues }): Promise<Float64Array>;
  /** Ends the threads; batches under way are refused with `pool_closed`. */
  close(): Promise<void>;
}

/**
 * Starts threads that score one model.
 *
 * @throws {@link PredictorFormatError} when `bytes` are no predictor file.
 */
export function createScoringPool(props: ScoringPoolProps): ScoringPool {
  const threads = props.threads ?? availableParallelism();
  if (!Number.isSafeInteger(threads) || threads < 1) {
    throw new PredictorError(
      "pool_threads",
      `threads: ${threads} is not a whole number of at least 1. Give the number of threads to score with.`,
    );
  }
  return new WorkerPool(props.bytes, threads, props.workerFile ?? join(__dirname, "scoring-worker.js"));
}

interface Pending {
  readonly out: Float64Array;
  waiting: number;
  refusal: PredictorError | undefined;
  readonly resolve: (values: Float64Array) => void;
  readonly reject: (error: PredictorError) => void;
}

class WorkerPool implements ScoringPool {
  readonly predictor: Predictor;
  private readonly workers: readonly Worker[];
  private readonly pending = new Map<number, Pending>();
  private jobs = 0;
  private ended: PredictorError | undefined;

  constructor(bytes: Uint8Array, threads: number, workerFile: string) {
    this.predictor = loadPredictor(bytes);
    const workerData = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
    workerData.set(bytes);
    this.workers = Array.from({ length: threads }, () => {
      const worker = new Worker(workerFile, { workerData });
      worker.on("message", (reply: ScoringReply) => this.settle(reply));
      worker.on("error", (cause) =>
        this.end(new PredictorError("pool_failed", `a scoring thread failed: ${cause}`, { cause })),
      );
      worker.unref();
      return worker;
    });
  }

  predictColumns(columns: { readonly [column: string]: ColumnValues }): Promise<Float64Array> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) throw this.ended;
      const { rows, packed } = packColumns(columns, this.predictor.columns);
      const out = new Float64Array(new SharedArrayBuffer(8 * rows));
      const next = new Int32Array(new SharedArrayBuffer(4));
      const job: ScoringJob = { id: this.jobs++, rows, columns: packed, out, next };
      this.pending.set(job.id, { out, waiting: this.workers.length, refusal: undefined, resolve, reject });
      for (const worker of this.workers) {
        worker.ref();
        worker.postMessage(job);
      }
    });
  }

  async close(): Promise<void> {
    this.end(new PredictorError("pool_closed", "the scoring pool is closed. Create another one."));
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private settle({ id, refused, failure }: ScoringReply): void {
    const job = this.pending.get(id);
    if (job === undefined) return;
    if (refused !== undefined) job.refusal ??= new PredictorInputError(refused.column, refused.problem, refused.row);
    if (failure !== undefined) job.refusal ??= new PredictorError("pool_failed", `a scoring thread failed: ${failure}`);
    job.waiting--;
    if (job.waiting > 0) return;
    this.pending.delete(id);
    if (this.pending.size === 0) for (const worker of this.workers) worker.unref();
    if (job.refusal === undefined) job.resolve(job.out);
    else job.reject(job.refusal);
  }

  private end(reason: PredictorError): void {
    this.ended ??= reason;
    for (const { reject } of this.pending.values()) reject(this.ended);
    this.pending.clear();
  }
}
