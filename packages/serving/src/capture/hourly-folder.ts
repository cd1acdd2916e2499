import { randomUUID } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";

/** Where records go, hour by hour; a folder here, S3 or Firehose elsewhere. */
export interface RecordSink {
  /**
   * Appends whole JSON lines to the records of the hour that `at` is in.
   *
   * @throws RecordsLostError when only some could be stored; whatever else it throws means none.
   */
  append(at: Date, lines: string): Promise<void>;
  /** How long records should be gathered before they are given. @default a second */
  readonly everyMs?: number;
}

/**
 * A sink that writes `yyyy/mm/dd/hh/<name>.jsonl` under a folder (UTC), as SageMaker's data capture does. Every sink has
 * its own file name, so that processes never share a file.
 *
 * @param durable - whether lines are on disk when the promise resolves. @default false: they are with the system
 */
export function hourlyFolder(folder: string, { durable = false, name = randomUUID() as string } = {}): RecordSink {
  let last: Promise<unknown> = Promise.resolve();
  return {
    append(at, lines) {
      // One after another, so that taking back a line that could not be written whole takes back no other.
      const written = last.then(() => append(join(folder, hourPath(at)), `${name}.jsonl`, lines, durable));
      last = written.catch(() => undefined);
      return written;
    },
  };
}

/** Appends whole lines or none: the rest of a line that did not fit would swallow the next one. */
async function append(hour: string, name: string, lines: string, durable: boolean): Promise<void> {
  await mkdir(hour, { recursive: true });
  const file = await open(join(hour, name), "a", 0o600);
  try {
    const { size } = await file.stat();
    try {
      await file.appendFile(lines);
      if (durable) await file.datasync();
    } catch (error) {
      await file.truncate(size).catch(() => undefined);
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** `2026/01/02/03` of a moment, in UTC. */
export function hourPath(at: Date): string {
  return at.toISOString().slice(0, 13).replaceAll(/[-T]/g, "/");
}
