import type { InvokeEndpointCommandInput, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { EndpointFailure, failureOf } from "./failure";

/** The media type of transformed rows; `inference.py` reads it. */
const MEDIA = "application/vnd.sagewright.features";

/** Whom to ask. */
export interface EndpointAddress {
  readonly client: Pick<SageMakerRuntimeClient, "send">;
  /** The endpoint's name. */
  readonly endpoint: string;
  /** SHA-256 of the manifest of the model whose preprocessing is applied. Any other model refuses the rows. */
  readonly digest: string;
}

/**
 * Asks an endpoint once for the estimator's answers to transformed rows, one after the other in one array.
 *
 * @throws {@link EndpointFailure}
 */
export async function callEndpoint(
  { client, endpoint, digest }: EndpointAddress,
  features: Float64Array,
  { rows, timeoutMs }: { readonly rows: number; readonly timeoutMs: number },
): Promise<Float64Array> {
  const { InvokeEndpointCommand } = sdk();
  const command = new InvokeEndpointCommand({
    EndpointName: endpoint,
    ContentType: `${MEDIA}; model=${digest}`,
    Accept: "application/json",
    Body: littleEndian(features),
  } satisfies InvokeEndpointCommandInput);
  const limit = timeLimit(timeoutMs, endpoint);
  try {
    const { Body } = await Promise.race([client.send(command, { abortSignal: limit.signal }), limit.passed]);
    return predictionsOf(Body ?? new Uint8Array(), rows);
  } catch (error) {
    throw failureOf(error, endpoint);
  } finally {
    limit.clear();
  }
}

/** Loaded with the first call: an API with the embedded backend has no use for the SDK. */
function sdk(): typeof import("@aws-sdk/client-sagemaker-runtime") {
  return require("@aws-sdk/client-sagemaker-runtime");
}

/** A promise that fails when the time has passed, and a signal that ends the request then. */
function timeLimit(timeoutMs: number, endpoint: string) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new EndpointFailure("timeout", `Endpoint ${endpoint} did not answer within ${timeoutMs} ms.`));
      controller.abort();
    }, timeoutMs);
  });
  return { signal: controller.signal, passed, clear: () => clearTimeout(timer) };
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function littleEndian(features: Float64Array): Uint8Array {
  if (HOST_IS_LITTLE_ENDIAN) return new Uint8Array(features.buffer, features.byteOffset, features.byteLength);
  const view = new DataView(new ArrayBuffer(features.byteLength));
  features.forEach((value, index) => {
    view.setFloat64(index * 8, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** The numbers of an answer; a text in JSON gives back the very float64 that Python wrote. */
function predictionsOf(body: Uint8Array, rows: number): Float64Array {
  const document = parse(body);
  const predictions =
    typeof document === "object" && document !== null && "predictions" in document ? document.predictions : undefined;
  if (!Array.isArray(predictions) || predictions.length !== rows) {
    throw new EndpointFailure("failed", `The endpoint's answer is no list of ${rows} predictions.`);
  }
  if (!predictions.every((value) => Number.isFinite(value))) {
    throw new EndpointFailure("failed", "The endpoint answered with something else than numbers.");
  }
  return Float64Array.from(predictions as number[]);
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch (cause) {
    throw new EndpointFailure("failed", "The endpoint's answer is not JSON.", { cause });
  }
}
