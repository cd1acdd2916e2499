import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Clients } from "../clients";
import { describeEndpoint } from "../deployment/current";
import { readPointer } from "../deployment/predictor-pointer";
import { objectSize } from "../objects";
import type { Surroundings } from "../surroundings";
import { approvalsPrefix } from "./approval-memory";
import { hasRelease, type ReleaseClients } from "./release-approved";
import { type ApprovalSettings, isEmbedded } from "./serve-approved";

/** What says, twice an hour, whether a version was ever released: 1, or 0 before the first. Alarms that silence rings wait for it. */
export const RELEASED_METRIC = { namespace: "Sagewright/Serving", name: "Released", dimension: "Model" } as const;

/**
 * Whether a version was ever released here, by an approval or by hand. The first that is seen is remembered, so that an API that is
 * gone altogether is missed.
 */
export async function wasReleased(
  clients: Pick<Clients, "sagemaker" | "s3"> & ReleaseClients,
  settings: ApprovalSettings,
  surroundings: Pick<Surroundings, "now">,
): Promise<boolean> {
  const { bucket, endpoint } = settings;
  const key = `${approvalsPrefix(settings)}released.json`;
  if ((await objectSize(clients, { bucket, key })) !== undefined) return true;
  if (!(await isServed(clients, settings))) return false;
  const Body = `${JSON.stringify({ format: 1, endpoint, firstSeenAt: new Date(surroundings.now()).toISOString() })}\n`;
  await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType: "application/json" }));
  return true;
}

async function isServed(
  clients: Pick<Clients, "sagemaker" | "s3"> & ReleaseClients,
  settings: ApprovalSettings,
): Promise<boolean> {
  if ("stack" in settings) return hasRelease(clients, settings.stack);
  if (!isEmbedded(settings)) return (await describeEndpoint(clients, settings.endpoint)) !== undefined;
  return (await readPointer(clients, settings.bucket, settings.endpoint)).pointer !== undefined;
}

/** A line of log in CloudWatch's Embedded Metric Format: {@link RELEASED_METRIC} of a model. */
export function releasedLine(model: string, released: boolean, at: number): string {
  const { namespace, name, dimension } = RELEASED_METRIC;
  const metrics = { Namespace: namespace, Dimensions: [[dimension]], Metrics: [{ Name: name, Unit: "None" }] };
  return JSON.stringify({
    _aws: { Timestamp: at, CloudWatchMetrics: [metrics] },
    [dimension]: model,
    [name]: released ? 1 : 0,
  });
}
