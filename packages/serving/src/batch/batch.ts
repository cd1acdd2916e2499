import { bodyIncomplete, parseJsonBytes } from "../app/body";
import type { CustomerForm } from "../app/customer";
import type { Score } from "../app/scoring";
import { type AnswerLines, csvLines, ndjsonLines } from "./answer-lines";
import { csvRows } from "./csv-rows";
import type { BatchCounts } from "./json-batch";
import { ndjsonRows } from "./ndjson-rows";
import { answerStream } from "./stream";

/** A batch that is answered while it arrives. */
export interface StreamedBatch {
  readonly request: Request;
  readonly type: "application/x-ndjson" | "text/csv";
  readonly drivers: number;
  readonly requestId: string;
  /** Told the counts when the last row was answered or the batch ended early. */
  readonly ended: (counts: BatchCounts) => void;
}

/** Compiles the streamed kinds of `POST /predict/batch`. */
export function compileStreamedBatch(
  customer: CustomerForm,
  score: Score,
): (batch: StreamedBatch) => Promise<Response> {
  const csv = csvLines(customer);
  return async ({ request, type, drivers, requestId, ended }) => {
    const bytes = bytesOf(request);
    const rows = type === "text/csv" ? csvRows(bytes, customer) : ndjsonRows(bytes, parseJsonBytes);
    const lines = linesFor(request.headers.get("accept"), type, csv);
    const body = await answerStream(rows, { score, drivers, lines, requestId, ended });
    return new Response(body, { headers: { "content-type": lines.type } });
  };
}

/** Answers come as the rows did, unless the request accepts only the other kind. */
function linesFor(accept: string | null, type: StreamedBatch["type"], csv: AnswerLines): AnswerLines {
  const accepted = (accept ?? "").toLowerCase();
  if (accepted.includes(type) || accepted.includes("*/*")) return type === "text/csv" ? csv : ndjsonLines;
  if (accepted.includes("text/csv")) return csv;
  if (accepted.includes("application/x-ndjson")) return ndjsonLines;
  return type === "text/csv" ? csv : ndjsonLines;
}

async function* bytesOf(request: Request): AsyncGenerator<Uint8Array> {
  const reader = (request.body ?? new Blob([]).stream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw bodyIncomplete();
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
