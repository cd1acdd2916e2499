import { renameSync, rmSync } from "node:fs";
import { type Contract, checkRows } from "@sagewright/contract";
import { type ScoringPoint, saveCheckpoint } from "./checkpoint";
import { diskFull, inputChanged, interrupted, isFull } from "./errors";
import { ParquetFrame } from "./parquet-writer";
import type { ScoringPlaces } from "./places";
import type { ScoredTask, ScoringPlan } from "./plan";
import { type TaskPool, UnreadableTask } from "./pool";
import type { ScoringProgress } from "./progress";
import { csvField, quarantineHeader } from "./refusal";
import { ScoringSink } from "./sink";
import type { ScoringSource } from "./source";

/** What a run works with. */
export interface ScoringRunProps {
  readonly contract: Contract;
  readonly source: ScoringSource;
  readonly plan: ScoringPlan;
  readonly places: ScoringPlaces;
  /** Digest of what the output depends on. */
  readonly work: string;
  readonly pool: TaskPool;
  /** Tasks under way at once. */
  readonly ahead: number;
  /** Where an interrupted run stopped. */
  readonly point: ScoringPoint | undefined;
  /** How messages call the input. */
  readonly name: string;
  readonly checkpointMs: number;
  readonly now: () => number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScoringProgress) => void;
}

interface TaskUnderWay {
  readonly start: number;
  readonly next: number;
  readonly checksum: number;
  readonly result: Promise<ScoredTask>;
}

/** Codes of errors after which nothing can be gone on with, because the input must change. */
const spoilt = new Set(["input_changed", "file_record_too_long"]);

/** Takes one file through the threads: hands out tasks, writes their results in order, and notes how far it has come. */
export class ScoringRun {
  readonly #props: ScoringRunProps;
  readonly #output: ScoringSink;
  readonly #quarantine: ScoringSink;
  readonly #parquet: ParquetFrame | undefined;
  readonly #unexpected = new Set<string>();
  readonly #byCode: Map<string, number>;
  readonly #startedAt: number;
  readonly #before: number;
  #position: number;
  #line: number;
  #scored: number;
  #quarantined: number;
  #inputChecksum: number;
  #savedAt: number;
  #saving: Promise<void> | undefined;
  #saveFailure: unknown;
  #done: ScoringPoint | undefined;

  private constructor(props: ScoringRunProps, parquet: ParquetFrame | undefined) {
    const { point, source, places, now } = props;
    this.#props = props;
    this.#parquet = parquet;
    this.#output = new ScoringSink(places.partial, point?.output);
    this.#quarantine = new ScoringSink(places.quarantinePartial, point?.quarantine);
    this.#position = point?.position ?? source.start;
    this.#line = point?.line ?? source.firstLine;
    this.#scored = point?.scored ?? 0;
    this.#quarantined = point?.quarantined ?? 0;
    this.#byCode = new Map(Object.entries(point?.byCode ?? {}));
    this.#inputChecksum = point?.inputChecksum ?? source.checksum(source.start);
    this.#before = this.#scored + this.#quarantined;
    this.#startedAt = now();
    this.#savedAt = this.#startedAt;
  }

  /** Opens the outputs, behind what an interrupted run has written. */
  static async open(props: ScoringRunProps): Promise<ScoringRun> {
    const { plan, point } = props;
    const { added } = plan;
    const parquet =
      plan.output === "parquet"
        ? new ParquetFrame(await import("hyparquet-writer"), { passed: plan.passed, scores: added }, point?.parquet)
        : undefined;
    const run = new ScoringRun(props, parquet);
    if (point === undefined) run.#begin(added.map(({ name }) => name));
    return run;
  }

  /** Rows that an interrupted run had done. */
  get resumedAt(): number {
    return this.#before;
  }

