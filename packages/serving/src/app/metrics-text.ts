import type { CaptureCounts } from "../capture/capture";
import type { LifetimeValueSnapshot, Statistics } from "./statistics";

/** The counters in Prometheus' text format 0.0.4. */
export function metricsText(statistics: Statistics, captured?: CaptureCounts): string {
  const { predictions, refusedRows, failedRows, tiers, lifetimeValue, latencyMs } = statistics.snapshot();
  const quantiles = [
    ["0.5", latencyMs.p50],
    ["0.95", latencyMs.p95],
    ["0.99", latencyMs.p99],
  ] as const;
  const seconds = (milliseconds: number | null): string =>
    milliseconds === null ? "NaN" : String(milliseconds / 1000);
  return [
    ...metric("sagewright_predictions_total", "counter", "Answered predictions.", [["", predictions]]),
    ...metric("sagewright_predictions_by_tier_total", "counter", "Answered predictions by risk tier.", [
      ...tiers.map(({ tier, count }) => [`tier="${escapeLabel(tier)}"`, count] as const),
    ]),
    ...(lifetimeValue === undefined ? [] : valueMetrics(lifetimeValue)),
    ...metric("sagewright_refused_rows_total", "counter", "Rows that broke the contract.", [["", refusedRows]]),
    ...metric("sagewright_failed_rows_total", "counter", "Rows the model did not answer.", [["", failedRows]]),
    ...metric("sagewright_requests_total", "counter", "Answered requests.", [...statistics.requests()]),
    ...(captured === undefined ? [] : captureMetrics(captured)),
    ...metric("sagewright_prediction_seconds", "summary", "Time from request to answer of one prediction.", [
      ...quantiles.map(([share, value]) => [`quantile="${share}"`, seconds(value)] as const),
    ]),
    `sagewright_prediction_seconds_sum ${((latencyMs.mean ?? 0) * predictions) / 1000}`,
    `sagewright_prediction_seconds_count ${predictions}`,
    "",
  ].join("\n");
}

function valueMetrics({ tiers }: LifetimeValueSnapshot): string[] {
  const samples = tiers.map(({ tier, count }) => [`tier="${escapeLabel(tier)}"`, count] as const);
  return metric("sagewright_lifetime_values_by_tier_total", "counter", "Valued customers by tier.", samples);
}

function captureMetrics({ written, dropped }: CaptureCounts): string[] {
  return [
    ...metric("sagewright_captured_total", "counter", "Captured predictions that were written.", [["", written]]),
    ...metric("sagewright_capture_dropped_total", "counter", "Sampled predictions that were lost.", [["", dropped]]),
  ];
}

function metric(
  name: string,
  type: "counter" | "summary",
  help: string,
  samples: readonly (readonly [labels: string, value: number | string])[],
): string[] {
  const lines = samples.map(([labels, value]) => `${name}${labels === "" ? "" : `{${labels}}`} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
