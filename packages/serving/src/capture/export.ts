import { type CapturedEvent, eventOf, outcomeOf } from "./captured-event";
import { type HourRange, recordLines } from "./record-lines";

/** What is exported. */
export interface CaptureExport {
  /** The folder of the captures: `yyyy/mm/dd/hh/*.jsonl`. */
  readonly captures: string;
  /** The folder of the true outcomes, in the same form. @default none are known */
  readonly groundTruth?: string;
  /** First and last moment in UTC as `2026-01-02T03:04:05`; any beginning of one does. @default all there are */
  readonly from?: string;
  readonly to?: string;
  /** Is told every line that is no record, once. @default they are left out silently */
  readonly refused?: (line: RefusedLine) => void;
}

/** A line of a capture file that is no record. */
export interface RefusedLine {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
  /** The line's beginning. */
  readonly text: string;
}

/** A value of a row; null when the prediction has none. */
export type CaptureValue = string | number | boolean | null;

/** A column of the export: `eventId`, `inferenceTime`, the features, the answer, `outcome`. */
export interface CaptureColumn {
  readonly name: string;
  /** What all its values are. */
  readonly type: "string" | "number" | "boolean";
}

/** Captured predictions as a table whose rows are read when they are asked for. */
export interface CaptureTable {
  readonly columns: readonly CaptureColumn[];
  /** One row for each prediction, in the order of hours. */
  rows(): AsyncGenerator<readonly CaptureValue[]>;
}

/**
 * Opens captured predictions as a table: event, time, the features, the answer, and the true outcome where one is known
 * (the last one given counts). The files are read twice, first for the columns; rows are streamed, outcomes are held in
 * memory. A line that is no record is refused and never stops the others.
 */
export async function openCaptures(options: CaptureExport): Promise<CaptureTable> {
  const { captures, groundTruth, from, to, refused } = options;
  const range = { from, to };
  const outcomes = await readOutcomes(groundTruth, refused);
  const inputs = new Map<string, CaptureColumn["type"]>();
  const outputs = new Map<string, CaptureColumn["type"]>();
  for await (const { input, output } of events(captures, range, undefined)) {
    noteTypes(inputs, input);
    noteTypes(outputs, output);
  }
  const taken = new Set<string>(["eventId", "inferenceTime", "outcome"]);
  const named = (prefix: string, types: typeof inputs): CaptureColumn[] =>
    [...types].map(([name, type]) => ({ name: unique(taken, name, prefix), type }));
  const columns: CaptureColumn[] = [
    { name: "eventId", type: "string" },
    { name: "inferenceTime", type: "string" },
    ...named("input", inputs),
    ...named("answer", outputs),
    { name: "outcome", type: "number" },
  ];
  return {
    columns,
    async *rows() {
      for await (const { eventId, at, input, output } of events(captures, range, refused)) {
        const features = [...inputs].map(([name, type]) => cellOf(input[name], type));
        const answers = [...outputs].map(([name, type]) => cellOf(output[name], type));
        yield [eventId, at, ...features, ...answers, outcomes.get(eventId) ?? null];
      }
    },
  };
}

async function* events(
  folder: string,
  range: HourRange,
  refused: CaptureExport["refused"],
): AsyncGenerator<CapturedEvent> {
  const { from = "", to = "9" } = range;
  for await (const { file, line, text, whole } of recordLines(folder, range)) {
    const event = whole ? eventOf(text) : "the line is longer than any record";
    if (typeof event === "string") refused?.({ file, line, reason: event, text: text.slice(0, LONGEST_SHOWN) });
    else if (event.at.slice(0, from.length) >= from && event.at.slice(0, to.length) <= to) yield event;
  }
}

const LONGEST_SHOWN = 10_000;

async function readOutcomes(
  folder: string | undefined,
  refused: CaptureExport["refused"],
): Promise<ReadonlyMap<string, number>> {
  const outcomes = new Map<string, number>();
  if (folder === undefined) return outcomes;
  for await (const { file, line, text } of recordLines(folder)) {
    const found = outcomeOf(text);
    if (typeof found === "string") refused?.({ file, line, reason: found, text: text.slice(0, LONGEST_SHOWN) });
    else outcomes.set(found.eventId, found.outcome);
  }
  return outcomes;
}

function noteTypes(types: Map<string, CaptureColumn["type"]>, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    const known = types.get(name);
    const type = typeof value === "number" || typeof value === "boolean" ? typeof value : "string";
    if (value === null && known === undefined) types.set(name, "number");
    else if (value !== null) types.set(name, known === undefined || known === type ? (type as never) : "string");
  }
}

function cellOf(value: unknown, type: CaptureColumn["type"]): CaptureValue {
  if (value === undefined || value === null) return null;
  if (type !== "string") return typeof value === type ? (value as number | boolean) : null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A name that no column has yet. */
function unique(taken: Set<string>, name: string, prefix: string): string {
  let free = name;
  while (taken.has(free)) free = `${prefix}.${free}`;
  taken.add(free);
  return free;
}
