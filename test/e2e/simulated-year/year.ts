import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { type Cloud, openCloud } from "@sagewright/local";
import { localTarget } from "@sagewright/pipeline";
import {
  type Clients,
  createClients,
  destroyClients,
  executionReport,
  publish,
  startExecution,
  uploadData,
} from "@sagewright/sagemaker";
import {
  Capture,
  createApi,
  embeddedBackend,
  hourlyFolder,
  type PredictionApi,
  servingPaths,
} from "@sagewright/serving";
import { findModel } from "../../../packages/cli/src/models/find-model";
import { openModel } from "../../../packages/cli/src/models/open-model";
import { promote } from "../../../packages/cli/src/models/promotion";
import { alertsCommand } from "../../../packages/cli/src/monitor/alerts-command";
import { labelsCommand } from "../../../packages/cli/src/monitor/labels-command";
import { runCommand } from "../../../packages/cli/src/monitor/run-command";
import { Output } from "../../../packages/cli/src/terminal/output";
import { compiledTraining, contract, group } from "./pipeline";
import { Chance, type Climate, customer, usual } from "./world";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** What `monitor run --json` says at the end of a week, as far as it is looked at. */
export interface WeekEnd {
  readonly week: number;
  /** The version that answered in this week. */
  readonly version: number;
  readonly verdict: string;
  readonly sentence: string;
  readonly drifted: readonly string[];
  readonly retraining: {
    readonly decision: { readonly start: boolean; readonly because: string };
    readonly data?: {
      readonly history: number;
      readonly fresh: number;
      readonly broken: number;
      readonly splits?: Record<string, number>;
    };
    readonly outcome?: {
      readonly result: { readonly kind: string; readonly reason?: string; readonly version?: string };
    };
  } | null;
  /** ROC AUC of the week's predictions by what really happened, which nobody knew then. */
  readonly trueAuc: number;
}

type Run = Omit<WeekEnd, "week" | "version" | "trueAuc">;

/** How a year is lived. */
export interface YearOptions {
  readonly folder: string;
  /** A Monday. */
  readonly begin: Date;
  readonly customersAWeek: number;
  readonly labelDelayDays: number;
  /** Of `config/year.json`. */
  readonly environment: object;
}

interface Pending {
  readonly due: number;
  readonly id: string;
  readonly leaves: boolean;
}

/** A year of a product: traffic, labels, weekly monitoring, on an embedded cloud whose clock is advanced by hand. */
export class Year {
  readonly #options: YearOptions;
  readonly #chance = new Chance(20_270_104);
  readonly #cloud: Cloud;
  readonly #clients: Clients;
  #now: Date;
  #week = 0;
  #pending: Pending[] = [];
  #version = 0;
  #api: PredictionApi | undefined;
  #capture: Capture;

  private constructor(options: YearOptions, cloud: Cloud) {
    this.#options = options;
    this.#cloud = cloud;
    this.#clients = createClients({ ...cloud.clientConfig(), polling: { minimumMs: 5, maximumMs: 20 } });
    this.#now = options.begin;
    const paths = servingPaths(join(this.stateDir, "serving"));
    this.#capture = new Capture({ sink: hourlyFolder(paths.captures), now: () => this.#now });
  }

  /** Trains, approves and serves a first version on `rows` customers of last year. */
  static async begin(options: YearOptions, rows: number): Promise<Year> {
    const { folder, begin, environment } = options;
    mkdirSync(join(folder, "config"), { recursive: true });
    writeFileSync(join(folder, "config/year.json"), JSON.stringify(environment));
    const startAt = new Date(begin.getTime() - DAY_MS);
    const cloud = await openCloud({ stateDir: join(folder, ".sagewright"), clock: "manual", startAt });
    const year = new Year(options, cloud);
    await year.#trainFirst(rows);
    await year.#follow();
    return year;
  }

