import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { ServiceError } from "../../../errors";
import { checkQueries } from "../metrics/metric-queries";
import { checkPeriod, dimensionsOf, invalid } from "../metrics/metric-request";
import { checkStatistic } from "../metrics/statistics";
import { knownComparisons } from "./alarm-evaluation";

const treatments = ["breaching", "notBreaching", "ignore", "missing"];

/** Refuses an alarm that CloudWatch would refuse, and what is not emulated. @throws ServiceError in CloudWatch's codes */
export function checkAlarm(input: PutMetricAlarmInput): void {
  const { ComparisonOperator = "", EvaluationPeriods, DatapointsToAlarm, TreatMissingData } = input;
  if (input.ThresholdMetricId !== undefined || !knownComparisons.includes(ComparisonOperator)) {
    throw new ServiceError(
      "ValidationError",
      `${input.ThresholdMetricId === undefined ? ComparisonOperator : "ThresholdMetricId"} is not emulated by Sagewright's embedded cloud: alarms compare with a Threshold, not with an anomaly detection band.`,
    );
  }
  if ((input as { EvaluationCriteria?: unknown }).EvaluationCriteria !== undefined) {
    throw new ServiceError("ValidationError", "EvaluationCriteria is not emulated by Sagewright's embedded cloud.");
  }
  if (input.Threshold === undefined) {
    throw new ServiceError("ValidationError", "Threshold is required for this ComparisonOperator.");
  }
  if (!(Number.isInteger(EvaluationPeriods) && (EvaluationPeriods ?? 0) >= 1)) {
    throw invalid(`The value ${EvaluationPeriods} for parameter EvaluationPeriods must be at least 1.`);
  }
  if (DatapointsToAlarm !== undefined && !(DatapointsToAlarm >= 1 && DatapointsToAlarm <= (EvaluationPeriods ?? 1))) {
    throw new ServiceError(
      "ValidationError",
      `The value ${DatapointsToAlarm} for parameter DatapointsToAlarm must be between 1 and EvaluationPeriods (${EvaluationPeriods}).`,
    );
  }
  if (TreatMissingData !== undefined && !treatments.includes(TreatMissingData)) {
    throw new ServiceError(
      "ValidationError",
      `The value ${TreatMissingData} for parameter TreatMissingData is not supported.`,
    );
  }
  if (input.EvaluateLowSampleCountPercentile === "ignore") {
    throw invalid("EvaluateLowSampleCountPercentile ignore is not emulated by Sagewright's embedded cloud.");
  }
  if (input.Metrics) checkMetrics(input);
  else checkMetric(input);
}

function checkMetric(input: PutMetricAlarmInput): void {
  for (const name of ["MetricName", "Namespace", "Period"] as const) {
    if (input[name] === undefined) throw new ServiceError("ValidationError", `The parameter ${name} is required.`);
  }
  dimensionsOf(input.Dimensions);
  checkPeriod(input.Period);
  if ((input.Statistic === undefined) === (input.ExtendedStatistic === undefined)) {
    throw new ServiceError("ValidationError", "Exactly one of Statistic and ExtendedStatistic must be specified.");
  }
  checkStatistic(input.Statistic ?? input.ExtendedStatistic ?? "");
  const seconds = (input.Period ?? 0) * (input.EvaluationPeriods ?? 0);
  const most = (input.Period ?? 0) < 3600 ? 86_400 : 7 * 86_400;
  if (seconds > most) {
    throw new ServiceError(
      "ValidationError",
      `Metrics cannot be checked across more than ${most / 86_400 === 1 ? "a day" : "a week"} (EvaluationPeriods * Period must be <= ${most}).`,
    );
  }
}

function checkMetrics(input: PutMetricAlarmInput): void {
  for (const name of ["MetricName", "Namespace", "Period", "Statistic", "ExtendedStatistic", "Dimensions"] as const) {
    const value = input[name];
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) {
      throw new ServiceError("ValidationError", `${name} must not be given together with Metrics.`);
    }
  }
  checkQueries(input.Metrics ?? []);
  if ((input.Metrics ?? []).filter(({ ReturnData }) => ReturnData !== false).length !== 1) {
    throw new ServiceError("ValidationError", "Exactly one element of the metrics list should return data.");
  }
}
