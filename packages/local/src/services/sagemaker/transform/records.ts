/** A record is too large for a payload, so its file cannot be transformed. */
class RecordTooLarge extends Error {}

const NEWLINE = 0x0a;

/** Lines of a stream of bytes, without their newline; a last line without newline counts, an empty rest does not. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let block = Buffer.concat([rest, chunk]);
    for (let end = block.indexOf(NEWLINE); end !== -1; end = block.indexOf(NEWLINE)) {
      yield block.subarray(0, end);
      block = block.subarray(end + 1);
    }
    rest = block;
  }
  if (rest.length > 0) yield rest;
}

/** Records that go to the container in one request. */
export interface Payload {
  readonly records: readonly Buffer[];
}

/**
 * Groups records into payloads: one each for SingleRecord, as many as fit for MultiRecord.
 *
 * @param longestBytes - Payload limit; 0 for none.
 * @throws RecordTooLarge for a record above the limit.
 */
export async function* payloadsOf(
  records: AsyncIterable<Buffer>,
  strategy: "SingleRecord" | "MultiRecord",
  longestBytes: number,
): AsyncGenerator<Payload, void, void> {
  let group: Buffer[] = [];
  let bytes = 0;
  for await (const record of records) {
    if (longestBytes > 0 && record.byteLength > longestBytes) {
      throw new RecordTooLarge(`A record has ${record.byteLength} bytes, and MaxPayloadInMB allows ${longestBytes}.`);
    }
    const full = strategy === "SingleRecord" || (longestBytes > 0 && bytes + record.byteLength + 1 > longestBytes);
    if (group.length > 0 && full) {
      yield { records: group };
      group = [];
      bytes = 0;
    }
    group.push(record);
    bytes += record.byteLength + 1;
  }
  if (group.length > 0) yield { records: group };
}

/** The body of a payload: its records with a newline between them. */
export function bodyOf({ records }: Payload): Buffer {
  const [only] = records;
  if (records.length === 1 && only !== undefined) return only;
  return Buffer.concat(records.flatMap((record, index) => (index === 0 ? [record] : [Buffer.from("\n"), record])));
}
