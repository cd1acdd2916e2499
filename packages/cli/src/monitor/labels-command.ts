import { createReadStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openCsv } from "@sagewright/contract";
import type { GroundTruthRecord, RecordSink } from "@sagewright/serving";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { csvFile } from "../project/csv-file";
import { nearest } from "../project/nearest";
import { stateFolder } from "../session";
import { plural } from "../terminal/format";

/** Options of `sagewright monitor labels`. */
export interface LabelsOptions {
  file: string;
  /** Column of the prediction ids. */
  id?: string;
  /** Column of what really happened. */
  outcome?: string;
  /** What the outcome is called where it happened, such as `yes`. */
  positive?: string;
}

/** Names under which columns are found by themselves. */
const idNames = ["predictionid", "eventid", "id"];
const outcomeNames = ["outcome", "label", "target", "churn"];
const truths = new Map([
  ...["true", "yes", "1", "1.0"].map((word) => [word, 1] as const),
  ...["false", "no", "0", "0.0"].map((word) => [word, 0] as const),
]);
const GROUP = 1_000;
const ID = /^[A-Za-z0-9_-]{1,100}$/;

/** `sagewright monitor labels`: what really happened, from a CSV, to where `POST /feedback` puts it. */
export async function labelsCommand(context: CommandContext<LabelsOptions>): Promise<undefined> {
  const { hourlyFolder, servingPaths } = require("@sagewright/serving") as typeof import("@sagewright/serving");
  const { groundTruth } = servingPaths(join(stateFolder(context), "serving"));
  const named = context.options.file;
  const file = csvFile(resolve(context.cwd, named), named);
  const { header, batches } = await openCsv(createReadStream(file), { name: named });
  const id = columnOf(header, "--id", context.options.id, idNames);
  const outcome = columnOf(header, "--outcome", context.options.outcome, outcomeNames);
  const labels = new Labels(hourlyFolder(groundTruth, { durable: true }));
  const refused: string[] = [];
  for await (const records of batches) {
    if (context.signal.aborted) break;
    for (const { line, fields } of records) {
      const problem = await labels.take(
        fields[id]?.trim() ?? "",
        fields[outcome]?.trim() ?? "",
        context.options.positive,
      );
      if (problem !== undefined) refused.push(`${line},${problem}`);
    }
  }
  await labels.flush();
  return told(context, { file, labels: labels.taken, refused });
}

/** Gathers labels to be written together. */
class Labels {
  taken = 0;
  #waiting: string[] = [];

  constructor(private readonly sink: RecordSink) {}

  /** @returns why the label is none */
  async take(eventId: string, text: string, positive: string | undefined): Promise<string | undefined> {
    if (!ID.test(eventId)) return "the prediction's id is not 1 to 100 letters, digits, - or _";
    const outcome = outcomeOf(text, positive);
    if (outcome === undefined) return "the outcome is neither yes nor no, true nor false, nor a number";
    const record: GroundTruthRecord = {
      groundTruthData: { data: String(outcome), encoding: "CSV" },
      eventMetadata: { eventId },
      eventVersion: "0",
    };
    this.#waiting.push(`${JSON.stringify(record)}\n`);
    this.taken += 1;
    if (this.#waiting.length >= GROUP) await this.flush();
    return undefined;
  }

  async flush(): Promise<void> {
    const lines = this.#waiting.splice(0).join("");
    if (lines !== "") await this.sink.append(new Date(), lines);
  }
}

function outcomeOf(text: string, positive: string | undefined): number | undefined {
  if (text === "") return undefined;
  if (positive !== undefined) return Number(text === positive);
  const truth = truths.get(text.toLowerCase());
  if (truth !== undefined) return truth;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function columnOf(
  header: readonly string[],
  option: string,
  given: string | undefined,
  usual: readonly string[],
): number {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z]/g, "");
  const at =
    given === undefined
      ? usual.map((name) => header.findIndex((each) => plain(each) === name)).find((index) => index !== -1)
      : header.indexOf(given);
  if (at !== undefined && at !== -1) return at;
  const meant = given === undefined ? undefined : nearest(given, header);
  throw usageError(
    given === undefined
      ? `no column of the file is called ${usual.join(", ")}`
      : `${option}: '${given}' is no column of the file`,
    meant === undefined ? `name one with ${option}: ${header.join(", ")}` : `did you mean: ${option} ${meant}?`,
  );
}

async function told(
  { output }: CommandContext,
  { file, labels, refused }: { file: string; labels: number; refused: readonly string[] },
): Promise<undefined> {
  const quarantine = `${file}.quarantine.csv`;
  if (refused.length === 0) await rm(quarantine, { force: true });
  else await writeFile(quarantine, `line,problem\n${refused.join("\n")}\n`);
  if (labels === 0 && refused.length > 0)
    throw new CliError({
      code: "labels_invalid",
      subject: file,
      message: `none of ${plural(refused.length, "line")} is a label; ${refused[0]?.replace(",", ": ").replace(/^/, "line ")}`,
      fix: `see ${quarantine}; name the columns with --id and --outcome, and what the outcome is called with --positive`,
      exitCode: exitCodes.invalid,
    });
  output.document({ file, labels, refused: refused.length, ...(refused.length === 0 ? {} : { quarantine }) });
  output.line(`${pc.green("✓")} ${plural(labels, "label")} on record; they count from the next report on`);
  if (refused.length > 0) output.progress(`! ${plural(refused.length, "line")} are no labels; see ${quarantine}`);
}
