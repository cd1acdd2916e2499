import { METRIC_DIMENSION, METRIC_NAMESPACE, type MetricValues, monitoringMetrics } from "./metrics";

/** Whose figures, and of when. */
export interface MetricContext {
  /** Name of the model group. */
  readonly model: string;
  readonly at: Date;
}

const known = Object.entries(monitoringMetrics) as [
  keyof typeof monitoringMetrics,
  (typeof monitoringMetrics)["rocAuc"],
][];

/**
 * One line of log in CloudWatch's Embedded Metric Format: the figures become metrics of the model, the names stay in the log.
 * Undefined where nothing was measured.
 */
export function embeddedMetrics(
  { values, properties }: MetricValues,
  { model, at }: MetricContext,
): string | undefined {
  const present = known.filter(([key]) => Number.isFinite(values[key]));
  if (present.length === 0) return undefined;
  return JSON.stringify({
    ...properties,
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[METRIC_DIMENSION]],
          Metrics: present.map(([, { name, unit }]) => ({ Name: name, Unit: unit })),
        },
      ],
    },
    [METRIC_DIMENSION]: model,
    ...Object.fromEntries(present.map(([key, { name }]) => [name, values[key]])),
  });
}

/** The same figures in Prometheus' text format 0.0.4, under the names that `monitoringMetrics` gives. */
export function metricsText({ values }: MetricValues, { model }: Pick<MetricContext, "model">): string {
  const label = model.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
  return known
    .filter(([key]) => Number.isFinite(values[key]))
    .map(
      ([key, { text, help }]) =>
        `# HELP ${text} ${help}\n# TYPE ${text} gauge\n${text}{model="${label}"} ${values[key]}\n`,
    )
    .join("");
}
