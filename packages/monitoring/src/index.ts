export type {
  ComparedDistribution,
  DriftReport,
  DriftSeverity,
  DriftStatistics,
  DriftVerdict,
  FeatureDrift,
  QualityCode,
  QualityFinding,
  RelationChange,
  RelationDrift,
  SegmentDrift,
} from "./drift/report";
export { MonitoringError } from "./errors";
export type {
  BinaryMetric,
  CalibrationBin,
  Figure,
  PerformanceReport,
  PeriodPerformance,
  RegressionMetric,
} from "./performance/report";
export type { ModelShare, Window } from "./window";
