import type { StandardUnit } from "@aws-sdk/client-cloudwatch";
import type { LogLine } from "../../logs/log-store";
import type { MetricAddition } from "./metric-store";
import { addValue, emptyBucket } from "./statistics";

/** The metadata of the Embedded Metric Format. */
interface Directive {
  Namespace?: unknown;
  Dimensions?: unknown;
  Metrics?: unknown;
}

/**
 * Metrics in a log event in the Embedded Metric Format; nothing for any other event, and for one that breaks the format
 * (CloudWatch drops those without a word, too).
 */
export function metricsOfLogEvent({ message, timestamp }: LogLine): MetricAddition[] {
  if (!message.includes('"_aws"')) return [];
  let event: Record<string, unknown>;
  try {
    event = JSON.parse(message.slice(Math.max(0, message.indexOf("{"))));
  } catch {
    return [];
  }
  const meta = event._aws as { Timestamp?: unknown; CloudWatchMetrics?: unknown } | undefined;
  if (typeof meta !== "object" || meta === null || !Array.isArray(meta.CloudWatchMetrics)) return [];
  const time = typeof meta.Timestamp === "number" ? meta.Timestamp : timestamp;
  return (meta.CloudWatchMetrics as Directive[]).flatMap((directive) => directiveMetrics(event, directive, time));
}

function directiveMetrics(event: Record<string, unknown>, directive: Directive, time: number): MetricAddition[] {
  const { Namespace, Dimensions, Metrics } = directive;
  if (typeof Namespace !== "string" || !Array.isArray(Metrics)) return [];
  const sets: unknown[] = Array.isArray(Dimensions) && Dimensions.length > 0 ? Dimensions : [[]];
  return sets.flatMap((set) => {
    const names = Array.isArray(set) ? (set as string[]) : [];
    const dimensions = Object.fromEntries(names.map((name) => [name, String(event[name])]));
    // A dimension that the event lacks makes the set void.
    if (names.some((name) => event[name] === undefined)) return [];
    return Metrics.flatMap((metric: { Name?: unknown; Unit?: unknown; StorageResolution?: unknown }) => {
      const name = String(metric?.Name);
      const value = event[name];
      const values = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "number");
      if (values.length === 0) return [];
      const bucket = emptyBucket();
      for (const one of values) addValue(bucket, one);
      const unit = (typeof metric.Unit === "string" ? metric.Unit : "None") as StandardUnit;
      return [
        { namespace: Namespace, name, dimensions, unit, time, highResolution: metric.StorageResolution === 1, bucket },
      ];
    });
  });
}
