import { createApi, type DecisionPolicy } from "@sagewright/serving";
import type { OpenApiDocument } from "./gateway-document";

/** What a described API is about. */
export interface DescribeApiOptions {
  readonly contract: Parameters<typeof createApi>[0]["contract"];
  /** Name of the model. */
  readonly model: string;
  /** @default the usual policy */
  readonly policy?: DecisionPolicy;
}

const NOBODY = "is described here, not served";

/** The OpenAPI document that the function will answer at `/openapi.json`, with keys and retraining, before there is any model. */
export async function describeApi({ contract, model, policy }: DescribeApiOptions): Promise<OpenApiDocument> {
  const api = createApi({
    contract,
    model: { name: model, version: "0", ...(contract.target.kind === "binary" ? { threshold: 0.5 } : {}) },
    backend: {
      kind: "embedded",
      predict: () => Promise.reject(new Error(`${model} ${NOBODY}`)),
      ready: async () => undefined,
    },
    keys: { secret: new Uint8Array(32), find: () => undefined, list: () => [], update: async () => undefined },
    retrain: () => Promise.reject(new Error(`${model} ${NOBODY}`)),
    ...(policy === undefined ? {} : { policy }),
  });
  const response = await api.request("/openapi.json");
  return (await response.json()) as OpenApiDocument;
}
