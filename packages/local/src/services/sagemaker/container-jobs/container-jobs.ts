import { mkdir, rm } from "node:fs/promises";
import { ServiceError, validationException } from "../../../errors";
import type { CloudEvent } from "../../../event-bus";
import type { RoomDeps } from "../../../room";
import { nameOfText } from "../../../state/safe-name";

/** What the state folder keeps of every job that runs in a container. Times are epoch milliseconds. */
export interface JobRecord {
  readonly name: string;
  readonly arn: string;
  /** InProgress, Stopping, or one of the three ends; AWS has more for some kinds. */
  readonly status: string;
  readonly creationTime: number;
  readonly lastModifiedTime: number;
  readonly logStream: string;
}

/** One attempt at a job, from its inputs to its outputs. */
export interface JobRun<R extends JobRecord, Ending> {
  /** The record as far as the run has come. */
  readonly record: R;
  run(): Promise<{ record: R; ending: Ending }>;
  /** Asks the container to end. */
  stop(): void;
  /** The cloud is closing: the container is killed, and whatever comes now is not this run's ending. */
  abandon(): void;
}

/** What distinguishes one kind of job from another. */
export interface JobKind<R extends JobRecord, Ending, Run extends JobRun<R, Ending>> {
  /** As error messages call it: "training job". */
  readonly noun: string;
  /** Collection of the records, and folder under `jobs/`. */
  readonly collection: string;
  readonly folder: string;
  readonly logGroup: string;
  /** What AWS answers for a name that is not there. */
  notFound(name: string): string;
  start(record: R, folder: string): Run;
  end(record: R, ending: Ending, now: number): R;
  event(record: R): CloudEvent;
  failed(reason: string): Ending;
  readonly stopped: Ending;
  /**
   * Waits for the instances of a job, as long as faults withhold them.
   * @param signal the job is being stopped, or the cloud closed
   * @returns how the job ends when they never come. @default they are always there
   */
  capacity?(record: R, signal: AbortSignal): Promise<Ending | undefined>;
}

/** Whether a job will not change any more. */
export const hasEnded = (record: { status: string }): boolean =>
  ["Completed", "Failed", "Stopped"].includes(record.status);

/** The jobs of one kind: their records, those that run now, and their life from creation to a durable end. */
export class ContainerJobs<R extends JobRecord, Ending, Run extends JobRun<R, Ending>> {
  readonly #records;
  readonly #running = new Map<string, { run: Run; ended: Promise<void> }>();
  readonly #waits = new Map<string, AbortController>();
  #closing = false;

  constructor(
    private readonly deps: RoomDeps,
    private readonly kind: JobKind<R, Ending, Run>,
  ) {
    this.#records = deps.store.collection<R>(kind.collection);
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.deps.clock.now().getTime();
  }

  /** The newest state of a job. @throws ServiceError ValidationException with AWS's text when there is none */
  get(name: string): R {
    const record = this.#running.get(name)?.run.record ?? this.#records.get(name);
    if (record) return record;
    throw validationException(this.kind.notFound(name));
  }

  /** The newest state of every job. */
  all(): R[] {
    return this.#records.values().map((record) => this.#running.get(record.name)?.run.record ?? record);
  }

  /** The run of a job that is running here. */
  run(name: string): Run | undefined {
    return this.#running.get(name)?.run;
  }

