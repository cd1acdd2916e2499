import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { type HttpRequest, HttpResponse } from "@smithy/protocol-http";
import { model } from "./serving";

/** What SageMaker's runtime answers to one request, as it goes over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** The error's name, as AWS sends it. */
  readonly error?: string;
  readonly body?: unknown;
}

/** One request as it arrived. */
export interface Invocation {
  readonly path: string;
  readonly contentType: string;
  readonly rows: Float64Array;
}

/** SHA-256 of the manifest of the model that the tests serve. */
export const digest = "ab".repeat(32);

/**
 * The real client over a wire that a test plays: `answer` gives each request its answer, in order of arrival; a promise may
 * make it late, and an error breaks the connection.
 */
export function runtime(answer: (invocation: Invocation, number: number) => WireAnswer | Promise<WireAnswer>) {
  const invocations: Invocation[] = [];
  const client = new SageMakerRuntimeClient({
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: {
      async handle(request: HttpRequest) {
        const bytes = Buffer.from(request.body as Uint8Array);
        const rows = new Float64Array(new Uint8Array(bytes).buffer);
        const invocation = { path: request.path, contentType: request.headers["content-type"] ?? "", rows };
        invocations.push(invocation);
        const { status, error, body } = await answer(invocation, invocations.length);
        const headers = { "content-type": "application/json", ...(error ? { "x-amzn-errortype": error } : {}) };
        return {
          response: new HttpResponse({ statusCode: status, headers, body: Buffer.from(JSON.stringify(body ?? {})) }),
        };
      },
    },
  });
  return { client, invocations };
}

/** The estimator's answers to transformed rows: the fixtures' forest itself, found by the rows it was asked with. */
export function answered(values: readonly number[]): WireAnswer {
  return { status: 200, body: { predictions: values } };
}

/** A refusal by the container, as InvokeEndpoint passes it on. */
export function refused(status: number, said: unknown): WireAnswer {
  const message = typeof said === "string" ? said : JSON.stringify(said);
  return {
    status: 424,
    error: "ModelError",
    body: {
      Message: `Received client error (${status}) from primary with message "${message}".`,
      OriginalStatusCode: status,
      OriginalMessage: message,
    },
  };
}

/** What a backend needs beside the client; retries pause for as long as they must, without the time passing. */
export function parts(client: SageMakerRuntimeClient) {
  const { contract, predictor } = model("binary");
  const pauses: number[] = [];
  const timing = {
    sleep: async (ms: number) => {
      pauses.push(ms);
    },
    random: () => 0.5,
  };
  return { options: { client, endpoint: "churn", predictor, contract, digest, timing }, pauses };
}
