import type { DriftReport, FeatureDrift, PerformanceReport, Window } from "@sagewright/monitoring";
import { verdictOf } from "./verdict";

/** What is known of a model in a window, as data: the page, the table and `--json` are made of it. */
export interface MonitorReport {
  readonly format: 1;
  readonly kind: "monitor";
  readonly model: WatchedModel;
  readonly window: Window;
  /** ISO 8601. */
  readonly madeAt: string;
  /** `unknown`: too little was captured to say anything, which is never "in order". */
  readonly verdict: "attention" | "in_order" | "unknown";
  /** The first line: what was found, with numbers. */
  readonly sentence: string;
  /** What to do, with a command where there is one. */
  readonly next: string;
  readonly drift: DriftReport;
  /** Of the window. */
  readonly performance: PerformanceReport;
  /** By weeks, for twelve weeks at least. */
  readonly history: PerformanceReport;
  /** The newest week that could be measured, where the window could not: labels come late. @default null */
  readonly latest: PerformanceReport | null;
  /** Worst for the model first: by what drifted beyond chance times importance. */
  readonly features: readonly RankedFeature[];
  /** Incidents that were open in the window, newest first. */
  readonly alerts: readonly AlertLine[];
}

/** The version that is compared with its own baseline. */
export interface WatchedModel {
  readonly group: string;
  readonly version: number;
  readonly arn: string;
}

/** Where a feature stands in the report. */
export interface RankedFeature {
  readonly feature: string;
  /** Share of what the model's test metric loses when this feature is shuffled. @default null: it was not measured */
  readonly importance: number | null;
  /** PSI beyond what chance explains, times importance. */
  readonly weight: number;
}

/** An incident of the alert router. */
export interface AlertLine {
  readonly id: string;
  readonly severity: string;
  readonly title: string;
  readonly opened: string;
  /** @default null: it is open */
  readonly closed: string | null;
}

/** What a report is made of. */
export interface ReportParts
  extends Pick<
    MonitorReport,
    "model" | "window" | "madeAt" | "drift" | "performance" | "history" | "latest" | "alerts"
  > {
  /** As evaluation.json has it. */
  readonly importance: readonly { readonly feature: string; readonly mean: number }[];
  /** Options that name the same cloud again, for advice. */
  readonly again: string;
}

/** Puts the parts together: order, verdict, next step. */
export function monitorReport({ importance, again, ...parts }: ReportParts): MonitorReport {
  return {
    format: 1,
    kind: "monitor",
    ...parts,
    ...verdictOf(parts, again),
    features: ranked(parts.drift.features, importance),
  };
}

/** The drift of a feature that a report ranks. */
export function driftOf({ drift }: MonitorReport, feature: string): FeatureDrift {
  const found = drift.features.find((each) => each.feature === feature);
  if (found === undefined) throw new Error(`The report has no feature ${feature}`);
  return found;
}

/** What happened to a feature, where its name stands beside it. */
export function withoutName({ feature, sentence }: FeatureDrift): string {
  return sentence.startsWith(`${feature}: `) ? sentence.slice(feature.length + 2) : sentence;
}

function ranked(features: readonly FeatureDrift[], importance: ReportParts["importance"]): RankedFeature[] {
  const means = new Map(importance.map(({ feature, mean }) => [feature, Math.max(0, mean)]));
  const total = [...means.values()].reduce((sum, mean) => sum + mean, 0);
  const rows = features.map((drift) => {
    const mean = means.get(drift.feature);
    const share = mean === undefined || total === 0 ? null : mean / total;
    return { drift, row: { feature: drift.feature, importance: share, weight: beyondChance(drift) * (share ?? 0) } };
  });
  return rows
    .sort(
      (a, b) =>
        b.row.weight - a.row.weight ||
        Number(b.drift.verdict === "drift") - Number(a.drift.verdict === "drift") ||
        beyondChance(b.drift) - beyondChance(a.drift),
    )
    .map(({ row }) => row);
}

function beyondChance({ statistics }: FeatureDrift): number {
  return statistics === undefined ? 0 : Math.max(0, statistics.psi - statistics.psiNoise);
}
