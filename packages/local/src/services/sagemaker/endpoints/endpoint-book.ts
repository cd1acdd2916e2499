import type { RoomDeps } from "../../../room";
import type { Collection } from "../../../state/store";
import type { EndpointRecord } from "./endpoint-record";
import { endpointDescription } from "./endpoint-views";

/** Detail type under which endpoints announce themselves. */
const ENDPOINT_EVENT = "SageMaker Endpoint State Change";
const DEPLOYMENT_EVENT = "SageMaker Endpoint Deployment State Change";
const RETRY_MS = 1_000;

/** The endpoints' records, and how a change of one is made known. */
export interface EndpointBook {
  readonly endpoints: Collection<EndpointRecord>;
  /** Keeps a record and announces what changed. It is visible at once, and durable when resolved. */
  save(endpoint: EndpointRecord): Promise<void>;
  /**
   * Does again what ends in a failed write, until it is written: on a disk that is full for a while an endpoint must not
   * stay in progress for ever.
   */
  untilWritten(write: () => Promise<void>, signal: AbortSignal): Promise<void>;
}

/** Opens the records. */
export function endpointBook(deps: Pick<RoomDeps, "store" | "clock" | "bus">): EndpointBook {
  const endpoints = deps.store.collection<EndpointRecord>("endpoints");
  return {
    endpoints,
    async save(endpoint) {
      const before = endpoints.get(endpoint.name);
      const kept = { ...endpoint, lastModifiedTime: deps.clock.now().getTime() };
      await endpoints.put(endpoint.name, kept);
      if (before?.status !== kept.status) announce(deps, kept, ENDPOINT_EVENT);
      if (kept.deployment !== undefined && before?.deployment !== kept.deployment) {
        announce(deps, kept, DEPLOYMENT_EVENT);
      }
    },
    async untilWritten(write, signal) {
      while (!signal.aborted) {
        try {
          await write();
          return;
        } catch {
          // By the machine's clock: the disk does not know another one.
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
        }
      }
    },
  };
}

/** AWS's events spell the status IN_SERVICE where Describe spells it InService. */
function announce({ bus, clock }: Pick<RoomDeps, "bus" | "clock">, endpoint: EndpointRecord, detailType: string): void {
  const EndpointStatus = endpoint.status.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  bus.publish({
    source: "aws.sagemaker",
    detailType,
    time: clock.now(),
    resources: [endpoint.arn],
    detail: { ...endpointDescription(endpoint), EndpointStatus, Tags: {} },
  });
}
