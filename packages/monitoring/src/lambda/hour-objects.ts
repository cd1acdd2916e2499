import type { S3 } from "@aws-sdk/client-s3";
import type { Baseline } from "../baseline/baseline";
import type { ScoredPrediction } from "../performance/measure";
import { EventIds } from "../summary/event-ids";
import type { HourState } from "../summary/summariser";
import type { Summary } from "../summary/summary";
import { readSummary, summaryJson } from "../summary/summary-json";
import type { Window } from "../window";
import { listObjects, readObject } from "./objects";

/** A prediction as far as its worth is judged by it: what is kept of each until its label comes. */
export interface KeptScore extends ScoredPrediction {
  readonly positive: boolean | null;
}

/** Where the hours of one version are. */
export interface HourPlace {
  readonly s3: Pick<S3, "getObject" | "putObject" | "deleteObject" | "listObjectsV2">;
  readonly bucket: string;
  /** With the version's own folder, without a slash at the end. */
  readonly prefix: string;
  readonly baseline: Baseline;
}

/** Hourly summaries of one version's predictions as objects. One process at a time may write. */
export class HourObjects {
  constructor(private readonly place: HourPlace) {}

  /** An hour that was written before, with the ids that are in it. */
  async read(hour: string): Promise<HourState | undefined> {
    const text = await this.#get(`${nameOf(hour)}.json`);
    if (text === undefined) return undefined;
    const summary = readSummary(text, this.place.baseline);
    return { summary, ids: EventIds.fromBytes((await this.#get(idsName(summary))) ?? new Uint8Array()) };
  }

  /**
   * Writes an hour. The summary comes last and names its ids by the number of its rows: a function that is ended between leaves the
   * hour as it was before, and scores that are there twice are told apart when they are read.
   */
  async write({ summary, ids }: HourState, scores: readonly KeptScore[], formerRows: number): Promise<void> {
    const hour = summary.window.from;
    if (scores.length > 0) {
      const kept = Buffer.from((await this.#get(`${nameOf(hour)}.scores.jsonl`)) ?? []).toString("utf8");
      await this.#put(`${nameOf(hour)}.scores.jsonl`, kept + scores.map(lineOf).join(""));
    }
    await this.#put(idsName(summary), ids.toBytes());
    await this.#put(`${nameOf(hour)}.json`, summaryJson(summary, this.place.baseline));
    if (formerRows !== summary.rows) await this.#remove(`${nameOf(hour)}.${formerRows}.ids`);
  }

  /** The summaries of a window, oldest first. */
  async *summaries(window: Window): AsyncGenerator<Summary> {
    for (const hour of await this.hours(window)) {
      const text = await this.#get(`${nameOf(hour)}.json`);
      if (text !== undefined) yield readSummary(text, this.place.baseline);
    }
  }

  /** The scored predictions of a window, each once an hour. */
  async *scores(window: Window): AsyncGenerator<KeptScore> {
    for (const hour of await this.hours(window)) {
      const seen = new Set<string>();
      const text = Buffer.from((await this.#get(`${nameOf(hour)}.scores.jsonl`)) ?? []).toString("utf8");
      for (const line of text.split("\n")) {
        if (line === "") continue;
        const [eventId, at, score, positive, modelVersion] = JSON.parse(line);
        if (seen.has(eventId)) continue;
        seen.add(eventId);
        yield { eventId, at, score, positive, modelVersion };
      }
    }
  }

  /** Hours of a window that have a summary, oldest first. */
  async hours({ from, to }: Window): Promise<string[]> {
    const { s3, bucket, prefix } = this.place;
    const hours: string[] = [];
    for await (const { key } of listObjects(s3, { bucket, prefix: `${prefix}/hours/` })) {
      const [, hour] = /\/(\d{4}-\d\d-\d\dT\d\d)\.json$/.exec(key) ?? [];
      if (hour !== undefined) hours.push(`${hour}:00:00.000Z`);
    }
    return hours.filter((hour) => hour >= from && hour < to).sort();
  }

  #get(name: string): Promise<Uint8Array | undefined> {
    const { s3, bucket, prefix } = this.place;
    return readObject(s3, { bucket, key: `${prefix}/hours/${name}` });
  }

  async #put(name: string, body: string | Uint8Array): Promise<void> {
    const { s3, bucket, prefix } = this.place;
    await s3.putObject({ Bucket: bucket, Key: `${prefix}/hours/${name}`, Body: body });
  }

  async #remove(name: string): Promise<void> {
    const { s3, bucket, prefix } = this.place;
    await s3.deleteObject({ Bucket: bucket, Key: `${prefix}/hours/${name}` });
  }
}

/** `2026-11-21T09` */
const nameOf = (hour: string): string => hour.slice(0, 13);

const idsName = ({ window, rows }: Summary): string => `${nameOf(window.from)}.${rows}.ids`;

function lineOf({ eventId, at, score, positive, modelVersion }: KeptScore): string {
  return `${JSON.stringify([eventId, at, score, positive, modelVersion])}\n`;
}
