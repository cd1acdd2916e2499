import {
  decideRetraining,
  type PastTraining,
  pastTrainings,
  type RetrainingDecision,
  type RetrainingRules,
  type RetrainingTrigger,
  reportObservation,
  retrainingWish,
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
  const past = await trainingsOf(clients, group);
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

/** By the rules that the functions on AWS have too; that labels are late asks for nothing. */
function triggerOf(report: MonitorReport): RetrainingTrigger | undefined {
  const { group } = report.model;
  const seen = reportObservation(report, { name: group }, { at: report.madeAt, labelDelayDays: 30 });
  return retrainingWish(seen, group);
}

/** Trainings of a group's pipeline. */
async function trainingsOf(clients: Clients, group: string): Promise<PastTraining[]> {
  const { pipeline } = await repeatableRun(clients, { group });
  return pipeline === undefined ? [] : pastTrainings(await listExecutions(clients, { pipeline, limit: 100 }));
}
