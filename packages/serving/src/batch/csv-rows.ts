import { DataSetError, openCsv } from "@sagewright/contract";
import type { CustomerForm } from "../app/customer";
import { Problem } from "../app/problem";
import type { StreamedRow } from "./streamed-row";

/** A record may span lines inside quotes, but not more bytes than this: a quote left open would swallow the whole body. */
const LONGEST_RECORD_BYTES = 1024 * 1024;

/**
 * Reads a CSV with a header line as rows in the order of the contract's columns. Columns that the contract does not know
 * are ignored; a record with another number of fields than the header is that row's problem.
 *
 * @throws {@link Problem} `batch_invalid` when there is no CSV with the contract's columns, or the text breaks off being one.
 */
export async function* csvRows(bytes: AsyncIterable<Uint8Array>, customer: CustomerForm): AsyncGenerator<StreamedRow> {
  const pending = { bytes: 0 };
  const { contract } = customer;
  try {
    const { header, batches } = await openCsv(bounded(bytes, pending), { name: "The body", ...contract.csv });
    const places = placesOf(customer, header);
    const ids = contract.id.map((name) => header.indexOf(name));
    for await (const records of batches) {
      if (records.length > 0) pending.bytes = 0;
      for (const { line, fields } of records) {
        if (fields.length !== header.length) yield { line, problem: wrongWidth(line, fields.length, header.length) };
        else yield { line, fields: places.map((place) => fields[place] ?? ""), ids: ids.map((id) => fields[id] ?? "") };
      }
    }
  } catch (error) {
    if (error instanceof DataSetError) throw batchInvalid(error.message);
    throw error;
  }
}

async function* bounded(bytes: AsyncIterable<Uint8Array>, pending: { bytes: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    pending.bytes += chunk.length;
    if (pending.bytes > LONGEST_RECORD_BYTES + chunk.length) {
      throw batchInvalid(`A record is longer than ${LONGEST_RECORD_BYTES} bytes; is a quote left open?`);
    }
    yield chunk;
  }
}

function placesOf({ contract, optional }: CustomerForm, header: readonly string[]): number[] {
  const absent = contract.columns
    .map(({ name }) => name)
    .filter((name) => !header.includes(name) && !optional.has(name));
  if (absent.length > 0) {
    const message = `The first line lacks ${absent.map((name) => JSON.stringify(name)).join(", ")}. Send a header line with every column of the contract.`;
    throw batchInvalid(message, absent);
  }
  return contract.columns.map(({ name }) => header.indexOf(name));
}

function wrongWidth(line: number, received: number, expected: number): Problem {
  const message = `The record on line ${line} has ${received} fields and the header ${expected}. Quote fields that hold the separator.`;
  const errors = [{ code: "field_count", path: "", message, received, allowed: `${expected} fields` }];
  return new Problem("row_invalid", message, { errors });
}

function batchInvalid(message: string, absent: readonly string[] = []): Problem {
  const errors = absent.map((name) => ({
    code: "column_missing",
    path: name,
    message: `${name}: the column is missing.`,
  }));
  return new Problem("batch_invalid", message, { errors });
}
