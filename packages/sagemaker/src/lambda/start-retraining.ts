import { createHash } from "node:crypto";
import type { Clients } from "../clients";
import { listExecutions, startExecution } from "../executions";
import type { RetrainingSettings } from "./settings";

/** A finding on the event bus, as far as it is read. */
export interface FindingEvent {
  readonly id: string;
  readonly time: string;
  readonly detail: { readonly key?: string; readonly kind?: string; readonly what?: string };
}

/** What became of a finding. */
export interface RetrainingOutcome {
  readonly outcome: "started" | "not_started";
  readonly because: string;
  readonly executionArn?: string;
}

const DAY_MS = 86_400_000;

/**
 * Starts the pipeline because of a finding, unless it has been started often or lately enough. Findings of one cool-down that come
 * at once, or twice, have one token, for which SageMaker starts one execution.
 */
export async function startRetraining(
  clients: Pick<Clients, "sagemaker">,
  { time, detail }: FindingEvent,
  { pipeline, parameters, coolDownDays, maximumPerMonth }: RetrainingSettings,
  now: Date,
): Promise<RetrainingOutcome> {
  const executions = await listExecutions(clients, { pipeline });
  const ages = executions.flatMap(({ StartTime, PipelineExecutionStatus: status }) =>
    StartTime === undefined || status === "Failed" || status === "Stopped" ? [] : [now.getTime() - StartTime.getTime()],
  );
  const lately = ages.filter((age) => age < coolDownDays * DAY_MS).length;
  if (lately > 0) return { outcome: "not_started", because: `it ran within the last ${coolDownDays} days` };
  const monthly = ages.filter((age) => age < 30 * DAY_MS).length;
  if (monthly >= maximumPerMonth) return { outcome: "not_started", because: `it ran ${monthly} times within 30 days` };
  const because = detail.what ?? detail.kind ?? "a finding";
  const token = createHash("sha256")
    .update(`${pipeline} ${period(time, coolDownDays)}`)
    .digest("hex");
  const { executionArn } = await startExecution(clients, {
    pipeline,
    parameters,
    clientRequestToken: token,
    description: `Retraining: ${because}`.slice(0, 3_072),
  });
  return { outcome: "started", because, executionArn };
}

/** Number of the cool-down that a moment is in; of the minute, where there is no cool-down. */
function period(time: string, coolDownDays: number): number {
  return Math.floor(Date.parse(time) / (coolDownDays === 0 ? 60_000 : coolDownDays * DAY_MS));
}
