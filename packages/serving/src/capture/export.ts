import { createReadStream, existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ServingError } from "../errors";
import type { CaptureRecord, GroundTruthRecord } from "./record";

/** What is exported. */
export interface CaptureExport {
  /** The folder of the captures: `yyyy/mm/dd/hh/*.jsonl`. */
  readonly captures: string;
  /** The folder of the true outcomes, in the same form. @default none are known */
  readonly groundTruth?: string;
  /** First and last hour, as `2026/01/02/03`; any beginning of one does. @default all there are */
  readonly from?: string;
  readonly to?: string;
}

/**
 * Captured predictions as the lines of a CSV: event, time, the features, the answer, and the true outcome where one is
 * known (the last one given counts). Rows are streamed; outcomes are held in memory.
 *
 * @throws {@link ServingError} `capture_invalid` with file and line of a record that is none.
 */
export async function* exportCaptures(options: CaptureExport): AsyncGenerator<string> {
  const outcomes = await readOutcomes(options.groundTruth);
  const inputs = new Set<string>();
  const outputs = new Set<string>();
  for await (const { input, output } of events(options)) {
    for (const name of Object.keys(input)) inputs.add(name);
    for (const name of Object.keys(output)) outputs.add(name);
  }
  yield csv(["eventId", "inferenceTime", ...inputs, ...outputs, "outcome"]);
  for await (const { eventId, at, input, output } of events(options)) {
    const values = [...[...inputs].map((name) => input[name]), ...[...outputs].map((name) => output[name])];
    yield csv([eventId, at, ...values, outcomes.get(eventId)]);
  }
}

interface Event {
  readonly eventId: string;
  readonly at: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
}

async function* events({ captures, from, to }: CaptureExport): AsyncGenerator<Event> {
  for await (const { value } of records<CaptureRecord>(captures, from, to)) {
    const { captureData, eventMetadata } = value;
    yield {
      eventId: eventMetadata.eventId,
      at: eventMetadata.inferenceTime,
      input: JSON.parse(captureData.endpointInput.data),
      output: JSON.parse(captureData.endpointOutput.data),
    };
  }
}

async function readOutcomes(folder: string | undefined): Promise<ReadonlyMap<string, string>> {
  const outcomes = new Map<string, string>();
  if (folder === undefined) return outcomes;
  for await (const { value } of records<GroundTruthRecord>(folder)) {
    outcomes.set(value.eventMetadata.eventId, value.groundTruthData.data);
  }
  return outcomes;
}

async function* records<T>(folder: string, from = "", to = "9"): AsyncGenerator<{ readonly value: T }> {
  if (!existsSync(folder)) return;
  const files = (await readdir(folder, { recursive: true }))
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /^\d{4}\/\d\d\/\d\d\/\d\d\/[^/]+\.jsonl$/.test(file))
    .filter((file) => file.slice(0, from.length) >= from && file.slice(0, to.length) <= to)
    .sort();
  for (const file of files) {
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(join(folder, file), "utf8") })) {
      line += 1;
      try {
        yield { value: JSON.parse(text) as T };
      } catch (cause) {
        const message = `${join(folder, file)}:${line} is not a captured record. Remove the line, or restore the file.`;
        throw new ServingError("capture_invalid", message, { cause });
      }
    }
  }
}

function csv(values: readonly unknown[]): string {
  return `${values.map((value) => field(value === null || value === undefined ? "" : String(value))).join(",")}\n`;
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
