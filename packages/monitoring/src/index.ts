export type { Channel, Outgoing, Secrets } from "./alerts/channels/channel";
export type { ChannelAddresses } from "./alerts/channels/channels";
export type { PublishMail } from "./alerts/channels/email";
export { type Alerts, type AlertsInput, type AlertTarget, defineAlerts } from "./alerts/config";
export {
  AlertRouter,
  type AlertRouterOptions,
  type Attempt,
  type DeliverySummary,
  type RouterClock,
} from "./alerts/router";
export { environmentSecrets, managedSecrets, secretsManager, secretVariable } from "./alerts/secrets";
export type { AlertState, DeadLetter, Delivery, Incident, Message } from "./alerts/state";
export { AlertStore, type VersionedDocument } from "./alerts/store";
export { folderDocument } from "./alerts/stores/folder-document";
export { s3Document } from "./alerts/stores/s3-document";
export { type Waiting, type WaitingReason, waitingOf } from "./alerts/waiting";
export {
  type Baseline,
  type CategoryBaseline,
  type ColumnBaseline,
  type NumberBaseline,
  type RelationsBaseline,
  readBaseline,
  type ScoreBaseline,
  type SegmentBaseline,
} from "./baseline/baseline";
export { type Comparison, compareWithBaseline, modelShares } from "./drift/compare";
export { type DriftOptions, defaultDriftRules } from "./drift/options";
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
export { type AlarmNotes, alarmDescription, alarmObservation } from "./findings/alarm-findings";
export { driftObservation } from "./findings/drift-findings";
export { type Finding, type FindingKind, type Observation, observationSchema, type Severity } from "./findings/finding";
export { FINDING_EVENT, OBSERVATION_EVENT } from "./findings/finding-event";
export { type JudgedPerformance, judgedObservation } from "./findings/judged-findings";
export type { ReportedModel } from "./findings/model";
export { type Notice, noticeObservation } from "./findings/notice-findings";
export { performanceObservation } from "./findings/performance-findings";
export { reportObservation } from "./findings/report-observation";
export { bundleMonitoringLambda, type MonitoringLambda } from "./lambda/bundle";
export {
  driftMetrics,
  METRIC_DIMENSION,
  METRIC_NAMESPACE,
  type MetricValues,
  type MonitoringMetric,
  monitoringMetrics,
  performanceMetrics,
} from "./metrics/metrics";
export { embeddedMetrics, type MetricContext, metricsText } from "./metrics/publish";
export { type FoundLabels, type KnownLabel, readLabels } from "./performance/ground-truth";
export {
  type Label,
  measurePerformance,
  type PerformanceOptions,
  type ScoredPrediction,
  weeksOf,
} from "./performance/measure";
export type {
  BinaryMetric,
  CalibrationBin,
  Figure,
  PerformanceReport,
  PeriodPerformance,
  RegressionMetric,
} from "./performance/report";
export type { ModelMonitorConstraints } from "./reports/constraints";
export { type ModelMonitorDocuments, type ModelMonitorInput, modelMonitorDocuments } from "./reports/model-monitor";
export type { ModelMonitorStatistics } from "./reports/statistics";
export type { ModelMonitorViolation, ModelMonitorViolations, ViolationCheck } from "./reports/violations";
export {
  decideRetraining,
  type PastTraining,
  type RetrainingDecision,
  type RetrainingRules,
  type RetrainingTrigger,
  retrainingCause,
  retrainingToken,
} from "./retraining/decide";
export { retrainingDescription, startedBy } from "./retraining/description";
export type { FreshSources } from "./retraining/fresh-rows";
export type { HistoryFile } from "./retraining/history";
export { type DataObject, lastData } from "./retraining/last-data";
export {
  asItWas,
  type FreshRules,
  type MergeRequest,
  type MergeSummary,
  usualFreshRules,
} from "./retraining/merge-data";
export { type LabelledRow, type MergedRow, type MergedRows, type MergeRules, mergeRows } from "./retraining/merge-rows";
export { customerDigest, MERGED_PREFIX, mergedColumns } from "./retraining/merged-columns";
export {
  type BaseMerge,
  type BaseMerged,
  isMerged,
  type MergedPlace,
  mergeWithBase,
} from "./retraining/merged-objects";
export { type RetrainingOutcome, retrainingObservation } from "./retraining/outcome";
export { type ListedRun, pastTrainings } from "./retraining/past-trainings";
export { RETRAINING_EVENT } from "./retraining/retraining-event";
export { retrainingWish } from "./retraining/wish";
export {
  binnedKolmogorovSmirnov,
  binnedWasserstein,
  chiSquared,
  jensenShannonDistance,
  lInfinity,
  populationStabilityIndex,
  shares,
  type TwoHistograms,
} from "./statistics/binned";
export {
  chiSquaredQuantile,
  chiSquaredTail,
  kolmogorovTail,
  normalQuantile,
  normalTail,
} from "./statistics/distributions";
export { fisherTest, type TwoShares } from "./statistics/fisher";
export { type Interval, meanInterval, wilson } from "./statistics/intervals";
export { averagePrecision, byClass, type ClassScores, rocAuc } from "./statistics/ranking";
export { histogram, kolmogorovSmirnov, wasserstein } from "./statistics/raw";
export { logGamma } from "./statistics/special";
export { type CaptureLine, captureLines } from "./summary/capture-lines";
export {
  type CapturedPrediction,
  type CaptureParser,
  captureParser,
  type RefusalReason,
} from "./summary/captured-prediction";
export type { ColumnBatch, ColumnValues } from "./summary/column-blocks";
export { EventIds } from "./summary/event-ids";
export { latencyQuantile } from "./summary/latency";
export { addSummary, mergeSummaries } from "./summary/merge";
export type { RecordFile, RecordFiles } from "./summary/record-files";
export { type CountedPrediction, RowCounter } from "./summary/row-counter";
export { type HourState, hourOf, Summariser, type SummariserOptions } from "./summary/summariser";
export {
  type ColumnSummary,
  emptySummary,
  type LeftOut,
  type ModelSummary,
  type SegmentSummary,
  type Summary,
} from "./summary/summary";
export { readSummary, SUMMARY_FORMAT, summaryJson } from "./summary/summary-json";
export type { ModelShare, Window } from "./window";
