import {
  decideRetraining,
  type PastTraining,
  type RetrainingDecision,
  type RetrainingRules,
  type RetrainingTrigger,
} from "@sagewright/monitoring";
import { type Clients, listExecutions, repeatableRun } from "@sagewright/sagemaker";
import type { MonitorReport } from "./report";

/** What a report asks for, and what the rules say to it. */
export interface RetrainingVerdict {
  readonly trigger: RetrainingTrigger;
  readonly decision: RetrainingDecision;
}

/**
 * Whether a report starts a training: ROC AUC below the gate does, and drift that is more than minor. Broken data never does,
 * since training on it would teach the fault.
 *
 * @returns undefined when the report asks for none
 */
export async function retrainingOf(
  clients: Clients,
  report: MonitorReport,
  { rules, now }: { readonly rules: RetrainingRules; readonly now: Date },
): Promise<RetrainingVerdict | undefined> {
  const trigger = triggerOf(report, now);
  if (trigger === undefined) return undefined;
  const { group } = report.model;
  return {
    trigger,
    decision: decideRetraining(group, trigger, { rules, past: await pastTrainings(clients, group), now }),
  };
}

function triggerOf({ drift, performance, latest }: MonitorReport, at: Date): RetrainingTrigger | undefined {
  const { gate, sentence } = latest ?? performance;
  if (gate?.verdict === "below") return { kind: "performance", at, finding: sentence };
  if (drift.quality.some(({ severity }) => severity === "critical")) return undefined;
  const worst = drift.features.find(({ verdict, severity }) => verdict === "drift" && severity !== "minor");
  return worst === undefined ? undefined : { kind: "drift", at, finding: worst.sentence };
}

/** Trainings of a group's pipeline, with what started them as their descriptions say. */
async function pastTrainings(clients: Clients, group: string): Promise<PastTraining[]> {
  const { pipeline } = await repeatableRun(clients, { group });
  if (pipeline === undefined) return [];
  const runs = await listExecutions(clients, { pipeline, limit: 100 });
  return runs.flatMap(({ StartTime, PipelineExecutionStatus: status, PipelineExecutionDescription: description }) => {
    if (StartTime === undefined) return [];
    const [, kind] = /^Retraining of [^:]+: (drift|performance|the schedule)\b/.exec(description ?? "") ?? [];
    const trigger = kind === "the schedule" ? "schedule" : (kind as "drift" | "performance" | undefined);
    const underWay = status === "Executing" || status === "Stopping";
    return [{ startedAt: StartTime, underWay, ...(trigger === undefined ? {} : { trigger }) }];
  });
}
