import { type Channel, type Outgoing, type Secrets, SendError } from "./channel";
import { type Answer, call, type Fetch, refusal } from "./http";
import { jiraComment, jiraDescription, jiraSummary } from "./jira-document";

/** What the channel needs. */
export interface JiraOptions {
  /** Name of the secret: `{"email": "…", "token": "…"}`, or `{"token": "…"}` for a bearer. */
  readonly secret: string;
  readonly site: string;
  readonly project: string;
  readonly secrets: Secrets;
  readonly fetch: Fetch;
  /** @default the site */
  readonly address?: string;
}

const JIRA = "Jira";
/** Jira's search knows of a new issue a moment later. */
const SETTLE_MS = 30_000;
/** Comments that are looked through for one that may have arrived. */
const RECENT_COMMENTS = 100;

/**
 * Jira Cloud by REST v3: an issue for each incident, a comment for each later message, done when all is over and opened again
 * when it comes back. The issue carries its delivery as a label, a comment as a property, so that what may have arrived is found.
 */
export function jira({ secret, site, project, secrets, fetch, address }: JiraOptions): Channel {
  return {
    gathers: false,
    async send(outgoing) {
      const headers = authorization(await secrets(secret), secret);
      return new Project(fetch, { address: address ?? site, project, headers }).tell(outgoing);
    },
  };
}

interface Place {
  readonly address: string;
  readonly project: string;
  readonly headers: Readonly<Record<string, string>>;
}

class Project {
  constructor(
    private readonly fetch: Fetch,
    private readonly place: Place,
  ) {}

  async tell(outgoing: Outgoing): Promise<string | undefined> {
    const [message] = outgoing.messages;
    const { thread } = outgoing;
    if (thread === undefined || !(await this.#isThere(thread))) {
      // Nobody was told of it, or somebody deleted the issue: there is nothing to end or to add to.
      if (message.step === "close" || message.step === "note") return thread;
      return (outgoing.unsure ? await this.#find(outgoing.id) : undefined) ?? (await this.#create(outgoing));
    }
    if (!(outgoing.unsure && (await this.#hasComment(thread, outgoing.id)))) await this.#comment(thread, outgoing);
    if (message.step === "close" || message.step === "reopen") await this.#move(thread, message.step);
    return thread;
  }

  async #create(outgoing: Outgoing): Promise<string> {
    const [message] = outgoing.messages;
    const answer = await this.#call("/issue", {
      fields: {
        project: { key: this.place.project },
        issuetype: { name: "Task" },
        summary: jiraSummary(message),
        description: jiraDescription(message),
        labels: ["sagewright", label(outgoing.id)],
      },
    });
    if (answer.status === 201 && typeof answer.json?.key === "string") return answer.json.key;
    // Neither is said by a 403: whom the token stands for does not see the project, or may not write there.
    const errors = (answer.json?.errors ?? {}) as object;
    if (answer.status === 400 && "project" in errors)
      throw new SendError(`Jira does not let us into the project ${this.place.project}`, {
        unsure: false,
        needsPeople: true,
      });
    throw refusal(JIRA, answer);
  }

  async #find(id: string): Promise<string | undefined> {
    const jql = `project = "${this.place.project}" AND labels = "${label(id)}"`;
    const body = { jql, fields: ["summary"], maxResults: 1 };
    const answer = await this.#call("/search/jql", body, { reads: true });
    if (answer.status !== 200) throw refusal(JIRA, answer);
    const [found] = (answer.json?.issues ?? []) as { key: string }[];
    return found?.key;
  }

  async #isThere(issue: string): Promise<boolean> {
    const answer = await this.#call(`/issue/${issue}?fields=status`);
    if (answer.status === 404) return false;
    if (answer.status !== 200) throw refusal(JIRA, answer);
    return true;
  }

  async #hasComment(issue: string, id: string): Promise<boolean> {
    const query = `orderBy=-created&maxResults=${RECENT_COMMENTS}&expand=properties`;
    const answer = await this.#call(`/issue/${issue}/comment?${query}`);
    if (answer.status !== 200) throw refusal(JIRA, answer);
    const comments = (answer.json?.comments ?? []) as { properties?: { key: string; value?: { id?: unknown } }[] }[];
    return comments.some(({ properties = [] }) =>
      properties.some(({ key, value }) => key === PROPERTY && value?.id === id),
    );
  }

  async #comment(issue: string, { id, messages: [message] }: Outgoing): Promise<void> {
    const properties = [{ key: PROPERTY, value: { id } }];
    const answer = await this.#call(`/issue/${issue}/comment`, { body: jiraComment(message), properties });
    if (answer.status !== 201) throw refusal(JIRA, answer);
  }

  /** Ends or reopens an issue by the transition that leads there; one that people moved already, or cannot be moved, stays. */
  async #move(issue: string, step: "close" | "reopen"): Promise<void> {
    try {
      const status = await this.#call(`/issue/${issue}?fields=status`);
      const isDone = categoryOf((status.json?.fields as { status?: unknown } | undefined)?.status) === "done";
      if (isDone === (step === "close")) return;
      const answer = await this.#call(`/issue/${issue}/transitions`);
      if (answer.status !== 200) throw refusal(JIRA, answer);
      const transitions = (answer.json?.transitions ?? []) as { id: string; to?: unknown }[];
      const fitting = transitions.find(({ to }) => (categoryOf(to) === "done") === (step === "close"));
      if (fitting === undefined) return;
      await this.#call(`/issue/${issue}/transitions`, { transition: { id: fitting.id } });
    } catch (error) {
      // The comment is there: whatever else fails, it must be looked for first.
      if (!(error instanceof SendError) || error.failure === undefined) throw error;
      throw new SendError(error.message, { ...error.failure, unsure: true });
    }
  }

  #call(path: string, body?: object, { reads = body === undefined } = {}): Promise<Answer> {
    const { address, headers } = this.place;
    return call(this.fetch, {
      receiver: JIRA,
      method: body === undefined ? "GET" : "POST",
      url: `${address}/rest/api/3${path}`,
      headers: { accept: "application/json", ...headers },
      ...(body === undefined ? {} : { body }),
      reads,
      settleMs: SETTLE_MS,
    });
  }
}

const PROPERTY = "sagewright.delivery";

const label = (id: string): string => `sagewright-${id}`;

function categoryOf(status: unknown): string | undefined {
  return (status as { statusCategory?: { key?: string } } | undefined)?.statusCategory?.key;
}

function authorization(text: string, name: string): Record<string, string> {
  try {
    const { email, token } = JSON.parse(text) as { email?: unknown; token?: unknown };
    if (typeof token === "string" && typeof email === "string") {
      return { authorization: `Basic ${Buffer.from(`${email}:${token}`).toString("base64")}` };
    }
    if (typeof token === "string") return { authorization: `Bearer ${token}` };
  } catch {
    // Falls through: what was received must not be shown.
  }
  const wanted = `{"email": "…", "token": "…"}`;
  throw new SendError(`The secret ${name} is not ${wanted} for Jira`, { unsure: false, needsPeople: true });
}
