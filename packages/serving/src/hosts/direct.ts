import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { DirectPredict } from "../app/api";
import { bodyIncomplete } from "../app/body";
import type { Exchange } from "../app/front";
import { type Problem, problemDocument } from "../app/problem";

/**
 * Answers the plainest `POST /predict` without making a `Request` and a `Response` of it, which costs more than the
 * prediction. It takes only requests about which nothing is left to decide before the body is read, and leaves every other
 * one to `whole`; what it answers is byte for byte what `whole` would (`direct.test.ts` compares them).
 */
export function directListener(
  { front, predict, limitBytes }: DirectPredict,
  whole: RequestListener,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const length = isPlain(request) ? Number(request.headers["content-length"]) : Number.NaN;
    if (!(length <= limitBytes)) {
      whole(request, response);
      return;
    }
    const exchange = front.begin("POST", "/predict");
    const drivers = request.url === "/predict" ? undefined : request.url?.slice(QUERY.length);
    try {
      front.admit(exchange, (name) => headerOf(request, name));
    } catch (error) {
      request.resume();
      sendProblem(response, front.problem(error, exchange), exchange);
      return;
    }
    readWhole(request, length)
      .then((body) => predict(body, drivers, exchange))
      .then((answer) => {
        send(response, { status: 200, type: "application/json", body: JSON.stringify(answer), exchange });
      })
      .catch((error: unknown) => sendProblem(response, front.problem(error, exchange), exchange));
  };

  function sendProblem(response: ServerResponse, problem: Problem, exchange: Exchange): void {
    const body = JSON.stringify(problemDocument(problem, exchange.requestId));
    const { status, headers } = problem;
    send(response, { status, type: "application/problem+json", body, exchange, headers });
  }

  function send(response: ServerResponse, answer: Answer): void {
    const { status, type, body, exchange, headers } = answer;
    const { "cache-control": cacheControl, ...common } = front.end(exchange, status);
    // In the order in which the other way sends them.
    response.writeHead(status, {
      "cache-control": cacheControl,
      "content-type": type,
      ...headers,
      ...common,
      "Content-Length": Buffer.byteLength(body),
    });
    response.end(body);
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly exchange: Exchange;
  readonly headers?: Readonly<Record<string, string>>;
}

const QUERY = "/predict?drivers=";
const PLAIN_URL = /^\/predict(?:\?drivers=[0-9]{1,3})?$/;

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

function isPlain({ method, url = "", headers }: IncomingMessage): boolean {
  return (
    method === "POST" &&
    (url === "/predict" || PLAIN_URL.test(url)) &&
    headers["content-type"] === "application/json" &&
    headers["content-encoding"] === undefined &&
    headers["transfer-encoding"] === undefined &&
    headers.expect === undefined &&
    headers["content-length"] !== undefined
  );
}

function readWhole(request: IncomingMessage, length: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let more: Buffer[] | undefined;
    request.on("data", (chunk: Buffer) => {
      if (first === undefined) first = chunk;
      else {
        more ??= [first];
        more.push(chunk);
      }
    });
    request.on("end", () => {
      const body = more === undefined ? (first ?? new Uint8Array(0)) : Buffer.concat(more);
      if (body.length === length) resolve(body);
      else reject(bodyIncomplete());
    });
    request.on("error", () => reject(bodyIncomplete()));
    request.on("aborted", () => reject(bodyIncomplete()));
  });
}
