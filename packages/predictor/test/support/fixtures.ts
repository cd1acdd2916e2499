import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Row } from "../../src/index";

const folder = join(__dirname, "../fixtures");

/** Rows and scikit-learn's answers to them, by model. Made by fixtures/make_fixtures.py. */
export const { rows, expected }: { rows: Row[]; expected: Record<string, number[]> } = JSON.parse(
  readFileSync(join(folder, "rows.json"), "utf8"),
);

/** The bytes of one fixture. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, `${name}.safetensors`)));
}

/** The same file with its JSON description changed; offsets of the tensors stay right. */
export function changed(bytes: Uint8Array, change: (document: Record<string, never>) => void): Uint8Array {
  const { header, data } = split(bytes);
  const document = JSON.parse(header.__metadata__.predictor ?? "");
  change(document);
  header.__metadata__.predictor = JSON.stringify(document);
  return assemble(header, data);
}

/** The same file with its container header changed. */
export function withHeader(bytes: Uint8Array, change: (header: Header) => void): Uint8Array {
  const { header, data } = split(bytes);
  change(header);
  return assemble(header, data);
}

/** The same file with one tensor's elements changed. */
export function withTensor(bytes: Uint8Array, name: string, change: (view: DataView) => void): Uint8Array {
  const { header, data } = split(bytes);
  const copy = data.slice();
  const [start = 0, end = 0] = header[name]?.data_offsets ?? [];
  change(new DataView(copy.buffer, start, end - start));
  return assemble(header, copy);
}

type Header = { __metadata__: Record<string, string> } & Record<
  string,
  { dtype: string; shape: number[]; data_offsets: number[] }
>;

function split(bytes: Uint8Array): { header: Header; data: Uint8Array } {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return {
    header: JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))),
    data: bytes.slice(8 + length),
  };
}

function assemble(header: Header, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}
