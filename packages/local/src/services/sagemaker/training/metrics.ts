import { readFile } from "node:fs/promises";
import { parseLogLine } from "../../logs/log-store";
import type { FinalMetric } from "./record";

/** A metric and the pattern that finds it in the log. */
export interface MetricDefinition {
  Name?: string | undefined;
  Regex?: string | undefined;
}

/**
 * The last value of each metric in a log: the first group of its pattern, where that is a number.
 * @param log lines with times, as the runtime writes them
 */
export function finalMetrics(log: string, definitions: readonly MetricDefinition[]): FinalMetric[] {
  const patterns = definitions.flatMap(({ Name, Regex }) => {
    const pattern = Name !== undefined && Regex !== undefined ? compile(Regex) : undefined;
    return pattern && Name !== undefined ? [{ name: Name, pattern }] : [];
  });
  const last = new Map<string, FinalMetric>();
  let timestamp = 0;
  for (const line of log.split("\n")) {
    const timed = parseLogLine(line);
    timestamp = timed?.timestamp ?? timestamp;
    const message = timed?.message ?? line;
    for (const { name, pattern } of patterns) {
      const found = pattern.exec(message)?.[1];
      if (found === undefined || found.trim() === "") continue;
      const value = Number(found);
      if (Number.isFinite(value)) last.set(name, { name, value, timestamp });
    }
  }
  return patterns.flatMap(({ name }) => last.get(name) ?? []);
}

/** {@link finalMetrics} of a log file; a job that wrote nothing has no metrics. */
export async function metricsOfLog(file: string, definitions: readonly MetricDefinition[]): Promise<FinalMetric[]> {
  if (definitions.length === 0) return [];
  return finalMetrics(await readFile(file, "utf8").catch(() => ""), definitions);
}

/** Reads a pattern of the service, whose named groups may be written Python's way; undefined when it is none. */
export function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern.replaceAll("(?P<", "(?<"));
  } catch {
    return undefined;
  }
}
