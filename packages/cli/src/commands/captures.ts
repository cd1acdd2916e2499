import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import pc from "picocolors";
import type { Act, CommandContext } from "../command";
import { stateFolder } from "../session";
import { plural } from "../terminal/format";

/** `sagewright captures`: predictions that the API captured. */
export function define(command: Command, act: Act): void {
  command.addHelpText("after", "\nExample:\n  $ sagewright captures export --out captured.csv --from 2026/01\n");
  command
    .command("export")
    .description("Write captured predictions with their true outcomes as one CSV.")
    .requiredOption("--out <file>", "the CSV to write")
    .option("--from <hour>", "first hour in UTC, as 2026/01/02/03 or a beginning of it")
    .option("--to <hour>", "last hour in UTC, the same way")
    .addHelpText("after", "\nExample:\n  $ sagewright captures export --out captured.csv --from 2026/01 --to 2026/02\n")
    .action(act(() => exportAll));
}

async function exportAll(context: CommandContext<{ out: string; from?: string; to?: string }>): Promise<undefined> {
  const { exportCaptures, servingPaths } = require("@sagewright/serving") as typeof import("@sagewright/serving");
  const { captures, groundTruth } = servingPaths(join(stateFolder(context), "serving"));
  const { from, to } = context.options;
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const out = resolve(context.cwd, context.options.out);
  let lines = 0;
  async function* counted(): AsyncGenerator<string> {
    for await (const line of exportCaptures({ captures, groundTruth, ...range })) {
      lines += 1;
      yield line;
    }
  }
  const unfinished = `${out}.part`;
  try {
    await pipeline(Readable.from(counted()), createWriteStream(unfinished), { signal: context.signal });
    await rename(unfinished, out);
  } finally {
    await rm(unfinished, { force: true });
  }
  context.output.document({ out, predictions: lines - 1 });
  context.output.line(`${pc.green("✓")} ${plural(lines - 1, "prediction")} in ${out}`);
}
