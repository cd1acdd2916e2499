import type { MetricSink } from "../cloudwatch/metrics/metric-sink";

/** How a request went. Times in milliseconds. */
export interface InvocationOutcome {
  readonly endpoint: string;
  readonly variant: string;
  /** Instances of the variant; 0 for a serverless one. */
  readonly instances: number;
  /** Requests under way at the variant, this one among them. */
  readonly concurrent: number;
  /** The container's HTTP status; 0 when it gave no answer. */
  readonly status: number;
  readonly modelMs: number;
  readonly totalMs: number;
  /** How long the request waited for a container to start; 0 when one was there. */
  readonly setupMs: number;
}

/**
 * Publishes what SageMaker publishes of a request, in its units: errors as 0 or 1, latencies in microseconds.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
 */
export function publishInvocation(metrics: MetricSink, outcome: InvocationOutcome): void {
  const { endpoint, variant, instances, concurrent, status, modelMs, totalMs, setupMs } = outcome;
  const dimensions = { EndpointName: endpoint, VariantName: variant };
  const put = (name: string, value: number, unit: "None" | "Microseconds" = "None") =>
    metrics.put({ namespace: "AWS/SageMaker", name, dimensions, value, unit });
  const flag = (holds: boolean) => (holds ? 1 : 0);
  put("Invocations", 1);
  if (instances > 0) put("InvocationsPerInstance", 1 / instances);
  put("Invocation4XXErrors", flag(status >= 400 && status < 500));
  put("Invocation5XXErrors", flag(status >= 500));
  put("InvocationModelErrors", flag(status < 200 || status >= 300));
  metrics.put({
    namespace: "AWS/SageMaker",
    name: "ConcurrentRequestsPerModel",
    dimensions,
    value: concurrent,
    highResolution: true,
  });
  put("ModelLatency", Math.round(modelMs * 1000), "Microseconds");
  put("OverheadLatency", Math.max(0, Math.round((totalMs - modelMs - setupMs) * 1000)), "Microseconds");
  if (instances === 0 && setupMs > 0) put("ModelSetupTime", Math.round(setupMs * 1000), "Microseconds");
}
