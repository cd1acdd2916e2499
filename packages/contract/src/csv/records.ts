import type { Delimiter } from "../contract";
import { DataSetError } from "../errors";
import { listed, trimField } from "../text";
import { hasFirstLine, sniffDelimiter } from "./delimiter";
import { type CsvSource, decodeText } from "./source";
import { type CsvRecord, Tokenizer } from "./tokenizer";

/** An opened CSV: its header, its separator and its records, one batch per chunk of the source. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly delimiter: Delimiter;
  readonly batches: AsyncGenerator<readonly CsvRecord[]>;
}

/** How to open a CSV. */
export interface CsvOptions {
  /** How messages call the file. @default "The file" */
  readonly name?: string;
  /** @default the separator is detected in the first line */
  readonly delimiter?: Delimiter;
}

/**
 * Opens a CSV: decodes it, finds its separator and reads its header (names trimmed).
 *
 * @throws {@link DataSetError} `file_empty`, `file_binary`, `not_utf8` or `header_duplicate`.
 */
export async function openCsv(source: CsvSource, options: CsvOptions = {}): Promise<CsvTable> {
  const { name = "The file" } = options;
  const texts = decodeText(source, name);
  let start = "";
  while (!hasFirstLine(start)) {
    const next = await texts.next();
    if (next.done === true) break;
    start += next.value;
  }
  const delimiter = options.delimiter ?? sniffDelimiter(start);
  const tokenizer = new Tokenizer(delimiter);
  let first: readonly CsvRecord[] = tokenizer.push(start);
  if (first.length === 0) first = tokenizer.end();
  const header = (first[0]?.fields ?? []).map(trimField);
  refuseRepeated(header, name);

  async function* batches(): AsyncGenerator<readonly CsvRecord[]> {
    yield first.slice(1);
    for await (const text of texts) yield tokenizer.push(text);
    yield tokenizer.end();
  }
  return { header, delimiter, batches: batches() };
}

function refuseRepeated(header: readonly string[], name: string): void {
  const repeated = header.filter((column, index) => column !== "" && header.indexOf(column) !== index);
  if (repeated.length === 0) return;
  const message = `${name} has more than one column called ${listed([...new Set(repeated)])}. Rename or remove the repeated columns.`;
  throw new DataSetError("header_duplicate", message, { columns: repeated });
}
