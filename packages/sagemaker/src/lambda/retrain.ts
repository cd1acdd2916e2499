import { createClients } from "../clients";
import { RETRAINING_VARIABLE, retrainingSettings } from "./settings";
import { type FindingEvent, type RetrainingOutcome, startRetraining } from "./start-retraining";

const clients = createClients();

/** Starts retraining because of a finding: see {@link startRetraining}. */
export async function handler(event: FindingEvent): Promise<RetrainingOutcome> {
  const settings = retrainingSettings(process.env[RETRAINING_VARIABLE]);
  const outcome = await startRetraining(clients, event, settings, new Date());
  process.stdout.write(`${JSON.stringify({ retraining: 1, finding: event.detail.key, ...outcome })}\n`);
  return outcome;
}
