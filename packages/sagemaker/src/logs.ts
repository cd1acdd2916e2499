import { DescribeLogStreamsCommand, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { isNotFound } from "./aws-errors";
import type { Clients } from "./clients";
import type { JobKind } from "./execution-events";
import { Pace } from "./pace";
import { type Surroundings, systemSurroundings } from "./surroundings";

/** A line of a job's log. */
export interface LogLine {
  readonly at: Date;
  /** Name of the stream: `<job>/algo-1-<epoch>`, or `<variant>/<instance>` for an endpoint. */
  readonly stream: string;
  readonly message: string;
}

/** Whose log to read: a job's, or an endpoint's. */
export type LogSource =
  | { readonly kind: Exclude<JobKind, "TuningJob">; readonly name: string }
  | { readonly kind: "Endpoint"; readonly name: string };

/** How to read a log. */
export interface LogOptions {
  /** Go on as lines are written, until this says that the writer ended; what it wrote last is still read. @default read what is there and end */
  readonly until?: () => boolean | Promise<boolean>;
  readonly signal?: AbortSignal;
}

/**
 * Lines of a job's or endpoint's log, oldest first within each stream. A log that does not exist yet has no lines.
 *
 * @example
 * for await (const { message } of readLogs(clients, { kind: "TrainingJob", name })) console.log(message);
 */
export function readLogs(
  clients: Pick<Clients, "logs" | "polling" | "renewCredentials">,
  source: LogSource,
  options: LogOptions = {},
): AsyncGenerator<LogLine, void, void> {
  return readLogsWith(clients, source, options, systemSurroundings);
}

/** {@link readLogs} with time and chance handed in. */
export async function* readLogsWith(
  clients: Pick<Clients, "logs" | "polling" | "renewCredentials">,
  source: LogSource,
  { until, signal }: LogOptions,
  surroundings: Surroundings,
): AsyncGenerator<LogLine, void, void> {
  const { group, prefix } = place(source);
  const pace = new Pace(clients, surroundings);
  const positions = new Map<string, string>();
  for (;;) {
    signal?.throwIfAborted();
    const ended = until === undefined || (await until());
    let changed = false;
    try {
      for (const stream of await streamsOf(clients, group, prefix)) {
        for await (const line of newLines(clients, group, stream, positions)) {
          changed = true;
          yield line;
        }
      }
    } catch (error) {
      if (!isNotFound(error)) {
        await pace.afterFailure(error, signal);
        continue;
      }
    }
    if (ended) return;
    await pace.next(changed, signal);
  }
}

function place(source: LogSource): { group: string; prefix: string } {
  return source.kind === "Endpoint"
    ? { group: `/aws/sagemaker/Endpoints/${source.name}`, prefix: "" }
    : { group: `/aws/sagemaker/${source.kind}s`, prefix: `${source.name}/` };
}

async function streamsOf(clients: Pick<Clients, "logs">, group: string, prefix: string): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await clients.logs.send(
      new DescribeLogStreamsCommand({
        logGroupName: group,
        ...(prefix === "" ? {} : { logStreamNamePrefix: prefix }),
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    names.push(...(page.logStreams ?? []).flatMap(({ logStreamName }) => logStreamName ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names;
}

/** Reads on from where the stream was left; CloudWatch says "nothing more" by giving the same token again. */
async function* newLines(
  clients: Pick<Clients, "logs">,
  group: string,
  stream: string,
  positions: Map<string, string>,
): AsyncGenerator<LogLine, void, void> {
  for (;;) {
    const position = positions.get(stream);
    const page = await clients.logs.send(
      new GetLogEventsCommand({
        logGroupName: group,
        logStreamName: stream,
        startFromHead: true,
        ...(position === undefined ? {} : { nextToken: position }),
      }),
    );
    for (const { timestamp, message } of page.events ?? []) {
      yield { at: new Date(timestamp ?? 0), stream, message: message ?? "" };
    }
    if (page.nextForwardToken === undefined || page.nextForwardToken === position) return;
    positions.set(stream, page.nextForwardToken);
  }
}
