import type { Clock } from "../../clock";
import type { MetricSink, MetricValue } from "./metric-sink";

/** The metrics of a cloud. */
export interface MetricStore extends MetricSink {
  values(): readonly (MetricValue & { time: Date })[];
}

/** Opens the metrics. */
export function openMetricStore(clock: Clock): MetricStore {
  const values: (MetricValue & { time: Date })[] = [];
  return {
    put: (value) => values.push({ ...value, time: value.time ?? clock.now() }),
    values: () => values,
  };
}
