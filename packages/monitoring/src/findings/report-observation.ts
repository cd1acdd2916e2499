import type { DriftReport } from "../drift/report";
import { driftObservation } from "./drift-findings";
import type { Observation } from "./finding";
import { type JudgedPerformance, judgedObservation } from "./judged-findings";
import type { ReportedModel } from "./model";

/** What a window's reports say, as one observation: nothing between two can be lost or come first. */
export function reportObservation(
  report: JudgedPerformance & { readonly drift: DriftReport },
  model: ReportedModel,
  when: { readonly at: string; readonly labelDelayDays: number },
): Observation {
  const both = [driftObservation(report.drift, model, when.at), judgedObservation(report, model, when)];
  return {
    format: 1,
    at: when.at,
    findings: both.flatMap(({ findings }) => findings),
    cleared: both.flatMap(({ cleared }) => cleared),
  };
}
