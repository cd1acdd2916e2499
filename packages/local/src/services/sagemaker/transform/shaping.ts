import { type Filter, filterColumns, filterJson } from "./json-path";

/** How records are read, joined to their predictions and written. */
export interface Shaping {
  readonly input: Filter;
  readonly output: Filter;
  readonly join: boolean;
  /** Of the records. */
  readonly contentType: string;
  /** Of the predictions. */
  readonly accept: string;
}

/** Whether predictions go out as they came, without a look at single records. */
export function isPlain({ input, output, join }: Shaping): boolean {
  return input.kind === "all" && output.kind === "all" && !join;
}

/** What the container gets of a record. @throws RangeError when the filter does not fit */
export function shapeInput(shaping: Shaping, record: Buffer): Buffer {
  if (shaping.input.kind === "all") return record;
  const text = record.toString("utf8");
  if (isCsv(shaping.contentType)) return Buffer.from(filterColumns(shaping.input, columnsOf(text)).join(","));
  return Buffer.from(JSON.stringify(filterJson(shaping.input, JSON.parse(text))));
}

/** What is written for a record and its prediction. @throws RangeError when the filter does not fit */
export function shapeOutput(shaping: Shaping, record: Buffer, prediction: string): string {
  if (isCsv(shaping.accept) || (isCsv(shaping.contentType) && shaping.join)) {
    const columns = columnsOf(prediction);
    const joined = shaping.join ? [...columnsOf(record.toString("utf8")), ...columns] : columns;
    return filterColumns(shaping.output, joined).join(",");
  }
  const value: unknown = JSON.parse(prediction);
  return JSON.stringify(filterJson(shaping.output, shaping.join ? joined(record.toString("utf8"), value) : value));
}

/**
 * Predictions of a response, one for each record of its payload.
 *
 * @throws RangeError when there are not as many as records.
 */
export function predictionsOf(response: string, records: number): string[] {
  if (records === 1) return [response.replace(/\r?\n$/, "")];
  const lines = response.split("\n").map((line) => line.replace(/\r$/, ""));
  if (lines.at(-1) === "") lines.pop();
  if (lines.length !== records) {
    throw new RangeError(
      `The container answered ${lines.length} lines for ${records} records, so they cannot be joined.`,
    );
  }
  return lines;
}

/** Fields of a CSV line as they are written, quotes included. */
export function columnsOf(line: string): string[] {
  const fields: string[] = [];
  let start = 0;
  let quoted = false;
  const text = line.replace(/\r$/, "");
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '"') quoted = !quoted;
    else if (text[index] === "," && !quoted) {
      fields.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...fields, text.slice(start)];
}

function joined(record: string, prediction: unknown): unknown {
  const input: unknown = JSON.parse(record);
  const isObject = typeof input === "object" && input !== null && !Array.isArray(input);
  return isObject ? { ...input, SageMakerOutput: prediction } : { SageMakerInput: input, SageMakerOutput: prediction };
}

function isCsv(contentType: string): boolean {
  return contentType.split(";")[0]?.trim().toLowerCase() === "text/csv";
}
