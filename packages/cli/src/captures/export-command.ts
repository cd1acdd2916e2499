import { createWriteStream, existsSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { CaptureTable, RefusedLine } from "@sagewright/serving";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { usageError } from "../errors";
import { stateFolder } from "../session";
import { plural } from "../terminal/format";
import { momentText } from "./moment-text";
import { csvOf, parquetOf } from "./table-bytes";

/** Options of `sagewright captures export`. */
export interface ExportOptions {
  out: string;
  captures?: string;
  from?: string;
  to?: string;
}

/** The folder that `--captures` names. @throws CliError `usage` when there is none */
function capturesFolder({ options, cwd }: CommandContext<ExportOptions>): string | undefined {
  if (options.captures === undefined) return undefined;
  const folder = resolve(cwd, options.captures);
  if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
  const fix = /^(s3|firehose):/.test(options.captures)
    ? `aws s3 sync ${options.captures} captured && sagewright captures export --captures captured --out ${options.out}`
    : "name the folder that serve --capture-to had";
  throw usageError(`--captures: '${options.captures}' is no folder`, fix);
}

/** `sagewright captures export`: captured predictions as one table. */
export async function exportCommand(context: CommandContext<ExportOptions>): Promise<undefined> {
  const { openCaptures, servingPaths } = require("@sagewright/serving") as typeof import("@sagewright/serving");
  const { captures: usual, groundTruth } = servingPaths(join(stateFolder(context), "serving"));
  const captures = capturesFolder(context) ?? usual;
  const out = resolve(context.cwd, context.options.out);
  const bytesOf = formatOf(out);
  const { from, to } = context.options;
  const range = {
    ...(from === undefined ? {} : { from: momentText("--from", from) }),
    ...(to === undefined ? {} : { to: momentText("--to", to) }),
  };
  const quarantine = new Quarantine(`${out}.quarantine.jsonl`);
  const refused = (line: RefusedLine): void => quarantine.take(line);
  let predictions = 0;
  const unfinished = `${out}.part`;
  try {
    await rm(quarantine.path, { force: true });
    const { columns, rows } = await openCaptures({ captures, groundTruth, ...range, refused });
    const counted: CaptureTable = {
      columns,
      async *rows() {
        for await (const row of rows()) {
          predictions += 1;
          yield row;
        }
      },
    };
    await pipeline(Readable.from(bytesOf(counted)), createWriteStream(unfinished), { signal: context.signal });
    await quarantine.close();
    await rename(unfinished, out);
  } finally {
    await rm(unfinished, { force: true });
  }
  const { lines, path } = quarantine;
  context.output.document({ out, predictions, refused: lines, ...(lines === 0 ? {} : { quarantine: path }) });
  context.output.line(`${pc.green("✓")} ${plural(predictions, "prediction")} in ${out}`);
  if (lines > 0) context.output.progress(`${plural(lines, "line")} are no records; see ${path}`);
}

function formatOf(out: string): (table: CaptureTable) => AsyncGenerator<string | Uint8Array> {
  const extension = extname(out).toLowerCase();
  if (extension === ".csv") return csvOf;
  if (extension === ".parquet") return parquetOf;
  throw usageError(
    `--out: '${out}' ends neither in .csv nor in .parquet`,
    "name the file captures.csv or captures.parquet",
  );
}

/** Lines that are no records, with the reason; there is no file when there are none. */
class Quarantine {
  lines = 0;
  #file: ReturnType<typeof createWriteStream> | undefined;

  constructor(readonly path: string) {}

  take(line: RefusedLine): void {
    this.lines += 1;
    this.#file ??= createWriteStream(this.path, { mode: 0o600 });
    this.#file.write(`${JSON.stringify(line)}\n`);
  }

  async close(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    await new Promise<void>((resolved, rejected) => {
      file.once("error", rejected);
      file.end(resolved);
    });
  }
}
