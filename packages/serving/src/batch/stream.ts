import type { PredictionAnswer } from "../app/answer";
import { Problem } from "../app/problem";
import type { Score } from "../app/scoring";
import type { AnswerLines, RowOutcome } from "./answer-lines";
import type { BatchCounts } from "./json-batch";
import type { StreamedRow } from "./streamed-row";
import { batchTurns } from "./turns";

/** Characters gathered before they are sent. */
const CHUNK_CHARACTERS = 16 * 1024;

/** How a streamed batch is answered. */
export interface StreamOptions {
  readonly score: Score;
  readonly drivers: number;
  readonly lines: AnswerLines;
  readonly requestId: string;
  readonly ended: (counts: BatchCounts) => void;
}

/**
 * Scores rows as they arrive and writes each answer as soon as it is there. The next rows are read only when the client
 * has taken the last answers, so memory does not grow with the batch. What goes wrong with the batch before its first row
 * is thrown; later it is the last line.
 *
 * @throws {@link Problem} before the first row; `batch_invalid` when there is none.
 */
export async function answerStream(
  rows: AsyncGenerator<StreamedRow>,
  options: StreamOptions,
): Promise<ReadableStream<Uint8Array>> {
  const outcomes = outcomesOf(rows, options);
  const first = await outcomes.next();
  if (first.done === true) throw new Problem("batch_invalid", "The batch has no rows. Send at least one.");
  const chunks = chunksOf(first.value, outcomes, options);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      async cancel() {
        await chunks.return(undefined);
        await outcomes.return(undefined);
        await rows.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

const encoder = new TextEncoder();

async function* outcomesOf(
  rows: AsyncGenerator<StreamedRow>,
  { score, drivers, ended }: StreamOptions,
): AsyncGenerator<RowOutcome> {
  const counts = { rows: 0, answered: 0 };
  const answer = async (each: StreamedRow, index: number): Promise<RowOutcome> => {
    const place = { index, line: each.line, ...("ids" in each ? { ids: each.ids } : {}) };
    return { ...place, ...("problem" in each ? { problem: each.problem } : await answerRow(each, score, drivers)) };
  };
  try {
    for await (const outcome of inOrder(rows, answer, score.rowsAtOnce)) {
      counts.rows += 1;
      if ("prediction" in outcome) counts.answered += 1;
      yield outcome;
    }
  } finally {
    if (counts.rows > 0) ended(counts);
  }
}

/**
 * Answers rows in their order, with at most `atOnce` of them under way. Rows that come slowly do not keep back the answers
 * that are there.
 */
async function* inOrder(
  rows: AsyncGenerator<StreamedRow>,
  answer: (row: StreamedRow, index: number) => Promise<RowOutcome>,
  atOnce: number,
): AsyncGenerator<RowOutcome> {
  const underWay: Promise<RowOutcome>[] = [];
  let coming: Promise<IteratorResult<StreamedRow>> | undefined;
  let ended = false;
  try {
    for (let index = 0; ; ) {
      const [first] = underWay;
      if (first === undefined && ended) return;
      coming ??= ended || underWay.length >= atOnce ? undefined : rows.next();
      if (first !== undefined && (coming === undefined || !(await isSooner(coming, first)))) {
        underWay.shift();
        yield await first;
        continue;
      }
      const next: IteratorResult<StreamedRow> | undefined = await coming;
      coming = undefined;
      ended = next?.done !== false;
      if (next === undefined || next.done === true) continue;
      const turn = batchTurns.next();
      if (turn !== undefined) await turn;
      const answered = answer(next.value, index);
      // It is awaited in its turn; a failure that comes before is none that nobody handles.
      answered.catch(() => undefined);
      underWay.push(answered);
      index += 1;
    }
  } finally {
    await rows.return(undefined);
  }
}

/** Whether the next row comes, or fails to, before an answer does. */
function isSooner(row: Promise<unknown>, answer: Promise<unknown>): Promise<boolean> {
  const [yes, no] = [() => true, () => false];
  return Promise.race([row.then(yes, yes), answer.then(no, no)]);
}

async function answerRow(
  each: Exclude<StreamedRow, { problem: Problem }>,
  score: Score,
  drivers: number,
): Promise<{ prediction: PredictionAnswer } | { problem: Problem }> {
  try {
    return { prediction: "fields" in each ? await score.fields(each.fields, drivers) : await score(each.row, drivers) };
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.code !== "row_invalid") throw problem;
    return { problem };
  }
}

async function* chunksOf(
  first: RowOutcome,
  rest: AsyncGenerator<RowOutcome>,
  { lines, requestId }: StreamOptions,
): AsyncGenerator<string, undefined> {
  let text = lines.head + lines.line(first, requestId);
  try {
    for await (const outcome of rest) {
      text += lines.line(outcome, requestId);
      if (text.length < CHUNK_CHARACTERS) continue;
      yield text;
      text = "";
    }
  } catch (error) {
    text += lines.line({ problem: lastProblem(error) }, requestId);
  }
  if (text !== "") yield text;
}

function lastProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem("internal_error", "The batch ended early because of a fault in the server. Send the rest again.");
}
