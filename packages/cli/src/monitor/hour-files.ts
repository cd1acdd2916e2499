import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Baseline, EventIds, readSummary, type Summary, summaryJson, type Window } from "@sagewright/monitoring";
import { writeWhole } from "./write-whole";

/** A prediction as far as its worth is judged by it: what is kept of each until its label comes. */
export interface KeptScore {
  readonly eventId: string;
  readonly at: string;
  readonly score: number;
  readonly positive: boolean | null;
  readonly modelVersion: string;
}

/** Hourly summaries of one version's predictions, in files that a later run goes on with. */
export class HourFiles {
  /** @param folder - of the model version's baseline; made when something is written. */
  constructor(
    readonly folder: string,
    private readonly baseline: Baseline,
  ) {}

  /** An hour that was written before, with the ids that are in it. @returns undefined when there is none */
  read(hour: string): { summary: Summary; ids: EventIds } | undefined {
    const text = textOf(this.#path(hour, "json"));
    if (text === undefined) return undefined;
    const summary = readSummary(text, this.baseline);
    const ids = bytesOf(this.#path(hour, idsOf(summary))) ?? new Uint8Array();
    return { summary, ids: EventIds.fromBytes(ids) };
  }

  /**
   * Writes an hour. The summary comes last and names its ids by the number of its rows, so that a process that dies between
   * leaves the hour as it was before; scores that are there already are told apart when they are read.
   */
  write({ summary, ids }: { summary: Summary; ids: EventIds }, scores: readonly KeptScore[]): void {
    const hour = summary.window.from;
    mkdirSync(join(this.folder, "hours"), { recursive: true });
    const kept = textOf(this.#path(hour, "scores.jsonl")) ?? "";
    if (scores.length > 0) writeWhole(this.#path(hour, "scores.jsonl"), kept + scores.map(lineOf).join(""));
    writeWhole(this.#path(hour, idsOf(summary)), ids.toBytes());
    writeWhole(this.#path(hour, "json"), summaryJson(summary, this.baseline));
    const stale = listed(join(this.folder, "hours")).filter(
      (name) =>
        name.startsWith(`${hour.slice(0, 13)}.`) && name.endsWith(".ids") && !name.endsWith(`.${idsOf(summary)}`),
    );
    for (const name of stale) rmSync(join(this.folder, "hours", name), { force: true });
  }

  /** The summaries of a window, oldest first. */
  *summaries(window: Window): Generator<Summary> {
    for (const hour of this.#hours(window)) {
      const text = textOf(this.#path(hour, "json"));
      if (text !== undefined) yield readSummary(text, this.baseline);
    }
  }

  /** The scored predictions of a window, each once. */
  *scores(window: Window): Generator<KeptScore> {
    for (const hour of this.#hours(window)) {
      const seen = new Set<string>();
      for (const line of (textOf(this.#path(hour, "scores.jsonl")) ?? "").split("\n")) {
        if (line === "") continue;
        const [eventId, at, score, positive, modelVersion] = JSON.parse(line);
        if (seen.has(eventId)) continue;
        seen.add(eventId);
        yield { eventId, at, score, positive, modelVersion };
      }
    }
  }

  /** Forgets everything, so that all captures are read again. */
  clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #hours({ from, to }: Window): string[] {
    const names = listed(join(this.folder, "hours")).filter((name) => /^[\dT-]+\.json$/.test(name));
    return names
      .map((name) => `${name.slice(0, 13)}:00:00.000Z`)
      .filter((hour) => hour >= from && hour < to)
      .sort();
  }

  /** `hours/2026-11-21T09.json` */
  #path(hour: string, ending: string): string {
    return join(this.folder, "hours", `${hour.slice(0, 13)}.${ending}`);
  }
}

function idsOf({ rows }: Summary): string {
  return `${rows}.ids`;
}

function lineOf({ eventId, at, score, positive, modelVersion }: KeptScore): string {
  return `${JSON.stringify([eventId, at, score, positive, modelVersion])}\n`;
}

function listed(folder: string): string[] {
  return absentAs([], () => readdirSync(folder));
}

function textOf(path: string): string | undefined {
  return absentAs(undefined, () => readFileSync(path, "utf8"));
}

function bytesOf(path: string): Uint8Array | undefined {
  return absentAs(undefined, () => readFileSync(path));
}

function absentAs<T>(instead: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return instead;
    throw error;
  }
}
