import { ServiceError } from "../../errors";
import type { WireRequest } from "../wire";

/** A body in S3's chunked encoding, decoded while it is read. */
export interface ChunkedBody extends AsyncIterable<Uint8Array> {
  /** Header names that the trailer will hold (`x-amz-checksum-crc32`), known from the start. */
  readonly announced: readonly string[];
  /** The trailer; complete when the body has been read. */
  readonly trailers: Readonly<Record<string, string>>;
}

/** True for a body that {@link plainBody} decodes. */
export const isChunked = (body: unknown): body is ChunkedBody =>
  typeof body === "object" && body !== null && "trailers" in body;

/** The payload of a request without S3's chunk framing (`aws-chunked`, signed or not, with or without trailer). */
export function plainBody(request: WireRequest): WireRequest["body"] | ChunkedBody {
  const framed =
    request.headers["content-encoding"]?.split(",").some((part) => part.trim() === "aws-chunked") ||
    request.headers["x-amz-content-sha256"]?.startsWith("STREAMING-");
  if (!framed || request.body === undefined) return request.body;
  const source = request.body instanceof Uint8Array ? single(request.body) : request.body;
  const trailers: Record<string, string> = {};
  return {
    announced: (request.headers["x-amz-trailer"] ?? "")
      .split(",")
      .map((name) => name.trim().toLowerCase())
      .filter(Boolean),
    trailers,
    [Symbol.asyncIterator]: () => decode(source, trailers),
  };
}

async function* single(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

const longestLine = 16 * 1024;

async function* decode(
  source: AsyncIterable<Uint8Array>,
  trailers: Record<string, string>,
): AsyncGenerator<Uint8Array> {
  const reader = new LineReader(source);
  for (;;) {
    const size = chunkSize(await reader.line());
    if (size === 0) break;
    yield* reader.exactly(size);
    if ((await reader.line()) !== "") throw incomplete();
  }
  for (;;) {
    const line = await reader.line(true);
    if (line === undefined || line === "") return;
    const colon = line.indexOf(":");
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
}

function chunkSize(line: string): number {
  const digits = /^([0-9a-fA-F]{1,8})(;.*)?$/.exec(line)?.[1];
  if (digits === undefined) throw incomplete();
  return Number.parseInt(digits, 16);
}

/** Takes lines and runs of bytes off a stream. */
class LineReader {
  private readonly iterator: AsyncIterator<Uint8Array>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.iterator = source[Symbol.asyncIterator]();
  }

  line(): Promise<string>;
  line(mayEnd: true): Promise<string | undefined>;
  async line(mayEnd = false): Promise<string | undefined> {
    for (;;) {
      const end = this.rest.indexOf("\n");
      if (end >= 0) {
        const line = this.rest.subarray(0, end).toString("latin1").replace(/\r$/, "");
        this.rest = this.rest.subarray(end + 1);
        return line;
      }
      if (this.rest.length > longestLine) throw incomplete();
      if (await this.more()) continue;
      if (!mayEnd) throw incomplete();
      const last = this.rest.toString("latin1");
      this.rest = Buffer.alloc(0);
      return last === "" ? undefined : last;
    }
  }

  async *exactly(size: number): AsyncGenerator<Uint8Array> {
    for (let missing = size; missing > 0; ) {
      if (this.rest.length === 0 && !(await this.more())) throw incomplete();
      const part = this.rest.subarray(0, missing);
      this.rest = this.rest.subarray(part.length);
      missing -= part.length;
      if (part.length > 0) yield part;
    }
  }

  private async more(): Promise<boolean> {
    const { value, done } = await this.iterator.next();
    if (done) return false;
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    return true;
  }
}

function incomplete(): ServiceError {
  return new ServiceError(
    "IncompleteBody",
    "The request body terminated unexpectedly, or is not in the aws-chunked encoding that its headers announce.",
  );
}
