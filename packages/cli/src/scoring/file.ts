import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { type Contract, contractJson, readContract } from "@sagewright/contract";
import { loadCheckpoint, workDigest } from "./checkpoint";
import { columnTaken } from "./errors";
import { lockOutput } from "./lock";
import { placesOf, refuseOverwriting, type ScoringPlaces } from "./places";
import { type AddedColumn, type ScoringPlan, scoreColumns } from "./plan";
import { startPool } from "./pool";
import type { ScoringProgress } from "./progress";
import { ScoringRun } from "./run";
import { openSource, type ScoringSource, tableFormat } from "./source";

/** The model that scores: its contract and the bytes of its predictor.safetensors. */
export interface ScoringModel {
  readonly contract: Contract;
  readonly predictor: Uint8Array;
  /** What customers are worth. @default the output says nothing of it */
  readonly value?: ValueModel;
}

/** A model of what customers are worth: its contract, predictor.safetensors, and the policy that makes tiers of values. */
export interface ValueModel {
  readonly contract: Contract;
  readonly predictor: Uint8Array;
  readonly policy: unknown;
}

/** What scoring a file did. */
export interface ScoredFile {
  readonly scored: number;
  readonly quarantined: number;
  /** Refused rows by their first problem's code. */
  readonly byCode: Readonly<Record<string, number>>;
  /** The file with the refused rows; null when there are none. */
  readonly quarantine: string | null;
  readonly warnings: readonly string[];
  /** Rows that an interrupted run had done before. */
  readonly resumedAt: number;
  readonly seconds: number;
}

/** How a file is scored. */
export interface ScoreFileOptions {
  /** How messages call the input. @default its path */
  readonly name?: string;
  /** @default as many as the machine runs at once, and no more than the file has work for */
  readonly threads?: number;
  /** Forgets an interrupted run instead of going on with it. @default false */
  readonly fresh?: boolean;
  /** Ends the work; what was done is kept for the next time. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScoringProgress) => void;
  /** Time between two points from which an interrupted run can go on. @default 2000 */
  readonly checkpointMs?: number;
  /** The scoring thread's program. @default the one beside this module */
  readonly workerFile?: string;
  /** @default Date.now */
  readonly now?: () => number;
}

/**
 * Scores a file of any size on all cores, in bounded memory: every row with its own fields, then the prediction (and the
 * decision at the model's threshold), in the input's order. A row that breaks the contract goes to `OUT.quarantine.csv`
 * with its reasons instead. CSV, NDJSON and Parquet go in and out, by the files' names. The output appears complete or not
 * at all; a run that was interrupted, even killed, is gone on with by the next one, to the same bytes.
 */
export async function scoreFile(
  model: ScoringModel,
  file: string,
  out: string,
  options: ScoreFileOptions = {},
): Promise<ScoredFile> {
  const places = placesOf(out);
  refuseOverwriting(file, options.name ?? file, places);
  const release = lockOutput(out, options.now ?? Date.now);
  try {
    return await scoreLocked(model, file, places, options);
  } finally {
    release();
  }
}