  /** The cloud's state folder. */
  get stateDir(): string {
    return join(this.#options.folder, ".sagewright");
  }

  /** Which week it is, from 0. */
  get week(): number {
    return this.#week;
  }

  async close(): Promise<void> {
    destroyClients(this.#clients);
    await this.#cloud.close();
  }

  /** Publishes a training pipeline in the place of the one before. */
  async publish(estimator: Parameters<typeof compiledTraining>[0]): Promise<void> {
    await publish(this.#clients, compiledTraining(estimator), { roleArn: localTarget.roleArn });
  }

  /** A week of traffic and labels, and what monitoring makes of it on Monday morning. */
  async live(changes: Partial<Climate> = {}): Promise<WeekEnd> {
    const week = this.#week;
    const version = this.#version;
    const answered = await this.#traffic({ ...usual, ...changes });
    this.#week += 1;
    await this.#advanceTo(this.#options.begin.getTime() + this.#week * WEEK_MS);
    await this.#tellLabels();
    const run = await this.#whileTimePasses(this.#command<Run>(runCommand, [group], { promote: true }));
    await this.#follow();
    return { ...run, week, version, trueAuc: auc(answered) };
  }

  /** What people were told, as `monitor alerts list --json` has it. */
  alerts<T>(): Promise<T> {
    return this.#command<T>(alertsCommand, ["list", []]);
  }

  async #trainFirst(rows: number): Promise<void> {
    await this.publish("usual");
    const names = [...contract.columns.map(({ name }) => name), contract.target.column];
    const lines = Array.from({ length: rows }, () => {
      const { row, leaves } = customer(this.#chance, usual);
      return names.map((name) => (name === contract.target.column ? (leaves ? "yes" : "no") : row[name])).join(",");
    });
    const file = join(this.#options.folder, "last-year.csv");
    writeFileSync(file, `${[names.join(","), ...lines].join("\n")}\n`);
    const { uri } = await uploadData(this.#clients, { bucket: localTarget.bucket, file });
    const { executionArn } = await startExecution(this.#clients, {
      pipeline: `${group}-training`,
      parameters: { InputDataUri: uri },
    });
    await this.#whileTimePasses(this.#ended(executionArn));
    const { arn } = await findModel(this.#clients, group, { pending: true });
    await promote({ clients: this.#clients, again: "" }, { arn, reason: "the first one" });
  }

  async #ended(executionArn: string): Promise<void> {
    for (;;) {
      const { status } = await executionReport(this.#clients, executionArn);
      if (status === "Succeeded") return;
      if (status !== "Executing") throw new Error(`The first training ended ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Serves the newest approved version, as `sagewright serve` does. */
  async #follow(): Promise<void> {
    const { arn, version } = await findModel(this.#clients, group);
    if (version === this.#version) return;
    const { predictor, details } = await openModel(this.#clients, arn);
    this.#version = version;
    this.#api = createApi({
      backend: embeddedBackend(predictor, contract),
      contract,
      model: {
        name: details.group,
        version: String(details.version),
        ...(predictor.threshold === undefined ? {} : { threshold: predictor.threshold }),
      },
      capture: this.#capture,
      clock: { now: () => this.#now, monotonicMs: () => performance.now() },
    });
  }

  async #traffic(climate: Climate): Promise<{ score: number; leaves: boolean }[]> {
    const { begin, customersAWeek, labelDelayDays } = this.#options;
    const answered: { score: number; leaves: boolean }[] = [];
    for (let day = 0; day < 7; day += 1) {
      this.#now = new Date(begin.getTime() + this.#week * WEEK_MS + (day + 0.5) * DAY_MS);
      const count = Math.floor(((day + 1) * customersAWeek) / 7) - Math.floor((day * customersAWeek) / 7);
      const customers = Array.from({ length: count }, () => customer(this.#chance, climate));
      const response = await this.#api?.request("/predict/batch", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(customers.map(({ row }) => row)),
      });
      const body = (await response?.json()) as {
        results: { index: number; prediction: { predictionId: string; churnProbability: number } }[];
      };
      expect(response?.status).toBe(200);
      for (const { index, prediction } of body.results) {
        const leaves = customers[index]?.leaves === true;
        answered.push({ score: prediction.churnProbability, leaves });
        this.#pending.push({ due: this.#now.getTime() + labelDelayDays * DAY_MS, id: prediction.predictionId, leaves });
      }
      await this.#capture.flush();
    }
    return answered;
  }

  /** What is known by now comes as a CSV, once a week. */
  async #tellLabels(): Promise<void> {
    const now = this.#now.getTime();
    const due = this.#pending.filter((each) => each.due <= now);
    this.#pending = this.#pending.filter((each) => each.due > now);
    if (due.length === 0) return;
    const file = join(this.#options.folder, "labels.csv");
    writeFileSync(file, `id,left\n${due.map(({ id, leaves }) => `${id},${leaves ? "yes" : "no"}`).join("\n")}\n`);
    const { labels } = await this.#command<{ labels: number }>(labelsCommand, [], { file, outcome: "left" });
    expect(labels).toBe(due.length);
  }

  async #advanceTo(moment: number): Promise<void> {
    const { now } = await this.#cloud.clock.read();
    await this.#cloud.clock.advance(Math.max(0, moment - now.getTime()));
    this.#now = new Date(moment);
  }

  /** Lets simulated seconds pass until work is done. */
  async #whileTimePasses<T>(work: Promise<T>): Promise<T> {
    let over = false;
    const done = work.finally(() => {
      over = true;
    });
    done.catch(() => {});
    while (!over) {
      const { due } = await this.#cloud.clock.read();
      if (due.length > 0) await this.#cloud.clock.advance(1_000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return done;
  }

  /** A command as it is typed, in this process. @returns the document that it prints */
  async #command<T>(command: Command, words: readonly unknown[], options: object = {}): Promise<T> {
    const stdout = new Collected();
    const output = new Output({ mode: "json", quiet: true, streams: { stdout, stderr: new Collected() } });
    const { signal } = new AbortController();
    const cwd = this.#options.folder;
    await command({ output, options: { env: "year", local: true, ...options }, cwd, signal }, ...words);
    return JSON.parse(stdout.text) as T;
  }
}

/** Any of the commands: each is given the options and words that it takes. */
// biome-ignore lint/suspicious/noExplicitAny: words and options differ from command to command
type Command = (context: any, ...words: any[]) => Promise<unknown>;

class Collected extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** ROC AUC by its meaning: the share of pairs in the right order. */
function auc(answered: readonly { score: number; leaves: boolean }[]): number {
  const [left, stayed] = [true, false].map((is) =>
    answered.filter(({ leaves }) => leaves === is).map(({ score }) => score),
  );
  let wins = 0;
  for (const one of left ?? []) for (const other of stayed ?? []) wins += (Math.sign(one - other) + 1) / 2;
  return wins / ((left?.length ?? 0) * (stayed?.length ?? 0));
}
