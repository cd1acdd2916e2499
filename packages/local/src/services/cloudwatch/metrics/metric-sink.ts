import type { StandardUnit } from "@aws-sdk/client-cloudwatch";

/** One value of a metric. */
export interface MetricValue {
  /** `"AWS/SageMaker"`. */
  readonly namespace: string;
  readonly name: string;
  /** Name and value of each dimension, at most 30. @default none */
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly value: number;
  /** @default "None" */
  readonly unit?: StandardUnit;
  /** @default now, by the cloud's clock */
  readonly time?: Date;
  /** Kept by the second instead of by the minute. @default false */
  readonly highResolution?: boolean;
}

/** Where the rooms of the cloud publish metrics of AWS's own namespaces. */
export interface MetricSink {
  /** Takes the value in at once: it is counted by the next question and by the next evaluation of an alarm. It reaches the disk in the background. */
  put(value: MetricValue): void;
}
