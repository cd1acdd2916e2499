import type { DriftReport } from "../drift/report";
import type { PerformanceReport } from "../performance/report";

/** CloudWatch namespace of everything this package publishes. */
export const METRIC_NAMESPACE = "Sagewright/Monitoring";

/** The only dimension: the model group. */
export const METRIC_DIMENSION = "Model";

/**
 * Every metric that is published for a model: its name in CloudWatch, its name at `/metrics`, its unit and meaning. Dashboards and
 * alarms take names from here. Features are never dimensions, since each would be a metric of its own.
 */
export const monitoringMetrics = {
  rocAuc: { name: "RocAuc", text: "sagewright_roc_auc", unit: "None", help: "ROC AUC of the last measured window." },
  rocAucLow: {
    name: "RocAucLow",
    text: "sagewright_roc_auc_low",
    unit: "None",
    help: "Lower end of its 95 % interval.",
  },
  rocAucHigh: {
    name: "RocAucHigh",
    text: "sagewright_roc_auc_high",
    unit: "None",
    help: "Upper end of its 95 % interval.",
  },
  labelShare: {
    name: "LabelShare",
    text: "sagewright_label_share",
    unit: "None",
    help: "Share of predictions with an outcome.",
  },
  driftedFeatures: {
    name: "DriftedFeatures",
    text: "sagewright_drifted_features",
    unit: "Count",
    help: "Features that drifted.",
  },
  worstDrift: {
    name: "WorstDrift",
    text: "sagewright_worst_drift",
    unit: "None",
    help: "PSI of the feature that drifted most.",
  },
  scoreDrift: { name: "ScoreDrift", text: "sagewright_score_drift", unit: "None", help: "PSI of the scores." },
  qualityFindings: {
    name: "QualityFindings",
    text: "sagewright_quality_findings",
    unit: "Count",
    help: "Findings about the data's quality.",
  },
  predictions: {
    name: "CapturedPredictions",
    text: "sagewright_captured_predictions",
    unit: "Count",
    help: "Captured predictions of the window.",
  },
} as const;

/** Key of {@link monitoringMetrics}. */
export type MonitoringMetric = keyof typeof monitoringMetrics;

/** Values that are known; what was not measured is absent, never zero. */
export interface MetricValues {
  readonly values: Readonly<Partial<Record<MonitoringMetric, number>>>;
  /** Names for people, in the log but not as metrics: `worstFeature`. */
  readonly properties: Readonly<Record<string, string>>;
}

/** What a drift report says in figures. */
export function driftMetrics(report: DriftReport): MetricValues {
  const tested = report.features.filter(({ statistics }) => statistics !== undefined);
  const [worst] = [...tested].sort((a, b) => (b.statistics?.psi ?? 0) - (a.statistics?.psi ?? 0));
  const drifted = tested.filter(({ verdict }) => verdict === "drift").map(({ feature }) => feature);
  return {
    values: {
      predictions: report.rows,
      ...(tested.length === 0 ? {} : { driftedFeatures: drifted.length, qualityFindings: report.quality.length }),
      ...(worst?.statistics === undefined ? {} : { worstDrift: worst.statistics.psi }),
      ...(report.score?.statistics === undefined ? {} : { scoreDrift: report.score.statistics.psi }),
    },
    properties: {
      window: `${report.window.from}/${report.window.to}`,
      verdict: report.verdict,
      ...(worst === undefined ? {} : { worstFeature: worst.feature }),
      ...(drifted.length === 0 ? {} : { driftedFeatures: drifted.slice(0, 20).join(", ") }),
    },
  };
}

/** What a performance report says in figures. */
export function performanceMetrics(report: PerformanceReport): MetricValues {
  const { overall, window } = report;
  const auc = overall.metrics.rocAuc;
  return {
    values: {
      ...(auc === undefined || auc.value === null
        ? {}
        : { rocAuc: auc.value, rocAucLow: auc.low, rocAucHigh: auc.high }),
      ...(overall.labelShare === null ? {} : { labelShare: overall.labelShare }),
    },
    properties: { window: `${window.from}/${window.to}`, verdict: overall.verdict },
  };
}