  /** Rows scored, rows put aside, and the reasons. */
  get counts(): { scored: number; quarantined: number; byCode: Record<string, number> } {
    const byCode = Object.fromEntries([...this.#byCode].sort(([a], [b]) => (a < b ? -1 : 1)));
    return { scored: this.#scored, quarantined: this.#quarantined, byCode };
  }

  /** Members of JSON rows that the contract does not know. */
  get unexpected(): readonly string[] {
    return [...this.#unexpected];
  }

  /** Scores what is left and gives the outputs their names. */
  async complete(): Promise<void> {
    const { source, pool, ahead } = this.#props;
    const underWay: TaskUnderWay[] = [];
    let handedOut = { next: this.#position, checksum: this.#inputChecksum };
    for (;;) {
      while (underWay.length < ahead) {
        const start = handedOut.next;
        const found = source.task(start, handedOut.checksum);
        if (found === undefined) break;
        const result = pool.run(found.task);
        // A task that fails is spoken of when its turn comes.
        result.catch(() => undefined);
        underWay.push({ start, next: found.next, checksum: found.checksum, result });
        handedOut = found;
      }
      const first = underWay.shift();
      if (first === undefined) break;
      await this.#take(first);
    }
    await this.#finish();
  }

  /** Closes the files. What was done can be gone on with, except when the input itself cannot be used. */
  async abandon(error: unknown): Promise<unknown> {
    await this.#saving;
    const { code } = error as { code?: string };
    const full = isFull(code);
    const told = full ? diskFull(this.#props.places.out, this.#output.point.bytes, error) : error;
    if (full) this.#keepWhatFits();
    this.#output.close();
    this.#quarantine.close();
    if (spoilt.has(code ?? "") || (error instanceof Error && error.name === "DataSetError")) this.#removePartials();
    return told;
  }

  /** Notes the end of the last task on a full disk, once what the task after it left there is gone. */
  #keepWhatFits(): void {
    const { places, work } = this.#props;
    const point = this.#done;
    if (point === undefined || this.#parquet !== undefined) return;
    try {
      this.#output.cut(point.output);
      this.#quarantine.cut(point.quarantine);
      saveCheckpoint(places.sidecar, work, point);
    } catch {
      // Not even that fits: the next run goes on from the point before, or begins again.
    }
  }

  #begin(added: readonly string[]): void {
    const { plan, source } = this.#props;
    const { input, output, passed } = plan;
    this.#quarantine.write(Buffer.from(quarantineHeader));
    if (this.#parquet !== undefined) this.#output.write(this.#parquet.head());
    if (output !== "csv") return;
    const delimiter = input.format === "csv" ? input.delimiter : ",";
    const names = input.format === "csv" ? [source.header] : passed.map(({ name }) => csvField(name, delimiter));
    const header = [...names, ...added.map((name) => csvField(name, delimiter))].join(delimiter);
    this.#output.write(Buffer.from(`${header}\n`));
  }

  async #take({ start, next, checksum, result }: TaskUnderWay): Promise<void> {
    const { source, signal, places } = this.#props;
    const scored = await result.catch(async (error: unknown) => {
      throw error instanceof UnreadableTask ? await source.refuse(start, next, this.#line) : error;
    });
    const { output, rowGroup } = scored;
    this.#output.write(output);
    if (rowGroup !== undefined) this.#parquet?.add({ bytes: output, group: rowGroup });
    this.#refuse(scored);
    this.#position = next;
    this.#inputChecksum = checksum;
    this.#line += scored.lines;
    this.#scored += scored.scored;
    this.#quarantined += scored.quarantined;
    for (const name of scored.unexpected) this.#unexpected.add(name);
    this.#done = this.#point();
    this.#report();
    if (this.#saveFailure !== undefined) throw this.#saveFailure;
    if (signal?.aborted === true) {
      await this.#save();
      throw interrupted(places.out, this.#scored + this.#quarantined);
    }
    if (this.#props.now() - this.#savedAt >= this.#props.checkpointMs) void this.#save();
  }

  #refuse({ refusals }: ScoredTask): void {
    if (refusals.length === 0) return;
    let before = -1;
    for (const { line, code } of refusals) {
      // A row counts under its first problem.
      if (line !== before) this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1);
      before = line;
    }
    const lines = refusals.map(({ line, text }) => `${this.#line + line},${text}\n`);
    this.#quarantine.write(Buffer.from(lines.join("")));
  }

  #report(): void {
    const { onProgress, source, now } = this.#props;
    if (onProgress === undefined) return;
    const rows = this.#scored + this.#quarantined;
    const seconds = Math.max(now() - this.#startedAt, 1) / 1000;
    const rowsPerSecond = (rows - this.#before) / seconds;
    const share = (this.#position - source.start) / Math.max(source.end - source.start, 1);
    const perPosition = rows / Math.max(this.#position - source.start, 1);
    const remainingMs = rowsPerSecond > 0 ? ((source.end - this.#position) * perPosition * 1000) / rowsPerSecond : 0;
    onProgress({ rows, quarantined: this.#quarantined, rowsPerSecond, share, remainingMs });
  }

  /** Notes how far the run has come, once that much of the outputs lies on the disk. */
  #save(): Promise<void> {
    if (this.#saving !== undefined) return this.#saving;
    this.#savedAt = this.#props.now();
    const point = { ...this.#point(), ...(this.#parquet === undefined ? {} : { parquet: this.#parquet.state() }) };
    const { places, work } = this.#props;
    this.#saving = Promise.all([this.#output.flush(), this.#quarantine.flush()])
      .then(() => saveCheckpoint(places.sidecar, work, point))
      .catch((error: unknown) => {
        this.#saveFailure = error;
      })
      .finally(() => {
        this.#saving = undefined;
      });
    return this.#saving;
  }

  #point(): ScoringPoint {
    return {
      ...{ position: this.#position, line: this.#line, ...this.counts },
      ...{ output: this.#output.point, quarantine: this.#quarantine.point, inputChecksum: this.#inputChecksum },
    };
  }

  async #finish(): Promise<void> {
    await this.#saving;
    const { places, contract, source, name } = this.#props;
    if (source.changed()) throw inputChanged(name);
    if (this.#scored + this.#quarantined === 0) await refuseEmpty(contract, source, name);
    if (this.#parquet !== undefined) this.#output.write(this.#parquet.finish());
    this.#output.close();
    this.#quarantine.close();
    if (this.#quarantined > 0) renameSync(places.quarantinePartial, places.quarantine);
    else for (const file of [places.quarantinePartial, places.quarantine]) rmSync(file, { force: true });
    renameSync(places.partial, places.out);
    rmSync(places.sidecar, { force: true });
  }

  #removePartials(): void {
    const { partial, quarantinePartial, sidecar } = this.#props.places;
    for (const file of [partial, quarantinePartial, sidecar]) rmSync(file, { force: true });
  }
}

/** A file without rows is refused in the contract's words. */
async function refuseEmpty(contract: Contract, { header }: ScoringSource, name: string): Promise<void> {
  const csv = header === "" ? contract.columns.map((column) => JSON.stringify(column.name)).join(",") : header;
  const rows = checkRows(contract, csv, { name, target: false });
  while ((await rows.next()).done !== true);
}
