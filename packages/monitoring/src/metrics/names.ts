/** Namespace of every metric that this product publishes itself. */
export const METRICS_NAMESPACE = "Sagewright";

/** Names of dimensions. */
export const METRIC_DIMENSIONS = { model: "Model", feature: "Feature", tier: "Tier" } as const;

/**
 * Names of metrics, with the dimension `Model` alone where nothing else is said. Each is one custom metric of CloudWatch, about
 * $0.30 a month while it is published: that is why only the worst few features have one of their own.
 */
export const METRICS = {
  /** ROC AUC of the last week with labels, 0 to 1; published when it was measured, and then alone. */
  rocAuc: "RocAuc",
  /** Ends of its 95 % interval. */
  rocAucLow: "RocAucLow",
  rocAucHigh: "RocAucHigh",
  /** Share of that week's predictions that have a label. */
  labelShare: "LabelShare",
  /** Features, and the score, whose distribution moved: 0 when a comparison found none, nothing when there was none. */
  driftedFeatures: "DriftedFeatures",
  /** PSI without the part that chance explains; dimensions `Model` and `Feature`, of the worst few features. */
  featureDrift: "FeatureDrift",
  /** Captured predictions in an hour that was summarised: 0 when it held none. */
  capturedPredictions: "CapturedPredictions",
  /** Predictions of an hour by risk tier; dimensions `Model` and `Tier`. */
  predictions: "Predictions",
} as const;
