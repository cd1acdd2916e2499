import type {
  CreateLogGroupRequest,
  CreateLogStreamRequest,
  DeleteLogGroupRequest,
  DeleteLogStreamRequest,
  DeleteRetentionPolicyRequest,
  DescribeLogGroupsRequest,
  DescribeLogGroupsResponse,
  DescribeLogStreamsRequest,
  DescribeLogStreamsResponse,
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetLogEventsRequest,
  GetLogEventsResponse,
  LogStream,
  PutLogEventsRequest,
  PutLogEventsResponse,
  PutRetentionPolicyRequest,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Clock } from "../../clock";
import { ServiceError } from "../../errors";
import { type OperationTable, operation } from "../../service";
import type { LogStreams, StoredLine, StreamRecord } from "./file-log-store";
import { filterOf } from "./filter-pattern";
import { page } from "./page";

/** What CloudWatch Logs' operations need. */
export interface LogOperationsOptions {
  logs: LogStreams;
  clock: Clock;
  region: string;
  accountId: string;
}

/** CloudWatch Logs, as far as jobs' logs need it. */
export function logOperations({ logs, region, accountId }: LogOperationsOptions): OperationTable {
  const arnOf = (group: string) => `arn:aws:logs:${region}:${accountId}:log-group:${group}`;
  const groupOf = (input: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined }): string => {
    const named = input.logGroupName ?? input.logGroupIdentifier?.replace(/^.*:log-group:/, "");
    if (named === undefined)
      throw new ServiceError("InvalidParameterException", "logGroupName or logGroupIdentifier is required.");
    if (!logs.groups().some(({ group }) => group === named)) throw notFound("group");
    return named;
  };
  const streamOf = (group: string, name: string | undefined): StreamRecord => {
    const record = logs.stream(group, name ?? "");
    if (!record) throw notFound("stream");
    return record;
  };
  const describe = (record: StreamRecord): LogStream => {
    const lines = logs.lines(record);
    const first = lines[0];
    const last = lines.at(-1);
    return {
      logStreamName: record.stream,
      creationTime: record.created,
      arn: `${arnOf(record.group)}:log-stream:${record.stream}`,
      storedBytes: 0,
      ...(first && last
        ? { firstEventTimestamp: first.timestamp, lastEventTimestamp: last.timestamp, lastIngestionTime: last.ingested }
        : {}),
    };
  };

  return {
    CreateLogGroup: operation<CreateLogGroupRequest, object>(async ({ logGroupName = "" }) => {
      if (logs.groups().some(({ group }) => group === logGroupName)) throw alreadyExists("group");
      await logs.createGroup(logGroupName);
      return {};
    }),
    DeleteLogGroup: operation<DeleteLogGroupRequest, object>(async (input) => {
      await logs.deleteGroup(groupOf(input));
      return {};
    }),
    DescribeLogGroups: operation<DescribeLogGroupsRequest, DescribeLogGroupsResponse>((input) => {
      const found = logs
        .groups()
        .filter(
          ({ group }) =>
            group.startsWith(input.logGroupNamePrefix ?? "") && group.includes(input.logGroupNamePattern ?? ""),
        )
        .sort((a, b) => (a.group < b.group ? -1 : 1));
      const { items, next } = page(found, input.limit ?? 50, input.nextToken);
      return {
        logGroups: items.map(({ group, created, retentionDays }) => ({
          logGroupName: group,
          creationTime: created,
          arn: `${arnOf(group)}:*`,
          logGroupArn: arnOf(group),
          ...(retentionDays !== undefined && { retentionInDays: retentionDays }),
          storedBytes: 0,
          metricFilterCount: 0,
        })),
        ...next,
      };
    }),
    PutRetentionPolicy: operation<PutRetentionPolicyRequest, object>(async (input) => {
      if (!retentions.includes(input.retentionInDays ?? 0)) {
        throw new ServiceError(
          "InvalidParameterException",
          `Invalid retentionInDays value. Choose a value from the following list: ${retentions.join(", ")}`,
        );
      }
      await logs.retain(groupOf(input), input.retentionInDays);
      return {};
    }),
    DeleteRetentionPolicy: operation<DeleteRetentionPolicyRequest, object>(async (input) => {
      await logs.retain(groupOf(input), undefined);
      return {};
    }),
    CreateLogStream: operation<CreateLogStreamRequest, object>(async (input) => {
      const group = groupOf(input);
      if (logs.stream(group, input.logStreamName ?? "")) throw alreadyExists("stream");
      await logs.createStream(group, input.logStreamName ?? "");
      return {};
    }),
    DeleteLogStream: operation<DeleteLogStreamRequest, object>(async (input) => {
      const group = groupOf(input);
      await logs.deleteStream(group, streamOf(group, input.logStreamName).stream);
      return {};
    }),
    DescribeLogStreams: operation<DescribeLogStreamsRequest, DescribeLogStreamsResponse>((input) => {
      const group = groupOf(input);
      const found = logs
        .streams(group)
        .filter(({ stream }) => stream.startsWith(input.logStreamNamePrefix ?? ""))
        .map(describe)
        .sort(input.orderBy === "LastEventTime" ? byTime : byName);
      if (input.descending) found.reverse();
      // No token on a complete page: the SageMaker SDK asks again without it while one comes.
      const { items, next } = page(found, input.limit ?? 50, input.nextToken);
      return { logStreams: items, ...next };
    }),
    PutLogEvents: operation<PutLogEventsRequest, PutLogEventsResponse>(async (input) => {
      const { group, stream } = streamOf(groupOf(input), input.logStreamName);
      const lines = (input.logEvents ?? []).map((event) => ({
        timestamp: event.timestamp as number,
        message: event.message as string,
      }));
      await logs.write(group, stream, lines);
      return { nextSequenceToken: "0" };
    }),
    GetLogEvents: operation<GetLogEventsRequest, GetLogEventsResponse>((input) => {
      const lines = within(logs.lines(streamOf(groupOf(input), input.logStreamName)), input);
      const { start, end } = window(lines.length, input);
      return {
        events: lines
          .slice(start, end)
          .map(({ timestamp, message, ingested }) => ({ timestamp, message, ingestionTime: ingested })),
        // Always there; at the end of the stream it is the one that was given.
        nextForwardToken: `f/${end}`,
        nextBackwardToken: `b/${start}`,
      };
    }),
    FilterLogEvents: operation<FilterLogEventsRequest, FilterLogEventsResponse>((input) => {
      const group = groupOf(input);
      const matches = filterOf(input.filterPattern ?? "");
      const names = input.logStreamNames;
      const found = logs
        .streams(group)
        .filter(({ stream }) => (names ? names.includes(stream) : stream.startsWith(input.logStreamNamePrefix ?? "")))
        .flatMap((record) =>
          within(logs.lines(record), input).map((line, index) => ({ ...line, stream: record.stream, index })),
        )
        .filter(({ message }) => matches(message))
        .sort((a, b) => a.timestamp - b.timestamp);
      const { items, next } = page(found, input.limit ?? 10_000, input.nextToken);
      return {
        events: items.map(({ stream, timestamp, message, ingested, index }) => ({
          logStreamName: stream,
          timestamp,
          message,
          ingestionTime: ingested,
          eventId: `${stream}:${index}`,
        })),
        searchedLogStreams: [],
        ...next,
      };
    }),
  };
}