  /** @throws ServiceError ResourceInUse with AWS's text */
  refuseTaken(name: string, arn: string): void {
    if (!this.#running.has(name) && !this.#records.has(name)) return;
    const { noun } = this.kind;
    throw new ServiceError(
      "ResourceInUse",
      `${noun.charAt(0).toUpperCase()}${noun.slice(1)} names must be unique within an AWS account and region, and a ${noun} with this name already exists (${arn})`,
    );
  }

  /** Keeps a new job's record, tells of it, and lets it run. */
  async create(record: R): Promise<void> {
    await this.#records.put(record.name, record);
    this.deps.bus.publish(this.kind.event(record));
    this.#launch(record);
  }

  /** Asks a running job to stop. @throws ServiceError ValidationException when it is not in progress */
  async stop(name: string): Promise<void> {
    const record = this.get(name);
    if (record.status !== "InProgress") throw this.#refused(record);
    const run = this.run(name);
    if (!run) return;
    run.stop();
    this.#waits.get(name)?.abort();
    await this.#records.put(name, run.record);
  }

  /** Forgets an ended job and its files. @throws ServiceError ValidationException when it has not ended */
  async delete(name: string): Promise<void> {
    const record = this.get(name);
    if (!hasEnded(record)) throw this.#refused(record);
    await this.#records.delete(name);
    await rm(this.#folderOf(name), { recursive: true, force: true });
  }

  /**
   * Takes up what a process that died left behind: a job that was being stopped is stopped, any other runs again.
   *
   * @param restarted - the record with which a job runs again
   */
  async recover(restarted: (record: R) => R): Promise<void> {
    for (const record of this.#records.values()) {
      if (hasEnded(record) || this.#running.has(record.name)) continue;
      if (record.status === "Stopping") await this.#conclude(record, this.kind.stopped);
      else this.#launch(restarted(record));
    }
  }

  /** Ends all containers quickly; their records stay in progress, so that they run again when the state is opened. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const wait of this.#waits.values()) wait.abort();
    for (const { run } of this.#running.values()) run.abandon();
    await Promise.allSettled([...this.#running.values()].map(({ ended }) => ended));
  }

  #launch(record: R): void {
    const folder = this.#folderOf(record.name);
    const run = this.kind.start(record, folder);
    const ended = this.#life(record, run, folder).catch((error: unknown) =>
      this.#closing ? undefined : this.#conclude(run.record, this.kind.failed(internalError(error))),
    );
    this.#running.set(record.name, { run, ended });
  }

  async #life(record: R, run: Run, folder: string): Promise<void> {
    const { clock } = this.deps;
    const what = `${this.kind.noun} ${record.name}`;
    await clock.during(what, this.#prepare(record, folder));
    const withheld = await this.#withheld(run);
    if (this.#closing) return;
    if (withheld) {
      await this.#conclude(run.record, withheld);
      return;
    }
    const { record: last, ending } = await clock.during(what, run.run());
    if (this.#closing) return;
    await this.#conclude(last, ending);
    await Promise.all(["opt-ml", "tmp"].map((part) => rm(`${folder}/${part}`, { recursive: true, force: true })));
  }

  async #prepare({ logStream }: R, folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await this.deps.logs.registerFile(this.kind.logGroup, logStream, `${folder}/log.txt`);
  }

  async #withheld(run: Run): Promise<Ending | undefined> {
    if (!this.kind.capacity) return undefined;
    const { name } = run.record;
    const wait = new AbortController();
    this.#waits.set(name, wait);
    const ending = await this.kind.capacity(run.record, wait.signal);
    this.#waits.delete(name);
    return run.record.status === "Stopping" ? this.kind.stopped : ending;
  }

  /**
   * The end is durable before anyone hears of it. When it cannot be written (no space), everyone hears of a failure
   * instead, and the job, still in progress on disk, runs again when the state is opened.
   */
  async #conclude(record: R, ending: Ending): Promise<void> {
    let final = this.kind.end(record, ending, this.now());
    try {
      await this.#records.put(final.name, final);
    } catch (error) {
      final = this.kind.end(record, this.kind.failed(internalError(error)), this.now());
    }
    this.#running.delete(final.name);
    this.deps.bus.publish(this.kind.event(final));
  }

  #folderOf(name: string): string {
    return this.deps.store.path("jobs", this.kind.folder, nameOfText(name));
  }

  #refused(record: R): ServiceError {
    return validationException(`The request was rejected because the ${this.kind.noun} is in status ${record.status}.`);
  }
}

function internalError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `InternalServerError: We encountered an internal error. Please try again. (${message})`;
}
