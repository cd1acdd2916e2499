import { createReadStream, existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";

/** A line of a folder of records. */
export interface RecordLine {
  readonly file: string;
  /** 1 for the first. */
  readonly line: number;
  /** The line, or its beginning when it is longer than any record. */
  readonly text: string;
  readonly whole: boolean;
}

/** No record is longer; what is longer is damage, and must not fill the memory. */
const LONGEST = 4 * 1024 * 1024;

/** The hours of a folder of records that are read, as beginnings of `2026-01-02T03`; see `CaptureRange`. */
export interface HourRange {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The lines of every file `yyyy/mm/dd/hh/*.jsonl` of a folder, in the order of hours. */
export async function* recordLines(
  folder: string,
  { from = "", to = "9" }: HourRange = {},
): AsyncGenerator<RecordLine> {
  if (!existsSync(folder)) return;
  const hours = [from.slice(0, 13), to.slice(0, 13)] as const;
  const files = (await readdir(folder, { recursive: true }))
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /^\d{4}\/\d\d\/\d\d\/\d\d\/[^/]+\.jsonl$/.test(file))
    .filter((file) => {
      const hour = `${file.slice(0, 10).replaceAll("/", "-")}T${file.slice(11, 13)}`;
      return hour.slice(0, hours[0].length) >= hours[0] && hour.slice(0, hours[1].length) <= hours[1];
    })
    .sort();
  for (const file of files) yield* linesOf(join(folder, file));
}

async function* linesOf(file: string): AsyncGenerator<RecordLine> {
  const decoder = new StringDecoder("utf8");
  let line = 0;
  let rest = "";
  let cut = false;
  const take = (text: string): RecordLine => {
    line += 1;
    const taken = { file, line, text: rest + text, whole: !cut };
    rest = "";
    cut = false;
    return taken;
  };
  for await (const chunk of createReadStream(file)) {
    const text = decoder.write(chunk as Buffer);
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      yield take(cut ? "" : text.slice(start, end));
      start = end + 1;
    }
    if (!cut) rest += text.slice(start);
    cut ||= rest.length > LONGEST;
  }
  if (rest !== "") yield take("");
}
