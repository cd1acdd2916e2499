import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./cli";

/** Programs that the functions must run in: this Node, and Lambda's own where the test runner has one. */
export const nodes: readonly (readonly [name: string, program: string])[] = [
  [`Node ${process.versions.node.split(".")[0]}`, process.execPath],
  ...(process.env.SAGEWRIGHT_NODE24 === undefined ? [] : [["Node 24", process.env.SAGEWRIGHT_NODE24] as const]),
];

/** What API Gateway gets back. */
export interface GatewayAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

/** An event as API Gateway sends it: `rest` or `http`, with another body, path, method or query. */
export function gatewayEvent(
  kind: "rest" | "http",
  { method = "POST", path = "/predict", body, type = "application/json", query = "" }: EventParts,
): object {
  const text = readFileSync(join(root, "test/parity/fixtures/gateway", `${kind}.json`), "utf8");
  const event = JSON.parse(text);
  if (kind === "rest") {
    const headers = { ...event.headers, "Content-Type": type };
    const multiValueHeaders = { ...event.multiValueHeaders, "Content-Type": [type] };
    const queries = Object.fromEntries(new URLSearchParams(query));
    const queryStringParameters = query === "" ? null : queries;
    return {
      ...event,
      httpMethod: method,
      path,
      headers,
      multiValueHeaders,
      queryStringParameters,
      body: body ?? null,
    };
  }
  const requestContext = { ...event.requestContext, http: { ...event.requestContext.http, method, path } };
  const headers = { ...event.headers, "content-type": type };
  return {
    ...event,
    rawPath: path,
    rawQueryString: query,
    requestContext,
    headers,
    ...(body === undefined ? {} : { body }),
  };
}

interface EventParts {
  method?: string;
  path?: string;
  body?: string;
  type?: string;
  query?: string;
}

/** Gives events to a bundled function in a process of its own, which has nothing but `env` in its environment. */
export async function runLambda(
  node: string,
  { code, folder, events, env }: { code: string; folder: string; events: readonly object[]; env: NodeJS.ProcessEnv },
): Promise<{ node: string; coldMs: number; results: GatewayAnswer[] }> {
  const [given, answered] = [join(folder, "events.json"), join(folder, "answers.json")];
  writeFileSync(given, JSON.stringify(events));
  await promisify(execFile)(node, [join(root, "test/support/run-lambda.cjs"), code, given, answered], {
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(readFileSync(answered, "utf8"));
}
