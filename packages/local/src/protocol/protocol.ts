import type { StaticOperationSchema } from "@smithy/types";
import type { ServiceError } from "../errors";
import type { ServiceModel } from "./model";
import type { WireRequest, WireResponse } from "./wire";

/** What a request asks for. */
export interface Route {
  operation: string;
  /** Labels found in path and host. */
  labels: Readonly<Record<string, string>>;
}

/** One wire protocol, on the server's side: reads requests, writes responses and errors, for every service that speaks it. */
export interface Protocol {
  /** Undefined when the request names no operation of the model. */
  route(request: WireRequest, model: ServiceModel): Route | undefined;
  /** @param limit largest body that is held in memory, in bytes; a streamed payload is not held */
  read(schema: StaticOperationSchema, request: WireRequest, route: Route, limit: number): Promise<object>;
  write(schema: StaticOperationSchema, output: object, requestId: string): WireResponse;
  writeError(
    error: ServiceError,
    model: ServiceModel | undefined,
    requestId: string,
    request: WireRequest,
  ): WireResponse;
}

/** Bytes of a text. */
export const bytes = (text: string): Uint8Array => Buffer.from(text);
