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
 * Starts the pipeline because of a finding, unless it has been started often or lately enough. A run that failed or was refused by
 * its gate counts as well: the same data would be refused again, and was paid for. Findings that come at once, or twice, see the same
 * last run and have one token made of it, for which SageMaker starts one execution.
 */
export async function startRetraining(
  clients: Pick<Clients, "sagemaker">,
  { detail }: FindingEvent,
  { pipeline, parameters, coolDownDays, maximumPerMonth }: RetrainingSettings,
  now: Date,
): Promise<RetrainingOutcome> {
  const executions = await listExecutions(clients, { pipeline });
  const ages = executions.flatMap(({ StartTime, PipelineExecutionStatus: status }) =>
    StartTime === undefined || status === "Stopped" ? [] : [now.getTime() - StartTime.getTime()],
  );
  const lately = ages.filter((age) => age < coolDownDays * DAY_MS).length;
  if (lately > 0) return { outcome: "not_started", because: `it ran within the last ${coolDownDays} days` };
  const monthly = ages.filter((age) => age < 30 * DAY_MS).length;
  if (monthly >= maximumPerMonth) return { outcome: "not_started", because: `it ran ${monthly} times within 30 days` };
  const because = detail.what ?? detail.kind ?? "a finding";
  const [last] = [...executions].sort((a, b) => (b.StartTime?.getTime() ?? 0) - (a.StartTime?.getTime() ?? 0));
  const token = createHash("sha256")
    .update(`${pipeline} after ${last?.PipelineExecutionArn ?? "none"}`)
    .digest("hex");
  const { executionArn } = await startExecution(clients, {
    pipeline,
    parameters,
    clientRequestToken: token,
    description: `Retraining: ${because}`.slice(0, 3_072),
  });
  return { outcome: "started", because, executionArn };
}