/** Days that a group can keep its lines for. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const byName = (a: LogStream, b: LogStream) => ((a.logStreamName ?? "") < (b.logStreamName ?? "") ? -1 : 1);
const byTime = (a: LogStream, b: LogStream) => (a.lastEventTimestamp ?? 0) - (b.lastEventTimestamp ?? 0);

/** Start inclusive, end exclusive, as in AWS. */
function within(
  lines: readonly StoredLine[],
  { startTime, endTime }: { startTime?: number; endTime?: number },
): StoredLine[] {
  return lines.filter(
    ({ timestamp }) =>
      timestamp >= (startTime ?? Number.NEGATIVE_INFINITY) && timestamp < (endTime ?? Number.POSITIVE_INFINITY),
  );
}

/** Which lines a GetLogEvents page holds. Tokens are positions, so they stay valid while the stream grows. */
function window(
  count: number,
  { limit = 10_000, nextToken, startFromHead }: GetLogEventsRequest,
): { start: number; end: number } {
  const match = /^([fb])\/(\d+)$/.exec(nextToken ?? "");
  if (nextToken !== undefined && !match) {
    throw new ServiceError("InvalidParameterException", "The specified nextToken is invalid.");
  }
  const position = Math.min(Number(match?.[2] ?? (startFromHead ? 0 : count)), count);
  const forward = match ? match[1] === "f" : startFromHead === true;
  if (forward) return { start: position, end: Math.min(position + limit, count) };
  return { start: Math.max(position - limit, 0), end: position };
}

const notFound = (what: "group" | "stream") =>
  new ServiceError("ResourceNotFoundException", `The specified log ${what} does not exist.`);

const alreadyExists = (what: "group" | "stream") =>
  new ServiceError("ResourceAlreadyExistsException", `The specified log ${what} already exists`);
