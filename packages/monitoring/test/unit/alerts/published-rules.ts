import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { z } from "zod";

/**
 * What the receivers refuse, by what they publish of their interfaces. The rules are theirs, not what our channels happen to send:
 *
 * - PagerDuty: developer.pagerduty.com, Events API v2, "Send an Alert Event" (table of parameters)
 * - Slack: docs.slack.dev, chat.postMessage, conversations.*, Block Kit's section, message metadata; that all blocks together take about
 *   13,200 characters is known from slackapi/bolt-js#2509
 * - Jira: Cloud REST v3, create issue, add comment, transition, search by POST /search/jql; documents by Atlassian's schema of ADF
 */
type Body = Readonly<Record<string, unknown>>;

const moment = z.string().refine((text) => !Number.isNaN(Date.parse(text)));

const event = z.discriminatedUnion("event_action", [
  z.strictObject({
    event_action: z.literal("trigger"),
    routing_key: z.string().length(32),
    dedup_key: z.string().max(255).optional(),
    payload: z.strictObject({
      summary: z.string().min(1).max(1_024),
      source: z.string().min(1),
      severity: z.enum(["critical", "error", "warning", "info"]),
      timestamp: moment.optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      class: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    }),
    images: z.array(z.object({ src: z.url({ protocol: /^https$/ }) })).optional(),
    links: z.array(z.strictObject({ href: z.url(), text: z.string().optional() })).optional(),
    client: z.string().optional(),
    client_url: z.url().optional(),
  }),
  z.strictObject({
    event_action: z.enum(["acknowledge", "resolve"]),
    routing_key: z.string().length(32),
    dedup_key: z.string().min(1).max(255),
  }),
]);

/** Why PagerDuty would not take an event. Events are at most 512 KB. */
export function refusedByPagerDuty(path: string, body: Body): string | undefined {
  if (path !== "/v2/enqueue") return `no such path ${path}`;
  if (JSON.stringify(body).length > 512 * 1024) return "too large";
  return reason(event, body);
}

const message = z.object({
  channel: z.string().min(1),
  text: z.string().min(1).max(40_000),
  thread_ts: z
    .string()
    .regex(/^\d+\.\d{6}$/)
    .optional(),
  blocks: z
    .array(
      z.strictObject({
        type: z.literal("section"),
        text: z.strictObject({
          type: z.enum(["mrkdwn", "plain_text"]),
          text: z.string().min(1).max(3_000),
          verbatim: z.boolean().optional(),
        }),
      }),
    )
    .max(50),
  metadata: z
    .strictObject({
      event_type: z.string().regex(/^[\w.]+$/),
      event_payload: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    })
    .optional(),
  unfurl_links: z.boolean().optional(),
});

/** The word with which Slack would refuse a message. */
export function refusedBySlack(path: string, body: Body): string | undefined {
  const webhook = path.startsWith("/services/");
  if (!webhook && !path.endsWith("/chat.postMessage")) return "unknown_method";
  const wrong = reason(webhook ? message.partial({ channel: true }) : message, body);
  if (wrong !== undefined) return "invalid_blocks";
  const texts = (body.blocks as { text: { text: string } }[]).map(({ text }) => text.text);
  return texts.join("").length > 13_000 ? "msg_blocks_too_long" : undefined;
}

const { $schema: _, ...schema } = JSON.parse(readFileSync(join(__dirname, "../../fixtures/adf-schema.json"), "utf8"));
const isDocument = new Ajv({ strict: false }).compile(schema);
const adf = z.unknown().refine((given) => isDocument(given), { error: "is no document" });

const issue = z.strictObject({
  fields: z.strictObject({
    project: z.strictObject({ key: z.string() }),
    issuetype: z.strictObject({ name: z.string() }),
    summary: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[^\r\n]*$/),
    description: adf,
    labels: z.array(z.string().max(255).regex(/^\S+$/)),
  }),
});
const comment = z.strictObject({
  body: adf,
  properties: z.array(z.strictObject({ key: z.string().max(255), value: z.unknown() })).optional(),
});
const transition = z.strictObject({ transition: z.strictObject({ id: z.string() }) });

/** Why Jira would answer 400. */
export function refusedByJira(path: string, body: Body): string | undefined {
  if (path.endsWith("/comment")) return reason(comment, body);
  if (path.endsWith("/transitions")) return reason(transition, body);
  return path === "/rest/api/3/issue" ? reason(issue, body) : `no such path ${path}`;
}

function reason(wanted: z.ZodType, given: Body): string | undefined {
  const parsed = wanted.safeParse(given);
  return parsed.success
    ? undefined
    : parsed.error.issues.map(({ path, message: said }) => `${path.join(".")}: ${said}`).join("; ");
}
