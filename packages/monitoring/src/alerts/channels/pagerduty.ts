import { momentInWords } from "../../moments";
import type { Message } from "../state";
import { type Channel, type Outgoing, type Secrets, SendError } from "./channel";
import { type Answer, call, type Fetch, refusal } from "./http";

/** What the channel needs. */
export interface PagerDutyOptions {
  /** Name of the secret: the routing key, or `{"routingKey": "…", "region": "eu"}`. */
  readonly secret: string;
  readonly secrets: Secrets;
  readonly fetch: Fetch;
  /** @default events.pagerduty.com, or events.eu.pagerduty.com where the secret says so */
  readonly address?: string;
}

const SUMMARY_LENGTH = 1_024;
const PAGERDUTY = "PagerDuty";

/**
 * PagerDuty by its Events API v2. The incident's id is the deduplication key, so that an event that is sent twice is one alert;
 * updates trigger the same alert again, which wakes nobody.
 */
export function pagerDuty({ secret, secrets, fetch, address }: PagerDutyOptions): Channel {
  return {
    gathers: false,
    async send(outgoing) {
      // The API has no notes: a further trigger would wake somebody for a problem that is over.
      if (outgoing.messages[0].step === "note") return outgoing.thread;
      const { routingKey, region } = parsedSecret(await secrets(secret), secret);
      const host = region === "eu" ? "https://events.eu.pagerduty.com" : "https://events.pagerduty.com";
      const dedupKey = outgoing.thread ?? `sagewright-${outgoing.messages[0].incident}`;
      const body = { routing_key: routingKey, dedup_key: dedupKey, ...event(outgoing) };
      const answer = await call(fetch, { receiver: PAGERDUTY, url: `${address ?? host}/v2/enqueue`, body });
      if (answer.status === 400 && namesKey(answer)) throw wrongKey(secret);
      if (answer.status !== 202) throw refusal(PAGERDUTY, answer);
      return dedupKey;
    },
  };
}

function event({ messages: [message], at, id }: Outgoing): object {
  if (message.step === "close") return { event_action: "resolve" };
  const { about, place = about.model, runbook, severity } = message;
  return {
    event_action: "trigger",
    client: "Sagewright",
    payload: {
      summary: message.title.slice(0, SUMMARY_LENGTH),
      severity: { critical: "critical", performance: "error", minor: "warning" }[severity],
      source: place,
      component: about.subjects[0],
      class: about.kind,
      group: about.model,
      timestamp: at,
      custom_details: { ...details(message), delivery: id },
    },
    links: /^https?:/.test(runbook) ? [{ href: runbook, text: "Run-book" }] : [],
  };
}

function details({ what, extent, since, model, place, action, runbook }: Message): object {
  return {
    what: what.join("\n"),
    "how bad": extent.join("\n"),
    since: momentInWords(since),
    model,
    ...(place === undefined ? {} : { where: place }),
    "what to do": action.join("\n"),
    "run-book": runbook,
  };
}

function parsedSecret(text: string, name: string): { routingKey: string; region?: string } {
  const plain = text.trim();
  if (/^[\w-]{20,64}$/.test(plain)) return { routingKey: plain };
  try {
    const { routingKey, region } = JSON.parse(plain) as { routingKey?: unknown; region?: unknown };
    if (typeof routingKey === "string") return { routingKey, ...(region === "eu" ? { region } : {}) };
  } catch {
    // Falls through: what was received must not be shown.
  }
  throw wrongKey(name);
}

/** PagerDuty knows neither 401 nor 403: a key that it does not know is an invalid event. */
function namesKey({ json, text }: Answer): boolean {
  const { errors = text, message = "" } = json ?? {};
  return /routing.?key/i.test(`${JSON.stringify(errors)} ${String(message)}`);
}

const wrongKey = (name: string): SendError =>
  new SendError(`The secret ${name} is no routing key that PagerDuty knows`, { unsure: false, needsPeople: true });
