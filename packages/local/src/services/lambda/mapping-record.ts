import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";
import { type EventPattern, parsePattern } from "../events/event-pattern";
import type { QueueRecord } from "../sqs/queue-record";
import { seconds } from "../sqs/queues";
import type { FunctionRecord } from "./function-record";
import { invalidParameter } from "./refusals";

/** A queue whose messages a function gets. */
export interface MappingRecord {
  readonly uuid: string;
  readonly arn: string;
  readonly function: string;
  readonly functionArn: string;
  readonly queueArn: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** Patterns as JSON; a message that matches none is dropped. */
  readonly filters: readonly string[];
  readonly maximumConcurrency?: number | undefined;
  /** Whether the function says which messages of a batch failed. */
  readonly reportsFailures: boolean;
  readonly modifiedAt: number;
}

/** What a client may set, with the names that all requests have alike. */
export interface MappingSettings {
  readonly Enabled?: boolean | undefined;
  readonly BatchSize?: number | undefined;
  readonly MaximumBatchingWindowInSeconds?: number | undefined;
  readonly FilterCriteria?: { Filters?: { Pattern?: string | undefined }[] | undefined } | undefined;
  readonly ScalingConfig?: { MaximumConcurrency?: number | undefined } | undefined;
  readonly FunctionResponseTypes?: readonly string[] | undefined;
}

/** A mapping with other settings. @throws ServiceError InvalidParameterValueException */
export function withSettings<M extends Omit<MappingRecord, "uuid" | "arn">>(record: M, input: MappingSettings): M {
  const { FilterCriteria, ScalingConfig, FunctionResponseTypes } = input;
  const filters = FilterCriteria?.Filters?.map(({ Pattern = "" }) => Pattern);
  for (const pattern of filters ?? []) checkFilter(pattern);
  const changed: M = {
    ...record,
    enabled: input.Enabled ?? record.enabled,
    batchSize: input.BatchSize ?? record.batchSize,
    windowSeconds: input.MaximumBatchingWindowInSeconds ?? record.windowSeconds,
    filters: filters ?? record.filters,
    maximumConcurrency: ScalingConfig === undefined ? record.maximumConcurrency : ScalingConfig.MaximumConcurrency,
    reportsFailures: FunctionResponseTypes?.includes("ReportBatchItemFailures") ?? record.reportsFailures,
  };
  const { batchSize, windowSeconds, queueArn } = changed;
  if (queueArn.endsWith(".fifo") && (batchSize > 10 || windowSeconds > 0)) {
    throw invalidParameter(
      batchSize > 10
        ? "Maximum batch size for FIFO queues is 10."
        : "Batching window is not supported for FIFO queues.",
    );
  }
  if (batchSize > 10 && windowSeconds === 0) {
    throw invalidParameter(
      "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    );
  }
  return changed;
}

/** A batch must have ended before its messages come again. @throws ServiceError InvalidParameterValueException */
export function checkTimes(queue: QueueRecord, { timeout }: FunctionRecord): void {
  const visibility = seconds(queue, "VisibilityTimeout");
  if (visibility >= timeout) return;
  throw invalidParameter(
    `Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${timeout} seconds`,
  );
}

/** As the service describes it. */
export function mappingView(record: MappingRecord, state?: string): EventSourceMappingConfiguration {
  return {
    UUID: record.uuid,
    EventSourceMappingArn: record.arn,
    EventSourceArn: record.queueArn,
    FunctionArn: record.functionArn,
    BatchSize: record.batchSize,
    MaximumBatchingWindowInSeconds: record.windowSeconds,
    LastModified: new Date(record.modifiedAt),
    State: state ?? (record.enabled ? "Enabled" : "Disabled"),
    StateTransitionReason: "USER_INITIATED",
    FunctionResponseTypes: record.reportsFailures ? ["ReportBatchItemFailures"] : [],
    ...(record.filters.length > 0 && {
      FilterCriteria: { Filters: record.filters.map((Pattern) => ({ Pattern })) },
    }),
    ...(record.maximumConcurrency !== undefined && {
      ScalingConfig: { MaximumConcurrency: record.maximumConcurrency },
    }),
  };
}

/** @throws ServiceError InvalidParameterValueException */
function checkFilter(text: string): EventPattern {
  try {
    return parsePattern(text);
  } catch (cause) {
    throw invalidParameter("Invalid filter pattern definition.", cause);
  }
}
