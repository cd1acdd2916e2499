import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { refusedByJira, refusedByPagerDuty, refusedBySlack } from "./published-rules";

/** How a receiver treats one request. `lost`: it takes the request in, and the answer never arrives. */
export type Behaviour =
  | "well"
  | "down"
  | "slow"
  | "lost"
  | { readonly status: number; readonly retryAfter?: string; readonly after?: true; readonly body?: object };

/** A request as it arrived. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Record<string, unknown>;
}

/** What a receiver answers to what it took in. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** A real server on the loopback that takes requests in as the real receiver does, and misbehaves when told to. */
export class Receiver {
  /** Every request that reached it. */
  readonly arrivals: Arrival[] = [];
  /** Decides for each request. */
  behave: (arrival: Arrival) => Behaviour = () => "well";
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  constructor(private readonly take: (arrival: Arrival) => Reply) {}

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const part of request) text += part;
    const url = new URL(request.url ?? "/", "http://receiver");
    const body = text === "" ? {} : JSON.parse(text);
    const { method = "", headers } = request;
    const arrival = { method, path: url.pathname, query: url.searchParams, headers, body };
    const behaviour = this.behave(arrival);
    if (behaviour === "down") {
      request.socket.destroy();
      return;
    }
    this.arrivals.push(arrival);
    if (typeof behaviour === "object") {
      if (behaviour.after) this.take(arrival);
      response.writeHead(
        behaviour.status,
        behaviour.retryAfter === undefined ? {} : { "retry-after": behaviour.retryAfter },
      );
      response.end(behaviour.body === undefined ? undefined : JSON.stringify(behaviour.body));
      return;
    }
    const reply = this.take(arrival);
    if (behaviour === "lost") {
      request.socket.destroy();
      return;
    }
    if (behaviour === "slow") await new Promise((resolve) => setTimeout(resolve, 200));
    response.writeHead(reply.status, { "content-type": "application/json" });
    response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
  }
}

/** PagerDuty: alerts by their deduplication key, each with the events it took in. */
export class PagerDutyDouble extends Receiver {
  readonly alerts = new Map<
    string,
    { status: "triggered" | "resolved"; incidents: number; events: Record<string, unknown>[] }
  >();

  constructor() {
    super(({ body, path }) => {
      const wrong = refusedByPagerDuty(path, body);
      if (wrong !== undefined)
        return { status: 400, body: { status: "invalid event", message: "Event object is invalid", errors: [wrong] } };
      const key = String(body.dedup_key);
      const alert = this.alerts.get(key) ?? { status: "resolved" as const, incidents: 0, events: [] };
      if (body.event_action === "trigger" && alert.status !== "triggered") alert.incidents += 1;
      alert.status = body.event_action === "resolve" ? "resolved" : "triggered";
      alert.events.push(body);
      this.alerts.set(key, alert);
      return { status: 202, body: { status: "success", message: "Event processed", dedup_key: key } };
    });
  }
}

interface SlackMessage {
  readonly ts: string;
  readonly thread_ts?: string;
  readonly text: string;
  readonly blocks: unknown;
  readonly metadata?: { readonly event_payload: { readonly delivery: string } };
}

/** Slack: one channel with its messages and threads. */
export class SlackDouble extends Receiver {
  readonly messages: SlackMessage[] = [];

  constructor(private readonly now: () => Date = () => new Date()) {
    super((arrival) => this.#take(arrival));
  }

  #take({ path, body, query }: Arrival): Reply {
    const ok = (answer: object) => ({ status: 200, body: { ok: true, ...answer } });
    const shown = (messages: readonly SlackMessage[]) => {
      const oldest = Number(query.get("oldest") ?? 0);
      const withMetadata = query.get("include_all_metadata") === "true";
      const page = messages.filter(({ ts }) => Number(ts) >= oldest);
      return ok({ messages: page.map(({ metadata, ...rest }) => (withMetadata ? { ...rest, metadata } : rest)) });
    };
    if (path.endsWith("/conversations.list")) return ok({ channels: [{ id: "C0000000001", name: "churn-model" }] });
    if (path.endsWith("/conversations.history"))
      return shown(this.messages.filter((each) => each.thread_ts === undefined));
    if (path.endsWith("/conversations.replies")) {
      return shown(this.messages.filter(({ ts, thread_ts }) => [ts, thread_ts].includes(query.get("ts") ?? "")));
    }
    const wrong = refusedBySlack(path, body);
    if (wrong !== undefined) return { status: 200, body: { ok: false, error: wrong } };
    const ts = `${Math.floor(this.now().getTime() / 1_000)}.${String(this.messages.length).padStart(6, "0")}`;
    this.messages.push({ ...(body as unknown as SlackMessage), ts });
    return path.includes("/services/") ? { status: 200, body: "ok" } : ok({ channel: "C0000000001", ts });
  }
}

interface JiraIssue {
  readonly key: string;
  readonly fields: { summary: string; labels: string[]; description: unknown };
  readonly comments: { body: unknown; properties?: { key: string; value: unknown }[] }[];
  done: boolean;
}

/** Jira: one project with its issues. */
export class JiraDouble extends Receiver {
  readonly issues: JiraIssue[] = [];

  constructor() {
    super((arrival) => this.#take(arrival));
  }

  #take({ method, path, body }: Arrival): Reply {
    if (path.endsWith("/search/jql")) {
      const label = /labels = "([^"]+)"/.exec(String(body.jql))?.[1] ?? "";
      const found = this.issues.filter(({ fields }) => fields.labels.includes(label));
      return { status: 200, body: { issues: found.map(({ key }) => ({ key })), isLast: true } };
    }
    const wrong = method === "POST" ? refusedByJira(path, body) : undefined;
    if (wrong !== undefined) return { status: 400, body: { errorMessages: [wrong], errors: {} } };
    if (path.endsWith("/rest/api/3/issue")) {
      const key = `CHURN-${this.issues.length + 1}`;
      this.issues.push({ key, fields: body.fields as JiraIssue["fields"], comments: [], done: false });
      return { status: 201, body: { id: "1", key } };
    }
    const [, name, part] = /\/issue\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    const issue = this.issues.find(({ key }) => key === name);
    if (issue === undefined) return { status: 404, body: { errorMessages: ["Issue does not exist"] } };
    const status = (done: boolean) => ({ statusCategory: { key: done ? "done" : "new" } });
    if (part === undefined) return { status: 200, body: { key: name, fields: { status: status(issue.done) } } };
    if (part === "comment" && method === "GET")
      return { status: 200, body: { comments: [...issue.comments].reverse() } };
    if (part === "comment") {
      issue.comments.push(body as unknown as JiraIssue["comments"][number]);
      return { status: 201, body: {} };
    }
    if (method === "GET") {
      const transitions = [
        { id: "11", name: "To do", to: status(false) },
        { id: "31", name: "Done", to: status(true) },
      ];
      return { status: 200, body: { transitions } };
    }
    issue.done = (body.transition as { id: string }).id === "31";
    return { status: 204, body: "" };
  }
}
