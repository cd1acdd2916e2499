import { parentPort, workerData } from "node:worker_threads";
import { loadPredictor, PredictorInputError } from "../index";
import type { ScoringJob, ScoringReply } from "./messages";

/** The program of one worker thread of a scoring pool. */
const ROWS_AT_ONCE = 2048;

const predictor = loadPredictor(workerData as Uint8Array);

parentPort?.on("message", (job: ScoringJob) => parentPort?.postMessage(score(job)));

function score({ id, rows, columns, out, next }: ScoringJob): ScoringReply {
  for (;;) {
    const start = Atomics.add(next, 0, ROWS_AT_ONCE);
    if (start >= rows) return { id };
    const end = Math.min(start + ROWS_AT_ONCE, rows);
    const part = Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, values.subarray(start, end)]),
    );
    try {
      out.set(predictor.predictColumns(part), start);
    } catch (error) {
      // Nobody needs the remaining rows.
      Atomics.store(next, 0, rows);
      if (!(error instanceof PredictorInputError)) return { id, failure: String(error) };
      const { column, problem, row = 0 } = error;
      return { id, refused: { column, problem, row: start + row } };
    }
  }
}
