import {
  type AlertRouter,
  driftObservation,
  type Observation,
  performanceObservation,
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
  const observations = [
    driftObservation(drift, { name: model.group }, madeAt),
    judgedByLabels(report),
    labelsExpected(report, labelDelayDays),
  ];
  await router.accept(...observations);
  const { delivered, failed, waiting } = await router.deliver({ signal });
  const findings = observations.reduce((sum, each) => sum + each.findings.length, 0);
  return { findings, delivered, failed, waiting };
}

const DAY_MS = 86_400_000;

/** What labels say of the model. That they are missing is another matter. */
function judgedByLabels({ performance, latest, model, madeAt }: MonitorReport): Observation {
  const observation = performanceObservation(latest ?? performance, { name: model.group }, madeAt);
  const isOther = (key: string) => key !== labelsKey(model.group);
  return {
    ...observation,
    findings: observation.findings.filter(({ key }) => isOther(key)),
    cleared: observation.cleared.filter(isOther),
  };
}

/** Whether labels came for the newest week that they should have come for by now. */
function labelsExpected({ history, model, madeAt }: MonitorReport, delayDays: number): Observation {
  const before = Date.parse(madeAt) - delayDays * DAY_MS;
  const due = history.weeks.findLast(({ predictions, window }) => predictions > 0 && Date.parse(window.to) <= before);
  const nothing: Observation = { format: 1, at: madeAt, findings: [], cleared: [] };
  if (due === undefined) return nothing;
  // Labels that came and cannot be measured, being few or all alike, are not missing.
  if ((due.labelShare ?? 1) >= MOST) return { ...nothing, cleared: [labelsKey(model.group)] };
  const { gate: _, ...rest } = history;
  return performanceObservation({ ...rest, overall: due, window: due.window }, { name: model.group }, madeAt);
}

/** The share of a week's labels that is enough to call them there. */
const MOST = 0.5;

const labelsKey = (group: string): string => `${group}/labels`;

/** Tells those who know of the trouble what the training came to. */
export async function tellOutcome(
  router: AlertRouter,
  outcome: RetrainingOutcome,
  { signal, now }: { readonly signal: AbortSignal; readonly now: Date },
): Promise<void> {
  await router.accept(retrainingObservation(outcome, now.toISOString()));
  await router.deliver({ signal });
}
