import fc from "fast-check";
import { type ChunkedBody, plainBody } from "../../../src/protocol/hosts/aws-chunked";

const headers = { "content-encoding": "aws-chunked", "x-amz-trailer": "x-amz-checksum-crc32" };
const request = (body: AsyncIterable<Uint8Array>) => ({ method: "PUT", path: "/", query: {}, headers, body });

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function decode(bytes: Buffer, size: number): Promise<{ body: Buffer; trailers: object }> {
  const chunked = plainBody(request(pieces(bytes, size))) as ChunkedBody;
  const parts: Uint8Array[] = [];
  for await (const part of chunked) parts.push(part);
  return { body: Buffer.concat(parts), trailers: { ...chunked.trailers } };
}

test("however a body is cut into chunks and packets, it arrives whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 })),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      async (chunks, packet, signed) => {
        const signature = signed ? ";chunk-signature=abc" : "";
        const framed = Buffer.concat([
          ...chunks.flatMap((chunk) => [
            Buffer.from(`${chunk.length.toString(16)}${signature}\r\n`),
            chunk,
            Buffer.from("\r\n"),
          ]),
          Buffer.from(`0${signature}\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`),
        ]);
        expect(await decode(framed, packet)).toEqual({
          body: Buffer.concat(chunks),
          trailers: { "x-amz-checksum-crc32": "AAAAAA==" },
        });
      },
    ),
  );
});

test.each(["5\r\nhel", "5\r\nhelloXX", "zz\r\nhello\r\n0\r\n\r\n", "", "5\r\nhello\r\n"])(
  "%j is refused",
  async (text) => {
    await expect(decode(Buffer.from(text), 3)).rejects.toMatchObject({ code: "IncompleteBody" });
  },
);
