/** One log event. */
export interface LogLine {
  /** Epoch milliseconds. */
  timestamp: number;
  message: string;
}

/** Where jobs' output goes and CloudWatch Logs answers from. */
export interface LogStore {
  /** Adds lines to a stream; group and stream come into being with the first line. */
  append(group: string, stream: string, lines: readonly LogLine[]): void;
  /**
   * Serves a stream from a file on disk, as far as it has been written at the time of asking.
   * The file's lines are made by {@link formatLogLine}; a line without a time takes the time of the line before it.
   */
  registerFile(group: string, stream: string, file: string): Promise<void>;
  /** All lines of a stream so far; undefined when there is no such stream. */
  read(group: string, stream: string): LogLine[] | undefined;
}

/** One line of a log file: `2026-11-21T07:50:00.123Z message`. */
export const formatLogLine = (timestamp: number, message: string): string =>
  `${new Date(timestamp).toISOString()} ${message}\n`;

const timed = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ?(.*)$/s;

/** Reads what {@link formatLogLine} wrote; undefined for a line without a time. */
export function parseLogLine(line: string): LogLine | undefined {
  const match = timed.exec(line);
  if (!match) return undefined;
  return { timestamp: Date.parse(match[1] as string), message: match[2] as string };
}
