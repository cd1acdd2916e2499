import { PredictorFormatError } from "./errors";

/** The element types that predictor files use. */
export type TensorData = Float64Array | Float32Array | Int32Array | Uint8Array;

/** One tensor of a safetensors file. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** A checked safetensors container: string metadata and named tensors. */
export interface Container {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const MAXIMUM_HEADER_BYTES = 100_000_000;

const readers = new Map<string, { size: number; view: (buffer: ArrayBuffer) => TensorData }>([
  ["F64", { size: 8, view: (buffer) => new Float64Array(buffer) }],
  ["F32", { size: 4, view: (buffer) => new Float32Array(buffer) }],
  ["I32", { size: 4, view: (buffer) => new Int32Array(buffer) }],
  ["U8", { size: 1, view: (buffer) => new Uint8Array(buffer) }],
]);

/**
 * Reads a safetensors container. Every offset and size is checked against the bytes received before it is used, and
 * the tensors must cover the data without gaps or overlaps.
 *
 * @throws {@link PredictorFormatError} when the container is malformed.
 * @see https://github.com/huggingface/safetensors#format
 */
export function readSafetensors(bytes: Uint8Array): Container {
  if (bytes.byteLength < 8) {
    throw new PredictorFormatError("header", `${bytes.byteLength} bytes are too few for a safetensors file`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(bytes.byteLength - 8, MAXIMUM_HEADER_BYTES))) {
    throw new PredictorFormatError("header", `its length ${length} reaches past the end of the file`);
  }
  const header = parseHeader(bytes.slice(8, 8 + Number(length)));
  const data = bytes.subarray(8 + Number(length));
  const metadata = new Map<string, string>();
  const tensors = new Map<string, Tensor>();
  const spans: { name: string; start: number; end: number }[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") {
      for (const [key, text] of Object.entries(object(value, name))) {
        if (typeof text !== "string") throw new PredictorFormatError(`__metadata__.${key}`, "is not a string");
        metadata.set(key, text);
      }
      continue;
    }
    const { tensor, start, end } = readTensor(name, object(value, name), data);
    tensors.set(name, tensor);
    spans.push({ name, start, end });
  }
  checkCoverage(spans, data.byteLength);
  return { metadata, tensors };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    return object(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), "header");
  } catch (cause) {
    if (cause instanceof PredictorFormatError) throw cause;
    throw new PredictorFormatError("header", "is not JSON in UTF-8", { cause });
  }
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PredictorFormatError(where, "is not an object");
  }
  return value as Record<string, unknown>;
}

function readTensor(name: string, entry: Record<string, unknown>, data: Uint8Array) {
  const { dtype, shape, data_offsets: offsets } = entry;
  const reader = readers.get(String(dtype));
  if (reader === undefined) throw new PredictorFormatError(name, `dtype ${String(dtype)} is not known`);
  if (!isSizes(shape)) throw new PredictorFormatError(name, "shape is not a list of sizes");
  if (!isSizes(offsets) || offsets.length !== 2)
    throw new PredictorFormatError(name, "data_offsets are not two offsets");
  const [start = 0, end = 0] = offsets;
  if (start > end || end > data.byteLength) {
    throw new PredictorFormatError(
      name,
      `data_offsets ${start} to ${end} do not lie in ${data.byteLength} bytes of data`,
    );
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  if (elements * reader.size !== end - start) {
    throw new PredictorFormatError(name, `shape [${shape.join(", ")}] of ${String(dtype)} is not ${end - start} bytes`);
  }
  // The copy aligns the elements and keeps later writes to the caller's buffer out of the model.
  const copy = new Uint8Array(end - start);
  copy.set(data.subarray(start, end));
  return { tensor: { shape, data: reader.view(copy.buffer) }, start, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function checkCoverage(spans: { name: string; start: number; end: number }[], size: number): void {
  spans.sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = 0;
  for (const { name, start, end } of spans) {
    if (start !== covered) throw new PredictorFormatError(name, `starts at ${start}, not at ${covered}`);
    covered = end;
  }
  if (covered !== size) throw new PredictorFormatError("data", `${size - covered} bytes belong to no tensor`);
}
