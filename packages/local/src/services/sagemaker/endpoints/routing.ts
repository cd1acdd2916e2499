import { stageOf } from "./deployment/deployment";
import type { EndpointRecord, Hosted } from "./endpoint-record";

/** Chooses between things by weight; the same `key` is the same sequence of choices. */
export type Splitter = (key: string, choices: readonly { name: string; weight: number }[]) => string;

/** Where a request goes. */
export interface Route {
  readonly variant: string;
  readonly fleet: "blue" | "green";
  /** What that fleet serves. */
  readonly hosted: Hosted;
}

/** Statuses in which an endpoint answers. */
const SERVING = new Set(["InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"]);

/** Whether an endpoint answers requests. */
export const isServing = (endpoint: EndpointRecord): boolean => SERVING.has(endpoint.status);

/** The part of a variant's traffic that the new fleet of a deployment takes, from 0 to 1. */
function greenShare({ deployment }: EndpointRecord, variant: string): number {
  const stage = deployment && stageOf(deployment);
  const whole = deployment?.green[variant] ?? 0;
  return whole === 0 ? 0 : (stage?.active[variant] ?? 0) / whole;
}

/** The variants that take part: the new ones once the whole new fleet has traffic, until then the old ones. */
export function hostedNow(endpoint: EndpointRecord): Hosted {
  const { pending, deployment } = endpoint;
  if (pending === undefined || deployment === undefined) return endpoint;
  const all = Object.keys(deployment.green);
  return all.every((name) => greenShare(endpoint, name) === 1) ? pending : endpoint;
}

/**
 * Chooses variant and fleet of a request.
 * @param target TargetVariant, which has been checked to be one of the variants
 */
export function route(endpoint: EndpointRecord, split: Splitter, target?: string): Route {
  const hosted = hostedNow(endpoint);
  const variant = target ?? split(endpoint.name, hosted.variants);
  if (endpoint.pending === undefined) return { variant, fleet: "blue", hosted: endpoint };
  if (hosted === endpoint.pending) return { variant, fleet: "green", hosted };
  const share = greenShare(endpoint, variant);
  const fleets = [
    { name: "blue", weight: 1 - share },
    { name: "green", weight: share },
  ];
  if (share === 0 || split(`${endpoint.name}/${variant}`, fleets) === "blue") {
    return { variant, fleet: "blue", hosted: endpoint };
  }
  return { variant, fleet: "green", hosted: endpoint.pending };
}
