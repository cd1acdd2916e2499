import { SendError } from "./channel";

/** The part of `fetch` that channels use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 4 * 1024 * 1024;

/** A request to a receiver. */
export interface Call {
  /** For people: "Slack". */
  readonly receiver: string;
  readonly method?: "GET" | "POST";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Reading does no harm twice, so that a lost answer leaves nothing unsure. @default it changes something */
  readonly reads?: boolean;
  /** @default none */
  readonly settleMs?: number;
}

/** An answer that is no failure of the way there: 2xx, or 4xx other than 408 and 429. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Undefined where the text is no JSON object. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/** Network errors after which nothing can have arrived. */
const NEVER_ARRIVED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * Makes one request and reads its answer, within ten seconds. Follows no redirection, so that a secret goes nowhere else.
 *
 * @throws SendError for everything that passes: no connection, time-out, 408, 429 and 5xx
 */
export async function call(fetch: Fetch, request: Call): Promise<Answer> {
  const { receiver, url, method = "POST", headers = {}, body, reads = false, settleMs = 0 } = request;
  const lost = (because: string) => new SendError(`${receiver} ${because}`, { unsure: !reads, settleMs });
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await limited(response);
  } catch (error) {
    const code = codeOf(error);
    if (NEVER_ARRIVED.has(code)) throw new SendError(`${receiver} cannot be reached (${code})`, { unsure: false });
    throw lost(code === "TimeoutError" ? "did not answer within 10 s" : `closed the connection (${code})`);
  }
  const { status } = response;
  if (status === 429) {
    const retryAfterMs = retryAfter(response.headers.get("retry-after"));
    throw new SendError(`${receiver} answered 429, too many requests`, { unsure: false, retryAfterMs });
  }
  if (status >= 500 || status === 408) {
    const retryAfterMs = retryAfter(response.headers.get("retry-after"));
    throw new SendError(`${receiver} answered ${status}`, { unsure: !reads, retryAfterMs, settleMs });
  }
  return { status, text, json: object(text) };
}

/** Refusals that people have to see to: the secret, the permission, the place. */
export function refusal(receiver: string, { status, json }: Answer, word?: string): SendError {
  const said = word ?? firstWord(json);
  const message = `${receiver} answered ${status}${said === undefined ? "" : ` (${said})`}`;
  const needsPeople = [301, 302, 307, 308, 401, 403, 404, 410].includes(status);
  return needsPeople ? new SendError(message, { unsure: false, needsPeople }) : new SendError(message);
}

/** Only words of a receiver that cannot hold what we sent. */
function firstWord(json: Answer["json"]): string | undefined {
  const word = json?.error ?? json?.status;
  return typeof word === "string" && /^[\w .-]{1,80}$/.test(word) ? word : undefined;
}

function codeOf(error: unknown): string {
  const { cause, name } = error as Error & { cause?: { code?: unknown; errors?: readonly { code?: unknown }[] } };
  const code = cause?.code ?? cause?.errors?.[0]?.code;
  if (typeof code === "string") return code;
  return name === "AbortError" ? "TimeoutError" : name;
}

async function limited(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > MOST_BYTES) throw new Error("The answer is too large");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function object(text: string): Answer["json"] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds, or a date. */
function retryAfter(header: string | null): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
