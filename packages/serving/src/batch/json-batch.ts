import type { PredictionAnswer, ProblemDocument } from "../app/answer";
import { Problem, problemDocument } from "../app/problem";
import type { Score } from "../app/scoring";
import { batchTurns } from "./turns";

/** Rows of one batch request at most; more go through `sagewright predict --file`. */
export const MOST_ROWS = 10_000;

/** How many rows a batch had, and how many of them were answered. */
export interface BatchCounts {
  readonly rows: number;
  readonly answered: number;
}

/** One row's result. */
export type BatchResult =
  | { readonly index: number; readonly prediction: PredictionAnswer }
  | { readonly index: number; readonly problem: ProblemDocument };

/**
 * Scores the rows of a batch; a backend that answers several at once gets them together. A row that breaks the contract gets its problem beside the others' answers.
 *
 * @throws {@link Problem} `batch_invalid` when the body is no list of 1 to {@link MOST_ROWS} rows, and whatever concerns
 *   every row alike (the backend does not answer).
 */
export async function scoreBatch(
  body: unknown,
  { score, drivers, requestId }: { readonly score: Score; readonly drivers: number; readonly requestId: string },
): Promise<BatchResult[]> {
  const rows = rowsOf(body);
  const results: Promise<BatchResult | undefined>[] = [];
  const failures: unknown[] = [];
  const answer = async (index: number): Promise<BatchResult | undefined> => {
    try {
      return { index, prediction: await score(rows[index], drivers) };
    } catch (error) {
      if (error instanceof Problem && error.code === "row_invalid") {
        return { index, problem: problemDocument(error, requestId) };
      }
      failures.push(error);
      return undefined;
    }
  };
  for (let index = 0; index < rows.length && failures.length === 0; index += 1) {
    const turn = batchTurns.next();
    if (turn !== undefined) await turn;
    results.push(answer(index));
  }
  const answered = await Promise.all(results);
  if (failures.length > 0) throw failures[0];
  return answered.filter((result) => result !== undefined);
}

function rowsOf(body: unknown): readonly unknown[] {
  const allowed = `a JSON list of 1 to ${MOST_ROWS} rows`;
  if (!Array.isArray(body)) throw refused("The body is not a list.", allowed);
  if (body.length === 0) throw refused("The list is empty.", allowed);
  if (body.length > MOST_ROWS) throw refused(`The list has ${body.length} rows.`, allowed);
  return body;
}

function refused(what: string, allowed: string): Problem {
  const message = `${what} Send ${allowed}.`;
  return new Problem("batch_invalid", message, { errors: [{ code: "batch_invalid", path: "", message, allowed }] });
}
