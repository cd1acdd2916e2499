import { readFileSync, rmSync } from "node:fs";
import type { Clock } from "../../clock";
import { isSystemError } from "../../errors";
import { nameOfText } from "../../state/safe-name";
import type { Journal, Store } from "../../state/store";
import { type LogLine, type LogStore, parseLogLine } from "./log-store";

/** A stream's record. */
export interface StreamRecord {
  group: string;
  stream: string;
  /** Epoch milliseconds. */
  created: number;
  /** A job's log file, relative to the state folder when it lies inside; absent for streams with lines of their own. */
  file?: string;
}

/** A group's record. */
export interface GroupRecord {
  group: string;
  /** Epoch milliseconds. */
  created: number;
  /** Days for which lines are shown. @default for ever */
  retentionDays?: number;
}

/** A log event as it is kept, with the time it came in. */
export interface StoredLine extends LogLine {
  ingested: number;
}

/** What CloudWatch Logs' operations need beyond {@link LogStore}. */
export interface LogStreams extends LogStore {
  createGroup(group: string): Promise<void>;
  groups(): GroupRecord[];
  /** Lines that are older are shown no more. */
  retain(group: string, days: number | undefined): Promise<void>;
  deleteGroup(group: string): Promise<void>;
  createStream(group: string, stream: string): Promise<void>;
  deleteStream(group: string, stream: string): Promise<void>;
  streams(group: string): StreamRecord[];
  stream(group: string, stream: string): StreamRecord | undefined;
  lines(record: StreamRecord): StoredLine[];
  /** Durable when resolved. */
  write(group: string, stream: string, lines: readonly LogLine[]): Promise<void>;
  close(): void;
}

/**
 * Opens the logs of a state folder: one journal per stream, or the job's own log file.
 * @param onLines told of lines that are written (not of those of job log files), for the metrics in them
 */
export function createLogStreams(
  store: Store,
  clock: Clock,
  onLines: (lines: readonly LogLine[]) => Promise<void> = async () => undefined,
): LogStreams {
  const groups = store.collection<GroupRecord>("log-groups");
  const records = store.collection<StreamRecord>("log-streams");
  const journals = new Map<string, Journal<StoredLine>>();
  const keyOf = (group: string, stream: string) => `${group}:${stream}`;
  const now = () => clock.now().getTime();

  const journalName = (group: string, stream: string) => `logs/${nameOfText(group)}/${nameOfText(stream)}`;
  const journal = (group: string, stream: string): Journal<StoredLine> => {
    const key = keyOf(group, stream);
    const known = journals.get(key);
    if (known) return known;
    const opened = store.journal<StoredLine>(journalName(group, stream));
    journals.set(key, opened);
    return opened;
  };

  const discardLines = (group: string, stream: string): void => {
    journals.get(keyOf(group, stream))?.close();
    journals.delete(keyOf(group, stream));
    rmSync(store.path(`${journalName(group, stream)}.jsonl`), { force: true });
  };
  /** A new stream has no lines of a former one of its name, whose deletion a kill may have cut short. */
  const beginEmpty = (group: string, stream: string): void => {
    if (!records.has(keyOf(group, stream))) discardLines(group, stream);
  };

  const ensure = async (group: string, stream: string, file?: string): Promise<void> => {
    const writes: Promise<void>[] = [];
    if (!groups.has(group)) writes.push(groups.put(group, { group, created: now() }));
    const known = records.get(keyOf(group, stream));
    if (!known || (file !== undefined && known.file !== file)) {
      const record: StreamRecord = { group, stream, created: known?.created ?? now() };
      writes.push(records.put(keyOf(group, stream), file === undefined ? record : { ...record, file }));
    }
    await Promise.all(writes);
  };

  const self: LogStreams = {
    async createGroup(group) {
      await groups.put(group, { group, created: now() });
    },
    groups: () => groups.values(),
    retain: (group, days) =>
      groups.put(group, {
        group,
        created: groups.get(group)?.created ?? now(),
        ...(days !== undefined && { retentionDays: days }),
      }),
    async deleteGroup(group) {
      await Promise.all(self.streams(group).map(({ stream }) => self.deleteStream(group, stream)));
      await groups.delete(group);
    },
    createStream(group, stream) {
      beginEmpty(group, stream);
      return ensure(group, stream);
    },
    async deleteStream(group, stream) {
      await records.delete(keyOf(group, stream));
      beginEmpty(group, stream);
    },
    streams: (group) => records.values().filter((record) => record.group === group),
    stream: (group, stream) => records.get(keyOf(group, stream)),
    lines(record) {
      const all =
        record.file === undefined
          ? journal(record.group, record.stream).read()
          : readLogFile(insideOrAbsolute(store, record.file), record.created);
      const days = groups.get(record.group)?.retentionDays;
      return days === undefined ? all : all.filter(({ timestamp }) => timestamp > now() - days * dayMs);
    },
    async write(group, stream, lines) {
      const ingested = now();
      beginEmpty(group, stream);
      const target = journal(group, stream);
      await Promise.all([
        ensure(group, stream),
        onLines(lines),
        ...lines.map((line) => target.append({ ...line, ingested })),
      ]);
    },
    append(group, stream, lines) {
      // The caller goes on; a line that cannot be written is no reason to fail a job.
      self.write(group, stream, lines).catch(() => undefined);
    },
    registerFile(group, stream, file) {
      const root = `${store.path()}/`;
      return ensure(group, stream, file.startsWith(root) ? file.slice(root.length) : file);
    },
    read(group, stream) {
      const record = self.stream(group, stream);
      return record && self.lines(record).map(({ timestamp, message }) => ({ timestamp, message }));
    },
    close() {
      for (const opened of journals.values()) opened.close();
      journals.clear();
    },
  };
  return self;
}

const dayMs = 86_400_000;

const insideOrAbsolute = (store: Store, file: string): string => (file.startsWith("/") ? file : store.path(file));

/** The complete lines of a job's log file so far. */
function readLogFile(file: string, created: number): StoredLine[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT") return [];
    throw error;
  }
  let timestamp = created;
  return text
    .split("\n")
    .filter((line, index, all) => index < all.length - 1 || line !== "")
    .map((line) => {
      const parsed = parseLogLine(line);
      timestamp = parsed?.timestamp ?? timestamp;
      return { timestamp, message: parsed?.message ?? line, ingested: timestamp };
    });
}
