import type { PerformanceReport } from "../performance/report";
import type { Observation } from "./finding";
import type { ReportedModel } from "./model";
import { performanceObservation } from "./performance-findings";

/** A window's performance, with the weeks before it: labels come late. */
export interface JudgedPerformance {
  readonly performance: PerformanceReport;
  /** By weeks, as far back as labels are looked for. */
  readonly history: PerformanceReport;
  /** The newest week that could be measured. @default the window was measured, or no week was */
  readonly latest?: PerformanceReport | null;
}

const DAY_MS = 86_400_000;
/** The share of a week's labels that is enough to call them there. */
const MOST = 0.5;

/**
 * What labels say of a model, and whether they came: ROC AUC of the newest week that could be measured, and the labels of the newest
 * week for which they should be there by now. Before that nobody is told that they are missing.
 *
 * @param at when the reports were made
 */
export function judgedObservation(
  { performance, history, latest }: JudgedPerformance,
  model: ReportedModel,
  { at, labelDelayDays }: { readonly at: string; readonly labelDelayDays: number },
): Observation {
  const key = `${model.name}/labels`;
  const judged = performanceObservation(latest ?? performance, model, at);
  const due = labelsDue(history, model, { at, labelDelayDays, key });
  return {
    format: 1,
    at,
    findings: [...judged.findings.filter((finding) => finding.key !== key), ...due.findings],
    cleared: [...judged.cleared.filter((each) => each !== key), ...due.cleared],
  };
}

interface Due {
  readonly at: string;
  readonly labelDelayDays: number;
  readonly key: string;
}

function labelsDue(
  history: PerformanceReport,
  model: ReportedModel,
  { at, labelDelayDays, key }: Due,
): Pick<Observation, "findings" | "cleared"> {
  const before = Date.parse(at) - labelDelayDays * DAY_MS;
  const due = history.weeks.findLast(({ predictions, window }) => predictions > 0 && Date.parse(window.to) <= before);
  if (due === undefined) return { findings: [], cleared: [] };
  // Labels that came and cannot be measured, being few or all alike, are not missing.
  if ((due.labelShare ?? 1) >= MOST) return { findings: [], cleared: [key] };
  const { gate: _, ...rest } = history;
  return performanceObservation({ ...rest, overall: due, window: due.window }, model, at);
}
