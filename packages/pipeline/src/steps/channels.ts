import type { Channel } from "@aws-sdk/client-sagemaker";
import { isExpression, type Templated, type Value } from "../expressions/expression";

/** Input of a training job: an S3 prefix, or the whole form. */
export type ChannelSource = Value<string> | ChannelOptions;

/** A training channel in detail. */
export interface ChannelOptions {
  readonly uri: Value<string>;
  readonly contentType?: string;
  /** @default "File" */
  readonly mode?: "File" | "Pipe" | "FastFile";
  /** @default "FullyReplicated" */
  readonly distribution?: "FullyReplicated" | "ShardedByS3Key";
}

/** `InputDataConfig` for channels by name; undefined when there is none, because the service takes no empty list. */
export function inputDataConfig(
  channels: Readonly<Record<string, ChannelSource>> = {},
): Templated<Channel>[] | undefined {
  const entries = Object.entries(channels);
  if (entries.length === 0) return undefined;
  return entries.map(([name, source]) => {
    const options: ChannelOptions = typeof source === "string" || isExpression(source) ? { uri: source } : source;
    return {
      ChannelName: name,
      DataSource: {
        S3DataSource: {
          S3DataType: "S3Prefix",
          S3Uri: options.uri,
          S3DataDistributionType: options.distribution ?? "FullyReplicated",
        },
      },
      ContentType: options.contentType,
      InputMode: options.mode,
    };
  });
}
