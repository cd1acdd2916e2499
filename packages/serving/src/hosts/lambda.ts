import type { Caller } from "../keys/gate";
import { ROLES } from "../keys/roles";

/** An event of API Gateway: of a REST API (payload 1.0), or of an HTTP API or function URL (payload 2.0). */
export type GatewayEvent = RestEvent | HttpEvent;

/** What an authorizer of the gateway has put beside the request; see `keyAuthorizer`. */
interface Authorized {
  readonly keyId?: unknown;
  readonly role?: unknown;
}

interface RestEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly requestContext?: { readonly stage?: string; readonly authorizer?: Authorized | null };
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

interface HttpEvent {
  readonly version: "2.0";
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly http: { readonly method: string };
    /** `$default`, or the stage's name, which then begins `rawPath`. */
    readonly stage?: string;
    readonly authorizer?: { readonly lambda?: Authorized | null };
  };
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** What API Gateway takes as an answer, in either payload format. */
export interface GatewayResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

/** How a function is hosted. */
export interface LambdaHostOptions {
  /** Ends what must not wait for the next event, because the function is frozen once it has answered. @default nothing */
  readonly settle?: () => Promise<unknown>;
  /** How long an answer waits for that. @default 1 second */
  readonly settleMs?: number;
}

/**
 * Hosts an API in a Lambda function behind API Gateway. Every answer is text, so none is base64-encoded; streamed batches
 * are gathered, because API Gateway takes whole answers (6 MB at most). A key that an authorizer has checked comes in its
 * context as `keyId` and `role`.
 */
export function lambdaHandler(
  app: { readonly fetch: (request: Request, host?: { readonly caller?: Caller }) => Response | Promise<Response> },
  { settle, settleMs = 1_000 }: LambdaHostOptions = {},
): (event: GatewayEvent) => Promise<GatewayResult> {
  return async (event) => {
    const caller = callerOf(event);
    const response = await app.fetch(requestOf(event), caller === undefined ? {} : { caller });
    const body = await response.text();
    if (settle !== undefined) await atMost(settleMs, settle());
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body,
      isBase64Encoded: false,
    };
  };
}

/** Waits for work, but not longer; what it comes to is its own affair. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), over]);
  clearTimeout(timer);
}

function callerOf(event: GatewayEvent): Caller | undefined {
  const { keyId, role } =
    ("rawPath" in event ? event.requestContext.authorizer?.lambda : event.requestContext?.authorizer) ?? {};
  const known = ROLES.find((each) => each === role);
  return typeof keyId === "string" && known !== undefined ? { id: keyId, role: known } : undefined;
}

function requestOf(event: GatewayEvent): Request {
  const { method, path, query } = "rawPath" in event ? httpTarget(event) : restTarget(event);
  // The host plays no part in routing; a client's own never reaches the URL.
  const url = new URL("https://lambda.invalid/");
  url.pathname = path;
  url.search = query;
  const body = bodyOf(event);
  const headers = headersOf(event);
  if (body === undefined || method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  headers.set("content-length", String(body.length));
  return new Request(url, { method, headers, body });
}

function httpTarget({ rawPath, rawQueryString, requestContext }: HttpEvent) {
  const stage = `/${requestContext.stage ?? "$default"}`;
  const path = rawPath === stage || rawPath.startsWith(`${stage}/`) ? rawPath.slice(stage.length) || "/" : rawPath;
  return { method: requestContext.http.method, path, query: rawQueryString };
}

function restTarget({ httpMethod, path, ...event }: RestEvent) {
  const query = new URLSearchParams();
  const many = event.multiValueQueryStringParameters ?? {};
  for (const [name, values] of Object.entries(many)) for (const value of values ?? []) query.append(name, value);
  for (const [name, value] of Object.entries(event.queryStringParameters ?? {})) {
    if (value !== undefined && !query.has(name)) query.append(name, value);
  }
  return { method: httpMethod, path, query: query.toString() };
}

function headersOf(event: GatewayEvent): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers ?? {})) if (value !== undefined) headers.set(name, value);
  return headers;
}

function bodyOf({ body, isBase64Encoded }: GatewayEvent): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || body === null) return undefined;
  return Uint8Array.from(Buffer.from(body, isBase64Encoded === true ? "base64" : "utf8"));
}
