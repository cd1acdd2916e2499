import type { JsonObject } from "@sagewright/pipeline";
import type { ServiceName } from "../../invoke";
import type { ReadRequest } from "./state";

/** A request to a service, exactly as a client would send it. */
export interface ServiceCall {
  readonly service: ServiceName;
  readonly operation: string;
  readonly input: JsonObject;
}

/** What the reducer asks the shell to do. Every command is answered by an event (`stop` by the end of what it stops). */
export type Command =
  /** Read values out of JSON documents: answered by `values` or `values-failed`. */
  | { readonly type: "read"; readonly step: string; readonly reads: readonly ReadRequest[] }
  /** Look for an equal earlier success: answered by `cache-hit` or `cache-miss`. */
  | {
      readonly type: "look-up";
      readonly step: string;
      readonly kind: string;
      readonly attributes: JsonObject;
      /** @default results never expire */
      readonly expireAfterMs?: number;
      readonly at: number;
    }
  /** Send the step's request: answered by `created` for jobs, by `finished` for what is done at once or refused. */
  | {
      readonly type: "start";
      readonly step: string;
      readonly kind: string;
      readonly attempt: number;
      /** The job's name; unused by kinds that have none. */
      readonly name: string;
      /** Sent first; a refusal of it is no failure. */
      readonly prepare?: ServiceCall;
      readonly call: ServiceCall;
    }
  /** Wait for the step's job to end: answered by `finished`. */
  | {
      readonly type: "watch";
      readonly step: string;
      readonly kind: string;
      readonly attempt: number;
      readonly name: string;
    }
  /** Stop the step's job. */
  | {
      readonly type: "stop";
      readonly step: string;
      readonly kind: string;
      readonly attempt: number;
      readonly name: string;
    }
  /** Answer with `woken` at a time. */
  | { readonly type: "wake"; readonly step: string; readonly attempt: number; readonly at: number };
