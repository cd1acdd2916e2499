import { type Channel, type Outgoing, type Secrets, SendError } from "./channel";
import { type Answer, call, type Fetch, refusal } from "./http";
import { slackMessage } from "./slack-message";

/** What the channel needs. */
export interface SlackOptions {
  /** Name of the secret: a bot's token (`xoxb-…`), or the address of an incoming webhook. */
  readonly secret: string;
  /** Name or id of the channel; a webhook knows its own. */
  readonly channel?: string;
  readonly secrets: Secrets;
  readonly fetch: Fetch;
  /** @default https://slack.com/api, and for a webhook the host it names */
  readonly address?: string;
}

/** Codes of Slack's that people have to see to. */
const NEED_PEOPLE = new Set(
  (
    "invalid_auth not_authed token_revoked token_expired account_inactive missing_scope not_allowed_token_type no_permission " +
    "org_login_required ekm_access_denied access_denied channel_not_found not_in_channel is_archived restricted_action " +
    "posting_to_general_channel_denied team_access_not_granted"
  ).split(" "),
);
const PASSES = new Set([
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
  "team_added_to_org",
]);
const LIMITED = new Set(["ratelimited", "rate_limited", "message_limit_exceeded"]);
const CHANNEL_ID = /^[CDG][A-Z0-9]{7,}$/;
/** How much earlier than ours Slack's clock may be. */
const CLOCK_SKEW_S = 600;
const SLACK = "Slack";

/**
 * Slack. With a bot's token every incident is a thread, and each message carries its delivery's id as metadata: where an answer
 * was lost, the channel's history says whether it arrived. An incoming webhook can do neither: there a message whose answer was
 * lost is sent again, and says so.
 */
export function slack({ secret, channel, secrets, fetch, address }: SlackOptions): Channel {
  return {
    gathers: true,
    async send(outgoing) {
      const given = (await secrets(secret)).trim();
      if (/^https?:\/\//.test(given)) return byWebhook(fetch, webhookAddress(given, address), outgoing);
      if (!/^xox[a-z]-\S+$|^xoxe\.\S+$/.test(given))
        throw people(`The secret ${secret} is neither a token nor a webhook of Slack`);
      if (channel === undefined) throw people("A bot of Slack needs a channel. Give alerts.targets a channel");
      return new Bot(fetch, address ?? "https://slack.com/api", given).post(channel, outgoing);
    },
  };
}

const people = (message: string) => new SendError(message, { unsure: false, needsPeople: true });

function webhookAddress(secret: string, address: string | undefined): string {
  return address === undefined ? secret : `${address}${new URL(secret).pathname}`;
}

async function byWebhook(fetch: Fetch, url: string, outgoing: Outgoing): Promise<undefined> {
  const answer = await call(fetch, {
    receiver: SLACK,
    url,
    body: slackMessage(outgoing, { repeated: outgoing.unsure }),
  });
  const word = /^[a-z_]{1,60}$/.test(answer.text) ? answer.text : undefined;
  if (answer.status !== 200) throw refusal(SLACK, answer, word);
  return undefined;
}

/** A message in a channel; a thread is named `channel:ts`. */
class Bot {
  constructor(
    private readonly fetch: Fetch,
    private readonly address: string,
    private readonly token: string,
  ) {}

  async post(channel: string, outgoing: Outgoing): Promise<string> {
    const [place, threadTs] = outgoing.thread?.split(":") ?? [channel, undefined];
    if (outgoing.unsure) {
      const found = await this.#find(await this.#channelId(place ?? channel), threadTs, outgoing);
      if (found !== undefined) return outgoing.thread ?? found;
    }
    const answer = await this.#call("chat.postMessage", {
      channel: place,
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      ...slackMessage(outgoing, { repeated: false }),
      metadata: { event_type: "sagewright_alert", event_payload: { delivery: outgoing.id } },
      unfurl_links: false,
    });
    return outgoing.thread ?? `${String(answer.channel)}:${String(answer.ts)}`;
  }

  /** The thread that a delivery which may have arrived has become. */
  async #find(channel: string, threadTs: string | undefined, { id, at }: Outgoing): Promise<string | undefined> {
    const oldest = String(Date.parse(at) / 1_000 - CLOCK_SKEW_S);
    const [method, place] =
      threadTs === undefined ? ["conversations.history", {}] : ["conversations.replies", { ts: threadTs }];
    for await (const page of this.#pages(method as string, {
      channel,
      oldest,
      include_all_metadata: true,
      ...(place as object),
    })) {
      const messages = (page.messages ?? []) as { ts: string; metadata?: { event_payload?: { delivery?: unknown } } }[];
      const mine = messages.find(({ metadata }) => metadata?.event_payload?.delivery === id);
      if (mine !== undefined) return `${channel}:${mine.ts}`;
    }
    return undefined;
  }

  /** Histories are read by id only. */
  async #channelId(channel: string): Promise<string> {
    if (CHANNEL_ID.test(channel)) return channel;
    const name = channel.replace(/^#/, "");
    const types = "public_channel,private_channel";
    for await (const page of this.#pages("conversations.list", { types, exclude_archived: true })) {
      const channels = (page.channels ?? []) as { id: string; name: string }[];
      const found = channels.find((each) => each.name === name);
      if (found !== undefined) return found.id;
    }
    throw people("Slack does not show the bot the channel it posts to. Write the channel's id");
  }

  async *#pages(method: string, parameters: Record<string, unknown>): AsyncGenerator<Record<string, unknown>> {
    let cursor = "";
    do {
      const query = new URLSearchParams({ ...texts(parameters), limit: "200", ...(cursor === "" ? {} : { cursor }) });
      const page = await this.#call(`${method}?${query}`, undefined);
      yield page;
      const { next_cursor } = (page.response_metadata ?? {}) as { next_cursor?: unknown };
      cursor = typeof next_cursor === "string" ? next_cursor : "";
    } while (cursor !== "");
  }

  async #call(method: string, body: object | undefined): Promise<Record<string, unknown>> {
    const answer = await call(this.fetch, {
      receiver: SLACK,
      method: body === undefined ? "GET" : "POST",
      url: `${this.address}/${method}`,
      headers: { authorization: `Bearer ${this.token}` },
      ...(body === undefined ? { reads: true } : { body }),
    });
    if (answer.json?.ok === true) return answer.json;
    throw slackRefusal(answer);
  }
}

const texts = (parameters: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)]));

function slackRefusal(answer: Answer): SendError {
  const error = answer.json?.error;
  const word = typeof error === "string" && /^[a-z_]{1,60}$/.test(error) ? error : undefined;
  if (word === undefined)
    return answer.status === 200
      ? new SendError("Slack's answer cannot be read", { unsure: true })
      : refusal(SLACK, answer);
  if (LIMITED.has(word)) return new SendError(`Slack said ${word}`, { unsure: false, retryAfterMs: 30_000 });
  if (PASSES.has(word)) return new SendError(`Slack said ${word}`, { unsure: true });
  return NEED_PEOPLE.has(word) ? people(`Slack said ${word}`) : new SendError(`Slack said ${word}`);
}
