import { createReadStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { Readable } from "node:stream";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { type Contract, openCsv } from "@sagewright/contract";
import { listModelGroups } from "@sagewright/sagemaker";
import type { GroundTruthRecord, RecordSink } from "@sagewright/serving";
import pc from "picocolors";
import type { CommandContext } from "../command";
import { CliError, usageError } from "../errors";
import { exitCodes } from "../exit-codes";
import { placeSink } from "../models/serve-capture";
import type { CloudOptions } from "../options/cloud-options";
import { csvFile } from "../project/csv-file";
import { nearest } from "../project/nearest";
import { type Session, withSession } from "../session";
import { plural } from "../terminal/format";
import { labelCustomers } from "./label-customers";
import { usualPlaces } from "./places";
import { sessionTime } from "./session-time";
import { openContract } from "./watched";

/** Options of `sagewright monitor labels`. */
export interface LabelsOptions extends CloudOptions {
  /** A file, or `s3://BUCKET/KEY`. */
  file: string;
  /** Where they go: a folder or `s3://BUCKET/PREFIX`. @default where POST /feedback puts them */
  to?: string;
  /** Column of the prediction ids. */
  id?: string;
  /** Column of what really happened. */
  outcome?: string;
  /** What the outcome is called where it happened, such as `yes`. */
  positive?: string;
  /** Column that tells customers apart; only its digest is kept. @default the contract's id columns, where the file has them */
  customer?: string;
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
export async function labelsCommand(
  context: CommandContext<LabelsOptions>,
  word: string | undefined,
): Promise<undefined> {
  await withSession(context, (session) => take(context, session, word));
}

async function take(context: CommandContext<LabelsOptions>, session: Session, word: string | undefined): Promise<void> {
  const { options, cwd, signal } = context;
  const { file: named } = options;
  const { header, batches } = await openCsv(await opened(context, session), { name: named });
  const id = columnOf(header, "--id", options.id, idNames);
  const outcome = columnOf(header, "--outcome", options.outcome, outcomeNames);
  const own = options.customer === undefined ? undefined : columnOf(header, "--customer", options.customer, []);
  const contract = own === undefined ? await knownContract(session, word) : undefined;
  const customers = labelCustomers({ header, id, named: own, contract });
  const sink =
    options.to === undefined ? usualSink(session, cwd) : placeSink(options.to, { cwd, session, option: "--to" });
  const labels = new Labels(sink, await sessionTime(session));
  const refused: string[] = [];
  for await (const records of batches) {
    if (signal.aborted) break;
    for (const { line, fields } of records) {
      const field = (at: number | undefined) => (at === undefined ? "" : (fields[at]?.trim() ?? ""));
      const told = {
        id: field(id),
        text: field(outcome),
        customer: customers.digestOf(fields),
        positive: options.positive,
      };
      const problem = await labels.take(told);
      if (problem !== undefined) refused.push(`${line},${problem}`);
    }
  }
  await labels.flush();
  context.output.progress(`· ${customers.sentence}`);
  await told(context, {
    customers: customers.columns,
    file: isRemote(named) ? named : resolve(cwd, named),
    labels: labels.taken,
    refused,
  });
}

/** The contract of the model that is named, or of the only one. @default none is approved, or there are several */
async function knownContract(session: Session, word: string | undefined): Promise<Contract | undefined> {
  if (word !== undefined) return openContract(session, word);
  const [only, ...more] = await listModelGroups(session.clients);
  if (only === undefined || more.length > 0) return undefined;
  try {
    return await openContract(session, only);
  } catch (error) {
    if (error instanceof CliError && error.code === "no_approved_model") return undefined;
    throw error;
  }
}

const isRemote = (named: string): boolean => named.startsWith("s3://");

async function opened({ options, cwd }: CommandContext<LabelsOptions>, { clients }: Session): Promise<Readable> {
  const { file: named } = options;
  if (!isRemote(named)) return createReadStream(csvFile(resolve(cwd, named), named, "--file"));
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(named) ?? [];
  if (Bucket === undefined) throw usageError(`--file: '${named}' names no object`, "write s3://BUCKET/KEY.csv");
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket, Key }));
  return Body as Readable;
}

function usualSink(session: Session, cwd: string): RecordSink {
  const { hourlyFolder } = require("@sagewright/serving") as typeof import("@sagewright/serving");
  const { groundTruth } = usualPlaces(session, "");
  if (groundTruth.startsWith("s3:")) return placeSink(groundTruth, { cwd, session, option: "--to" });
  return hourlyFolder(groundTruth, { durable: true });
}

/** A line of the file. */
interface ToldLabel {
  readonly id: string;
  readonly text: string;
  /** Digest of whose it is; empty where nobody knows. */
  readonly customer: string;
  readonly positive: string | undefined;
}

/** Gathers labels to be written together. */
class Labels {
  taken = 0;
  #waiting: string[] = [];

  constructor(
    private readonly sink: RecordSink,
    private readonly now: Date,
  ) {}

  /** @returns why the label is none */
  async take({ id: eventId, text, customer, positive }: ToldLabel): Promise<string | undefined> {
    if (!ID.test(eventId)) return "the prediction's id is not 1 to 100 letters, digits, - or _";
    const outcome = outcomeOf(text, positive);
    if (outcome === undefined) return "the outcome is neither yes nor no, true nor false, nor a number";
    const record = {
      groundTruthData: { data: String(outcome), encoding: "CSV" },
      eventMetadata: { eventId, ...(customer === "" ? {} : { customer }) },
      eventVersion: "0",
    } satisfies GroundTruthRecord;
    this.#waiting.push(`${JSON.stringify(record)}\n`);
    this.taken += 1;
    if (this.#waiting.length >= GROUP) await this.flush();
    return undefined;
  }

  async flush(): Promise<void> {
    const lines = this.#waiting.splice(0).join("");
    if (lines !== "") await this.sink.append(this.now, lines);
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

/** What was taken in. */
interface Taken {
  readonly file: string;
  readonly labels: number;
  readonly refused: readonly string[];
  /** Columns by which customers are told apart. */
  readonly customers: readonly string[];
}

async function told({ output, cwd }: CommandContext, { file, labels, refused, customers }: Taken): Promise<void> {
  const quarantine = `${isRemote(file) ? resolve(cwd, basename(file)) : file}.quarantine.csv`;
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
  output.document({
    file,
    labels,
    refused: refused.length,
    customers,
    ...(refused.length === 0 ? {} : { quarantine }),
  });
  output.line(`${pc.green("✓")} ${plural(labels, "label")} on record; they count from the next report on`);
  if (refused.length > 0)
    output.progress(`! ${plural(refused.length, "line")} left out, being no label; see ${quarantine}`);
}
