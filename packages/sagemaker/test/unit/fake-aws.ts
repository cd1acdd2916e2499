import { Readable } from "node:stream";
import { checkedOperations, checkRequest } from "@sagewright/pipeline";
import { type HttpRequest, HttpResponse } from "@smithy/protocol-http";
import { type Clients, createClients } from "../../src/index";
import type { Surroundings } from "../../src/surroundings";

/** One request that reached the fake, in the service's own terms. */
export interface Call {
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the SDK really sent, as JSON; tests look into it freely
  readonly input: any;
}

/** What an operation answers: a JSON body, or an error made by {@link refusal}. */
export type Answer = object | Refusal | ((input: Call["input"], count: number) => object | Refusal);

/** An error of the service. */
export class Refusal {
  constructor(
    readonly code: string,
    readonly message: string,
    readonly status = 400,
  ) {}
}

/** AWS as the tests need it: answers by operation, objects in a map, every request recorded. */
export class FakeAws {
  readonly calls: Call[] = [];
  readonly objects = new Map<string, Buffer>();
  readonly buckets = new Set(["bucket"]);
  readonly clients: Clients;

  constructor(readonly answers: Record<string, Answer> = {}) {
    this.clients = createClients({
      region: "us-east-1",
      endpoint: "http://fake",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxAttempts: 1,
      polling: { minimumMs: 100, maximumMs: 400 },
      requestHandler: { handle: async (request: HttpRequest) => ({ response: await this.handle(request) }) },
    });
  }

  /** Inputs of the calls of one operation. */
  inputs(operation: string): Call["input"][] {
    return this.calls.filter((call) => call.operation === operation).map(({ input }) => input);
  }

  private async handle(request: HttpRequest): Promise<HttpResponse> {
    const target = request.headers["x-amz-target"];
    const body = await bytesOf(request.body);
    if (target === undefined) return this.handleRest(request, body);
    const operation = target.split(".")[1] ?? "";
    const input = body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
    this.calls.push({ operation, input });
    if (target.startsWith("SageMaker.")) refuseInvalid(operation, input);
    const answer = this.answers[operation];
    if (answer === undefined) throw new Error(`The fake has no answer for ${operation}.`);
    const result = typeof answer === "function" ? answer(input, this.inputs(operation).length) : answer;
    if (result instanceof Refusal) {
      return json(result.status, { __type: result.code, message: result.message });
    }
    return json(200, result);
  }

  private handleRest(request: HttpRequest, body: Buffer): HttpResponse {
    if (request.path.startsWith("/endpoints/")) {
      this.calls.push({ operation: "InvokeEndpoint", input: { headers: request.headers, body, path: request.path } });
      const headers = { "content-type": "application/json", "x-amzn-invoked-production-variant": "AllTraffic" };
      return new HttpResponse({
        statusCode: 200,
        headers,
        body: Readable.from([Buffer.from('{"predictions":[0.5]}')]),
      });
    }
    const [bucket = "", ...rest] = decodeURIComponent(
      `${request.hostname === "fake" ? "" : `${request.hostname.split(".")[0]}/`}${request.path.slice(1)}`,
    ).split("/");
    const key = rest.join("/");
    const operation =
      key === ""
        ? `${request.method === "HEAD" ? "Head" : "Create"}Bucket`
        : `${request.method === "GET" ? "Get" : request.method === "HEAD" ? "Head" : "Put"}Object`;
    this.calls.push({ operation, input: { bucket, key, headers: request.headers } });
    if (operation === "CreateBucket") {
      this.buckets.add(bucket);
      return new HttpResponse({ statusCode: 200, headers: {} });
    }
    if (operation === "HeadBucket") {
      return new HttpResponse({ statusCode: this.buckets.has(bucket) ? 200 : 404, headers: {} });
    }
    const name = `${bucket}/${key}`;
    const stored = this.objects.get(name);
    if (operation === "HeadObject") {
      if (stored === undefined) return new HttpResponse({ statusCode: 404, headers: {} });
      return new HttpResponse({ statusCode: 200, headers: { "content-length": String(stored.length) } });
    }
    if (operation === "GetObject") {
      if (stored === undefined) return xmlError(404, "NoSuchKey");
      return new HttpResponse({ statusCode: 200, headers: {}, body: Readable.from([stored]) });
    }
    if (!this.buckets.has(bucket)) return xmlError(404, "NoSuchBucket");
    if (stored !== undefined && request.headers["if-none-match"] === "*") return xmlError(412, "PreconditionFailed");
    this.objects.set(name, request.headers["content-encoding"] === "aws-chunked" ? unchunked(body) : body);
    return new HttpResponse({ statusCode: 200, headers: {} });
  }
}

/** Operations whose requests have no table; the end-to-end tests hold theirs against botocore. */
const WITHOUT_TABLE = new Set(["DescribePipelineDefinitionForExecution"]);

/** Every request that any operation of the package sends is one that AWS's service model takes. */
function refuseInvalid(operation: string, input: unknown): void {
  if (checkedOperations().includes(operation) === WITHOUT_TABLE.has(operation))
    throw new Error(`${operation}: whether there is a table for its requests is not what this file says.`);
  const violations = checkRequest(operation, input);
  if (violations.length > 0) throw new Error(violations.map(({ path, message }) => `${path}: ${message}`).join("\n"));
}

/** A clock that a test turns: sleeping costs no time and is recorded. */
export class FakeSurroundings implements Surroundings {
  time = 1_700_000_000_000;
  readonly slept: number[] = [];
  now(): number {
    return this.time;
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.time += ms;
  }
  random(): number {
    return 0.5;
  }
}

function json(statusCode: number, body: object): HttpResponse {
  const headers = { "content-type": "application/x-amz-json-1.1" };
  return new HttpResponse({ statusCode, headers, body: Readable.from([Buffer.from(JSON.stringify(body))]) });
}

function xmlError(statusCode: number, code: string): HttpResponse {
  const body = `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return new HttpResponse({
    statusCode,
    headers: { "content-type": "application/xml" },
    body: Readable.from([Buffer.from(body)]),
  });
}

async function bytesOf(body: unknown): Promise<Buffer> {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === "string") return Buffer.from(body);
  // A plain copy: the SDK's own array type complains when it is taken for a text.
  if (body instanceof Uint8Array) return Buffer.from(new Uint8Array(body));
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Content of a body in aws-chunked encoding, which the SDK uses for streams. */
function unchunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.subarray(at, end).toString("latin1"), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
