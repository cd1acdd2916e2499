import type { CaptureContentTypeHeader, DataCaptureConfig } from "@aws-sdk/client-sagemaker";

/** One side of an exchange as it went over the wire. */
export interface ObservedBody {
  readonly contentType: string | undefined;
  readonly data: Uint8Array;
}

/** A request and its answer. */
export interface Exchange {
  readonly input: ObservedBody;
  readonly output: ObservedBody;
  readonly eventId: string;
  readonly time: Date;
  readonly inferenceId?: string;
  readonly customAttributes?: string;
}

/**
 * A line of a capture file, in SageMaker's shape.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
 */
export function captureRecord(config: DataCaptureConfig, exchange: Exchange): string {
  const modes = new Set((config.CaptureOptions ?? []).map(({ CaptureMode }) => CaptureMode));
  const both = modes.has("InputAndOutput");
  const captureData = {
    ...(both || modes.has("Input") ? { endpointInput: side("INPUT", exchange.input, config) } : {}),
    ...(both || modes.has("Output") ? { endpointOutput: side("OUTPUT", exchange.output, config) } : {}),
  };
  const eventMetadata = {
    eventId: exchange.eventId,
    ...(exchange.customAttributes === undefined ? {} : { customAttributes: [exchange.customAttributes] }),
    ...(exchange.inferenceId === undefined ? {} : { inferenceId: exchange.inferenceId }),
    inferenceTime: `${exchange.time.toISOString().slice(0, 19)}Z`,
  };
  return JSON.stringify({ captureData, eventMetadata, eventVersion: "0" });
}

/** Folder of an exchange's file below the destination: `endpoint/variant/yyyy/mm/dd/hh`, in UTC. */
export function captureFolder(endpoint: string, variant: string, time: Date): string {
  const [day = "", clock = ""] = time.toISOString().split("T");
  return [endpoint, variant, ...day.split("-"), clock.slice(0, 2)].join("/");
}

function side(mode: "INPUT" | "OUTPUT", { contentType, data }: ObservedBody, config: DataCaptureConfig) {
  const encoding = encodingOf(contentType, config.CaptureContentTypeHeader);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return {
    observedContentType: contentType,
    mode,
    data: bytes.toString(encoding === "BASE64" ? "base64" : "utf8"),
    encoding,
  };
}

/** What is named as neither CSV nor JSON is kept as bytes. Parameters such as a charset do not count. */
function encodingOf(contentType = "", header: CaptureContentTypeHeader = {}): "CSV" | "JSON" | "BASE64" {
  const names = [contentType, contentType.split(";")[0] ?? ""].map((name) => name.trim().toLowerCase());
  const named = (types: readonly string[] = []) => types.some((type) => names.includes(type.toLowerCase()));
  if (named(header.CsvContentTypes)) return "CSV";
  return named(header.JsonContentTypes) ? "JSON" : "BASE64";
}
