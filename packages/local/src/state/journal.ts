import { readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { isSystemError, writeFailure } from "../errors";
import { type DurableFiles, openMakingFolder } from "./atomic-file";
import type { Quarantine } from "./quarantine";

/** Append-only history: one JSON line per event. */
export interface Journal<E> {
  /** Durable (written and fsynced) when the promise resolves. Appends that overlap share one fsync and keep their order. */
  append(event: E): Promise<void>;
  /** Everything appended so far, acknowledged or on its way to the disk. */
  read(): E[];
  /** Appends that are under way still finish. */
  close(): void;
}

interface Batch<E> {
  events: E[];
  lines: string;
  written: Promise<void>;
}

/**
 * Opens a journal. A torn last line (the process was killed while it wrote) is cut off: it was never acknowledged.
 * A line in the middle that is no JSON means damage: the whole file goes to quarantine and its readable lines are kept.
 */
export function openJournal<E>(file: string, quarantine: Quarantine, files: DurableFiles): Journal<E> {
  const found = readJournal<E>(file, quarantine);
  let events = found.events;
  let size = found.size;
  let handle: FileHandle | undefined;
  let waiting: Batch<E> | undefined;
  let last: Promise<void> = Promise.resolve();
  let closed = false;

  const write = async (lines: string): Promise<void> => {
    handle ??= await openMakingFolder(file, "a");
    const bytes = Buffer.from(lines);
    try {
      await files.write(handle, bytes);
      await files.sync(handle);
      size += bytes.length;
    } catch (cause) {
      // Half a line would be taken for damage later.
      await handle.truncate(size).catch(() => undefined);
      throw writeFailure(file, cause);
    }
  };

  const enqueue = (event: E): Promise<void> => {
    const line = `${JSON.stringify(event)}\n`;
    if (waiting) {
      waiting.lines += line;
      waiting.events.push(event);
      return waiting.written;
    }
    const batch: Batch<E> = { events: [event], lines: line, written: Promise.resolve() };
    waiting = batch;
    batch.written = last
      .catch(() => undefined)
      .then(async () => {
        waiting = undefined;
        try {
          await write(batch.lines);
        } catch (error) {
          // What was not written has not happened.
          const lost = new Set(batch.events);
          events = events.filter((one) => !lost.has(one));
          throw error;
        }
      });
    last = batch.written;
    // A batch that nobody awaits must not end the process; whoever appended hears of the failure.
    batch.written.catch(() => undefined);
    return batch.written;
  };

  return {
    append(event) {
      if (closed) return Promise.reject(new Error(`${file}: the journal is closed.`));
      events.push(event);
      return enqueue(event);
    },
    read: () => [...events],
    close() {
      if (closed) return;
      closed = true;
      const end = () => handle?.close().catch(() => undefined);
      last.then(end, end);
    },
  };
}

function readJournal<E>(file: string, quarantine: Quarantine): { events: E[]; size: number } {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return { events: [], size: 0 };
    throw error;
  }
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const events: E[] = [];
  const kept: string[] = [];
  const damaged: number[] = [];
  for (const [index, line] of whole.split("\n").slice(0, -1).entries()) {
    try {
      events.push(JSON.parse(line) as E);
      kept.push(line);
    } catch {
      damaged.push(index + 1);
    }
  }
  if (damaged.length > 0) {
    quarantine.take(file, `line ${damaged.join(", ")} is not JSON; the other lines were kept`);
    const text = kept.map((line) => `${line}\n`).join("");
    const repaired = `${file}.repaired`;
    writeFileSync(repaired, text, { flush: true });
    renameSync(repaired, file);
    return { events, size: Buffer.byteLength(text) };
  }
  const size = Buffer.byteLength(whole);
  if (whole.length < text.length) truncateSync(file, size);
  return { events, size };
}
