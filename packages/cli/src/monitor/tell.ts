import {
  type AlertRouter,
  driftObservation,
  judgedObservation,
  type RetrainingOutcome,
  retrainingObservation,
} from "@sagewright/monitoring";
import type { MonitorReport } from "./report";

/** What was done about a report's findings. */
export interface ToldPeople {
  readonly findings: number;
  readonly delivered: number;
  readonly failed: number;
  readonly waiting: number;
}

/** Hands a report's findings to the router, and sends what is due. What cannot be sent now is sent by a later run. */
export async function tellPeople(
  router: AlertRouter,
  report: MonitorReport,
  { signal, labelDelayDays = 30 }: { readonly signal: AbortSignal; readonly labelDelayDays?: number | undefined },
): Promise<ToldPeople> {
  const { drift, model, madeAt } = report;
  const name = { name: model.group };
  const observations = [
    driftObservation(drift, name, madeAt),
    judgedObservation(report, name, { at: madeAt, labelDelayDays }),
  ];
  await router.accept(...observations);
  const { delivered, failed, waiting } = await router.deliver({ signal });
  const findings = observations.reduce((sum, each) => sum + each.findings.length, 0);
  return { findings, delivered, failed, waiting };
}

/** Tells those who know of the trouble what the training came to. */
export async function tellOutcome(
  router: AlertRouter,
  outcome: RetrainingOutcome,
  { signal, now }: { readonly signal: AbortSignal; readonly now: Date },
): Promise<void> {
  await router.accept(retrainingObservation(outcome, now.toISOString()));
  await router.deliver({ signal });
}
