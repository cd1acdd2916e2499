import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { Writable } from "node:stream";
import { type AcceptedRow, checkRows, openCsv, type QuarantinedRow } from "@sagewright/contract";
import type { OpenModel } from "./open-model";

/** What scoring a file did. */
export interface ScoredFile {
  scored: number;
  quarantined: number;
  /** The file with the refused rows; null when there are none. */
  quarantine: string | null;
}

const batchRows = 4096;

/**
 * Scores every row of a CSV: its own fields, then the prediction (and the decision at the model's threshold). A row that
 * breaks the contract goes to `OUT.quarantine.csv` with its reasons instead. The output appears complete or not at all.
 */
export async function scoreFile(model: OpenModel, file: string, out: string): Promise<ScoredFile> {
  const partial = `${out}.partial`;
  const quarantine = `${out}.quarantine.csv`;
  await rm(quarantine, { force: true });
  const scores = createWriteStream(partial);
  let refusals: Writable | undefined;
  const counts = { scored: 0, quarantined: 0 };
  const { header } = await openCsv(createReadStream(file), { name: file, ...delimiter(model) });
  await write(scores, [csvLine([...header, ...scoreColumns(model)])]);
  const flush = async (batch: AcceptedRow[]) => {
    const values = model.predictor.predictRows(batch.map((row) => row.values));
    await write(
      scores,
      batch.map((row, index) => csvLine([...row.fields, ...scoreFields(model, values[index] ?? Number.NaN)])),
    );
    counts.scored += batch.length;
  };
  let batch: AcceptedRow[] = [];
  for await (const row of checkRows(model.contract, createReadStream(file), { name: file, target: false })) {
    if (!row.ok) {
      refusals ??= await openQuarantine(quarantine);
      await write(refusals, refusalLines(row));
      counts.quarantined += 1;
    } else if (batch.push(row) === batchRows) {
      await flush(batch);
      batch = [];
    }
  }
  await flush(batch);
  await Promise.all([end(scores), refusals === undefined ? undefined : end(refusals)]);
  await rename(partial, out);
  return { ...counts, quarantine: refusals === undefined ? null : quarantine };
}

function delimiter({ contract }: OpenModel): object {
  return contract.csv?.delimiter === undefined ? {} : { delimiter: contract.csv.delimiter };
}

function scoreColumns({ contract }: OpenModel): string[] {
  const name = contract.target.column;
  return contract.target.kind === "binary" ? [`${name}_probability`, `${name}_predicted`] : [`${name}_predicted`];
}

function scoreFields({ contract: { target }, predictor }: OpenModel, score: number): string[] {
  if (target.kind !== "binary") return [String(score)];
  const words = score >= (predictor.threshold ?? 0.5) ? target.positive : target.negative;
  return [String(score), words[0] ?? ""];
}

async function openQuarantine(file: string): Promise<Writable> {
  const stream = createWriteStream(file);
  await write(stream, [csvLine(["line", "column", "code", "value", "message"])]);
  return stream;
}

function refusalLines({ line, problems }: QuarantinedRow): string[] {
  return problems.map(({ column, code, value, message }) =>
    csvLine([String(line), column, code, String(value ?? ""), message]),
  );
}

function csvLine(fields: readonly string[]): string {
  return `${fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",")}\n`;
}

async function write(stream: Writable, lines: string[]): Promise<void> {
  if (lines.length > 0 && !stream.write(lines.join(""))) await once(stream, "drain");
}

async function end(stream: Writable): Promise<void> {
  stream.end();
  await once(stream, "finish");
}
