import { MonitoringError } from "../errors";
import type { RecordFiles } from "../summary/record-files";

/** What reading may take. */
export interface ReadingBounds {
  /** What is read, for messages: `labels`. */
  readonly what: string;
  /** @default as many as there are: what is kept of them is bounded otherwise */
  readonly mostBytes?: number;
  /** Whether there is time left. */
  hasTime(): boolean;
}

/**
 * Files that are read within bounds, so that a function ends in time and keeps to its memory.
 *
 * @throws MonitoringError `merge_too_large`, `merge_too_slow` while reading
 */
export function boundedFiles(files: RecordFiles, bounds: ReadingBounds): RecordFiles {
  let bytes = 0;
  return async (from) =>
    (await files(from)).map((file) => ({
      read: async () => {
        const chunks = await file.read();
        return (async function* () {
          for await (const chunk of chunks) {
            bytes += chunk.byteLength;
            checkTime(bounds);
            checkSize(bytes, bounds);
            yield chunk;
          }
        })();
      },
    }));
}

/** @throws MonitoringError `merge_too_slow` */
export function checkTime({ what, hasTime }: Omit<ReadingBounds, "mostBytes">): void {
  if (hasTime()) return;
  throw new MonitoringError("merge_too_slow", `reading ${what} takes longer than a function may; ${REMEDY}`);
}

/** @throws MonitoringError `merge_too_large` */
export function checkSize(
  bytes: number,
  { what, mostBytes = Number.POSITIVE_INFINITY }: Omit<ReadingBounds, "hasTime">,
): void {
  if (bytes <= mostBytes) return;
  const most = `${Math.round(mostBytes / 1024 / 1024)} MiB`;
  throw new MonitoringError("merge_too_large", `${what} are more than the ${most} that a function merges; ${REMEDY}`, {
    facts: { bytes, mostBytes },
  });
}

const REMEDY = "merge with `sagewright retrain`, or set retraining.fresh.windowDays";
