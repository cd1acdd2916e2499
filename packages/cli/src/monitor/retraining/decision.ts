import {
  decideRetraining,
  driftObservation,
  type PastTraining,
  performanceObservation,
  type RetrainingDecision,
  type RetrainingRules,
  type RetrainingTrigger,
  retrainingWish,
  startedBy,
} from "@sagewright/monitoring";
import { type Clients, listExecutions, repeatableRun } from "@sagewright/sagemaker";
import type { MonitorReport } from "../report";

/** What a report asks for, and what the rules say to it. */
export interface RetrainingVerdict {
  readonly trigger: RetrainingTrigger;
  readonly decision: RetrainingDecision;
}

/** When trainings start by themselves. */
export interface RetrainingSituation {
  readonly rules: RetrainingRules;
  /** @default what AWS's Scheduler starts, or nobody, is not started here */
  readonly calendar?: { readonly schedule: string; readonly timezone: string };
  readonly now: Date;
}

/**
 * Whether a training starts: the calendar asks for one, ROC AUC below the gate does, and drift that is more than minor. While
 * data is broken neither drift nor the calendar does, since training on it would teach the fault.
 *
 * @returns undefined when nothing asks for one
 */
export async function retrainingOf(
  clients: Clients,
  report: MonitorReport,
  { rules, calendar, now }: RetrainingSituation,
): Promise<RetrainingVerdict | undefined> {
  const { group } = report.model;
  const found = triggerOf(report);
  if (found === undefined && calendar === undefined) return undefined;
  const past = await pastTrainings(clients, group);
  const decided = (trigger: RetrainingTrigger) => ({
    trigger,
    decision: decideRetraining(group, trigger, { rules, past, now }),
  });
  const verdict = found === undefined ? undefined : decided(found);
  if (verdict?.decision.start === true) return verdict;
  const due = calendar === undefined || isBroken(report) ? undefined : dueSince(calendar, past, now);
  return due === undefined ? verdict : decided({ kind: "schedule", at: due });
}

/** The calendar's first moment after the newest training, when it is over. Whatever started that training, it counts. */
function dueSince(
  { schedule, timezone }: { readonly schedule: string; readonly timezone: string },
  past: readonly PastTraining[],
  now: Date,
): Date | undefined {
  if (schedule === "none" || past.length === 0) return undefined;
  const { parseSchedule } = require("@sagewright/local") as typeof import("@sagewright/local");
  const newest = Math.max(...past.map(({ startedAt }) => startedAt.getTime()));
  const next = parseSchedule(schedule, timezone).next(newest, newest);
  return next === undefined || next > now.getTime() ? undefined : new Date(next);
}

function isBroken({ drift }: Pick<MonitorReport, "drift">): boolean {
  return drift.quality.some(({ severity }) => severity === "critical");
}

/** By the rules that the functions on AWS have too. */
function triggerOf({ drift, performance, latest, model, madeAt }: MonitorReport): RetrainingTrigger | undefined {
  const name = { name: model.group };
  const seen = driftObservation(drift, name, madeAt);
  const worth = performanceObservation(latest ?? performance, name, madeAt);
  return retrainingWish({ ...seen, findings: [...seen.findings, ...worth.findings] }, model.group);
}

/** Trainings of a group's pipeline, with what started them as their descriptions say. */
async function pastTrainings(clients: Clients, group: string): Promise<PastTraining[]> {
  const { pipeline } = await repeatableRun(clients, { group });
  if (pipeline === undefined) return [];
  const runs = await listExecutions(clients, { pipeline, limit: 100 });
  return runs.flatMap(({ StartTime, PipelineExecutionStatus: status, PipelineExecutionDescription: description }) => {
    if (StartTime === undefined) return [];
    const trigger = startedBy(description)?.trigger;
    const underWay = status === "Executing" || status === "Stopping";
    return [{ startedAt: StartTime, underWay, ...(trigger === undefined ? {} : { trigger }) }];
  });
}
