import { SNS } from "@aws-sdk/client-sns";
import type { ChannelAddresses } from "../alerts/channels/channels";
import { AlertRouter, type Attempt, type DeliverySummary } from "../alerts/router";
import { secretsManager } from "../alerts/secrets";
import { AlertStore } from "../alerts/store";
import { s3Document } from "../alerts/stores/s3-document";
import type { Observation } from "../findings/finding";
import { routeSettings, type Variables } from "./environment";
import { readMessage } from "./inbox";
import { openS3 } from "./objects";

/** A batch of messages of the router's queue; a tick of a schedule has none. */
export interface RouteEvent {
  readonly Records?: readonly { readonly messageId: string; readonly body: string }[];
}

/** What of a batch comes again. */
export interface RouteAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** The part of Lambda's context that is used. */
export interface RouteContext {
  getRemainingTimeInMillis?(): number;
}

/** Sending stops so long before the function is ended: longer than one request and the writing of its outcome. */
const MARGIN_MS = 15_000;
/** Without a context, as in a rehearsal. */
const USUAL_MS = 60_000;

let opened: ReturnType<typeof open> | undefined;

/**
 * Takes in what lies in the queue and tells people what is due, of this batch and of earlier ones. A message that cannot be read
 * comes again by itself, and lies in the dead-letter queue in the end; one that was taken in is durable.
 */
export async function handler(event: RouteEvent, context: RouteContext = {}): Promise<RouteAnswer> {
  opened ??= open(process.env);
  const { router, severities } = opened;
  const records = event.Records ?? [];
  const failures: { itemIdentifier: string }[] = [];
  const observations: Observation[] = [];
  for (const { messageId, body } of records) {
    try {
      observations.push(readMessage(body, severities));
    } catch (error) {
      log({ route: 1, message: messageId, refused: (error as Error).message });
      failures.push({ itemIdentifier: messageId });
    }
  }
  if (observations.length > 0) await router.accept(...observations);
  const remaining = context.getRemainingTimeInMillis?.() ?? USUAL_MS;
  try {
    const summary = await router.deliver({ signal: AbortSignal.timeout(Math.max(1, remaining - MARGIN_MS)) });
    if (records.length > 0 || worthALine(summary)) log({ route: 1, taken: observations.length, ...summary });
  } catch (error) {
    // The batch is taken in: it must not come again. The next tick sends what is due.
    log({ route: 1, taken: observations.length, failed: (error as Error).message });
  }
  return { batchItemFailures: failures };
}

const worthALine = ({ delivered, failed, waiting, dead }: DeliverySummary): boolean =>
  delivered + failed + waiting + dead > 0;

function open(variables: Variables) {
  const { alerts, bucket, key, severities, mailTopics } = routeSettings(variables);
  const sns = Object.keys(mailTopics).length === 0 ? undefined : new SNS({});
  const router = new AlertRouter({
    alerts,
    store: new AlertStore(s3Document({ client: openS3(), bucket, key })),
    secrets: secretsManager(),
    clock: { now: () => new Date(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    addresses: addressesOf(variables),
    onAttempt: (attempt: Attempt) => log({ route: 1, attempt }),
    ...(sns === undefined ? {} : { mail: (target: string) => mailBy(sns, mailTopics[target]) }),
  });
  return { router, severities };
}

function mailBy(sns: SNS, topic: string | undefined) {
  return async ({ subject, text }: { readonly subject: string; readonly text: string }) => {
    await sns.publish({ TopicArn: topic, Subject: subject, Message: text });
  };
}

/** Receivers elsewhere, for rehearsals, by the variables that the command line knows too. */
function addressesOf(variables: Variables): ChannelAddresses {
  const kinds = ["pagerduty", "slack", "jira"] as const;
  const found = kinds.map((kind) => [kind, variables[`SAGEWRIGHT_${kind.toUpperCase()}_ADDRESS`] ?? ""] as const);
  return Object.fromEntries(found.filter(([, address]) => address !== ""));
}

function log(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