async function scoreLocked(
  model: ScoringModel,
  file: string,
  places: ScoringPlaces,
  options: ScoreFileOptions,
): Promise<ScoredFile> {
  const { name = file } = options;
  const { out } = places;
  const output = tableFormat(out);
  // Rows that are written value by value take several times their bytes.
  const { value } = model;
  const plain = output === "csv" && tableFormat(file) === "csv" && value === undefined;
  const taskBytes = plain ? 1 << 20 : 1 << 18;
  const source = await openSource(contractOf(model, file), file, { name, taskBytes });
  // What only the lifetime value reads is passed on by its own contract.
  const worths = new Map(value?.contract.columns.map(({ name: column, type }) => [column, type]));
  for (const { name: column } of model.contract.columns) worths.delete(column);
  const added = scoreColumns(model.contract.target, value !== undefined);
  refuseTakenColumns(added, source, name);
  const contract = model.contract.toJSON();
  const plan: ScoringPlan = {
    contract,
    predictor: model.predictor,
    input: source.input,
    output,
    passed: source.passed.map((column) => ({ ...column, type: worths.get(column.name) ?? column.type })),
    added,
    ...(value === undefined ? {} : { value: { ...value, contract: value.contract.toJSON() } }),
  };
  const work = workDigest({ file, output, predictor: model.predictor, contract: workOf(model) });
  const threads = threadsFor(source, options.threads);
  const { now = Date.now, signal, onProgress, checkpointMs = 2000 } = options;
  const startedAt = now();
  const pool = startPool(plan, threads, options.workerFile);
  try {
    const found = options.fresh === true ? undefined : resumable(source, places, work);
    const point = found === "changed" ? undefined : found;
    const run = await ScoringRun.open({
      ...{ contract: model.contract, source, plan, places, work, pool, point, name, checkpointMs, now },
      ...{ ahead: 2 * threads, ...(signal && { signal }), ...(onProgress && { onProgress }) },
    });
    try {
      await run.complete();
    } catch (error) {
      throw await run.abandon(error);
    }
    const { counts, resumedAt, unexpected } = run;
    return {
      ...counts,
      quarantine: counts.quarantined === 0 ? null : places.quarantine,
      warnings: [...source.warnings, ...unexpectedWarning(unexpected), ...(found === "changed" ? [BEGUN_AGAIN] : [])],
      resumedAt,
      seconds: (now() - startedAt) / 1000,
    };
  } finally {
    await pool.close();
    source.close();
  }
}

const BEGUN_AGAIN =
  "An interrupted run had begun this output, of another input or model than now: everything was scored again.";

function unexpectedWarning(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const some = names.slice(0, 6).map((name) => JSON.stringify(name.slice(0, 60)));
  const more = names.length > some.length ? ` and ${names.length - some.length} more` : "";
  return [`Members that the contract does not know are ignored: ${some.join(", ")}${more}.`];
}

/** The contract that a file is opened by. A row of JSON may have the columns of both; a table shows what it has. */
function contractOf({ contract, value }: ScoringModel, file: string): Contract {
  if (value === undefined) return contract;
  const { compileCustomer } = require("@sagewright/serving") as typeof import("@sagewright/serving");
  const { contract: both, optional } = compileCustomer(contract, value.contract);
  if (tableFormat(file) === "ndjson") return both;
  const ignore = [...both.ignore, ...optional];
  return readContract(JSON.stringify({ ...contract.toJSON(), id: both.id, ignore }));
}

/** Everything of the models that the output depends on, besides the first one's predictor. */
function workOf({ contract, value }: ScoringModel): string {
  if (value === undefined) return contractJson(contract);
  const predictor = createHash("sha256").update(value.predictor).digest("hex");
  return JSON.stringify([contractJson(contract), contractJson(value.contract), predictor, value.policy]);
}

function refuseTakenColumns(added: readonly AddedColumn[], { input }: ScoringSource, name: string): void {
  const columns = input.format === "csv" ? input.header : input.format === "parquet" ? input.columns : [];
  const taken = added.map((column) => column.name).filter((column) => columns.includes(column));
  if (taken.length > 0) throw columnTaken(name, taken);
}

function resumable(source: ScoringSource, places: ScoringPlaces, work: string): ReturnType<typeof loadCheckpoint> {
  return loadCheckpoint(places.sidecar, work, {
    output: places.partial,
    quarantine: places.quarantinePartial,
    inputChecksum: (position) => source.checksum(position),
  });
}

function threadsFor({ start, end, input }: ScoringSource, wanted = availableParallelism()): number {
  const tasks = Math.ceil((end - start) / (input.format === "parquet" ? 1 << 14 : 1 << 20));
  return Math.max(1, Math.min(wanted, tasks));
}
