import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { createClients } from "../clients";
import { systemSurroundings } from "../surroundings";
import type { ModelPackageEvent } from "./approved-version";
import { releasedLine, wasReleased } from "./released";
import { serveApproved } from "./serve-approved";
import { APPROVAL_VARIABLE, approvalSettings } from "./settings";

/** A queue's messages, each with an event of EventBridge, as Lambda hands them over. */
export interface QueuedEvents {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

/** What a schedule sends: it is asked whether anything was released yet. */
export interface ScheduledEvent {
  readonly "detail-type": "Scheduled Event";
  /** When it was due, ISO 8601. */
  readonly time: string;
}

/** Messages that come again later. */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

const clients = { ...createClients(), cloudformation: new CloudFormationClient({}) };

/**
 * Serves approved versions: see {@link serveApproved}. What is not settled yet is left in the queue and comes again. Called by a
 * schedule, it says whether anything was released: see {@link wasReleased}.
 */
export async function handler(event: QueuedEvents | ScheduledEvent): Promise<BatchAnswer> {
  const settings = { ...approvalSettings(process.env[APPROVAL_VARIABLE]), ...policyBeside(__dirname) };
  if (!("Records" in event)) {
    const released = await wasReleased(clients, settings, systemSurroundings);
    process.stdout.write(`${releasedLine(settings.group, released, Date.parse(event.time))}\n`);
    return { batchItemFailures: [] };
  }
  const again: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of event.Records) {
    const outcome = await serveApproved(clients, JSON.parse(body) as ModelPackageEvent, settings, systemSurroundings);
    process.stdout.write(`${JSON.stringify({ approval: 1, ...outcome })}\n`);
    if (outcome.outcome === "under_way" || outcome.outcome === "postponed") again.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures: again };
}

/** The decision policy that lies beside the function's code, as variables are too short for it. */
function policyBeside(folder: string): { readonly policy?: object } {
  const file = join(folder, "policy.json");
  return existsSync(file) ? { policy: JSON.parse(readFileSync(file, "utf8")) as object } : {};
}
