import type { RecordSink } from "./hourly-folder";
import { RecordsLostError } from "./records-lost";

/** What the sink needs of Amazon Data Firehose; a `Firehose` of `@aws-sdk/client-firehose` is one. */
export interface FirehosePuts {
  putRecordBatch(input: {
    readonly DeliveryStreamName: string;
    readonly Records: { readonly Data: Uint8Array }[];
  }): Promise<{
    readonly FailedPutCount?: number | undefined;
    readonly RequestResponses?: readonly { readonly ErrorCode?: string | undefined }[] | undefined;
  }>;
}

/** Where captures go in Firehose. */
export interface FirehoseSinkOptions {
  readonly client: FirehosePuts;
  readonly stream: string;
  /** Times that what Firehose refused is sent in all. @default 4 */
  readonly attempts?: number;
  /** Waits before another attempt. @default so many milliseconds, by a timer */
  readonly pause?: (ms: number) => Promise<void>;
}

/** Limits of PutRecordBatch: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */
const MOST_RECORDS = 500;
const MOST_BYTES = 4 * 1024 * 1024;
const LARGEST_RECORD = 1000 * 1024;

const FIRST_PAUSE_MS = 100;

/**
 * A sink that sends records to a Firehose delivery stream, each with its line end, so that the objects it delivers are JSON
 * lines. Firehose takes a batch in part: what it refused, and only that, is sent again, later each time.
 */
export function firehoseSink({
  client,
  stream,
  attempts = 4,
  pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}: FirehoseSinkOptions): RecordSink {
  return {
    async append(_at, lines) {
      const records = recordsOf(lines);
      const small = records.filter(({ length }) => length <= LARGEST_RECORD);
      let lost = records.length - small.length;
      let cause: unknown;
      for (const batch of batchesOf(small)) {
        try {
          lost += await send(batch);
        } catch (error) {
          lost += batch.length;
          cause = error;
        }
      }
      if (lost > 0) throw new RecordsLostError(lost, cause);
    },
  };

  /** Sends until all are taken or attempts are used up, and gives the number that was not taken. */
  async function send(batch: readonly Buffer[]): Promise<number> {
    let left = batch;
    for (let attempt = 1; ; attempt += 1) {
      left = await refused(left, attempt);
      if (left.length === 0 || attempt >= attempts) return left.length;
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }

  async function refused(batch: readonly Buffer[], attempt: number): Promise<readonly Buffer[]> {
    try {
      const Records = batch.map((Data) => ({ Data }));
      const answer = await client.putRecordBatch({ DeliveryStreamName: stream, Records });
      if ((answer.FailedPutCount ?? 0) === 0) return [];
      return batch.filter((_, index) => answer.RequestResponses?.[index]?.ErrorCode !== undefined);
    } catch (error) {
      if (attempt >= attempts) throw error;
      return batch;
    }
  }
}

function recordsOf(lines: string): readonly Buffer[] {
  return lines.split(/(?<=\n)/).flatMap((line) => (line === "" ? [] : [Buffer.from(line)]));
}

function batchesOf(records: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const batches: Buffer[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= MOST_RECORDS || bytes + record.length > MOST_BYTES) {
      batches.push([record]);
      bytes = record.length;
    } else {
      last.push(record);
      bytes += record.length;
    }
  }
  return batches;
}
