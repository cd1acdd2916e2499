import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type { AlarmState } from "./alarm-states";

/** Datapoints of the evaluation range, oldest first; undefined where a period has none. */
export type Datapoints = readonly (number | undefined)[];

/** What an evaluation found. */
export interface Evaluation {
  readonly state: AlarmState;
  readonly reason: string;
  /** The datapoints that decided, newest first. */
  readonly recent: readonly (number | undefined)[];
}

/** Periods that are read beyond the evaluation periods, for data that is missing among them. */
export const extraPeriods = 2;

const comparisons: Record<string, { holds: (value: number, threshold: number) => boolean; words: string }> = {
  GreaterThanOrEqualToThreshold: { holds: (a, b) => a >= b, words: "greater than or equal to" },
  GreaterThanThreshold: { holds: (a, b) => a > b, words: "greater than" },
  LessThanThreshold: { holds: (a, b) => a < b, words: "less than" },
  LessThanOrEqualToThreshold: { holds: (a, b) => a <= b, words: "less than or equal to" },
};

/** Comparison operators that are emulated; the others compare with an anomaly detection band. */
export const knownComparisons = Object.keys(comparisons);

/**
 * Decides an alarm's state: M of the last N datapoints; where some are missing, older ones of the range stand in, else
 * `TreatMissingData` decides (Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data").
 *
 * @param range as many periods as the alarm evaluates, and {@link extraPeriods} more
 * @param current what the alarm keeps where nothing can be said
 */
export function evaluate(
  alarm: Pick<
    PutMetricAlarmInput,
    "ComparisonOperator" | "Threshold" | "EvaluationPeriods" | "DatapointsToAlarm" | "TreatMissingData"
  >,
  range: Datapoints,
  current: AlarmState,
): Evaluation {
  const count = alarm.EvaluationPeriods ?? 1;
  const needed = alarm.DatapointsToAlarm ?? count;
  const threshold = alarm.Threshold ?? 0;
  const { holds, words } = comparisons[alarm.ComparisonOperator ?? ""] as (typeof comparisons)[string];
  const treatment = alarm.TreatMissingData ?? "missing";
  const all = range.filter((value) => value !== undefined);
  // Enough data in the range: the newest of it decides. Else what there is, and the treatment for the rest.
  const present = all.slice(-count);
  const missing = count - present.length;
  const breaching = present.filter((value) => holds(value, threshold)).length;
  const fine = present.length - breaching;
  const recent = range.slice(-count).reverse();
  const say = (state: AlarmState): Evaluation => ({
    state,
    recent,
    reason: reasonOf(state, { range, present, missing, needed, count, threshold, words, treatment }),
  });
  if (missing === 0) return say(breaching >= needed ? "ALARM" : "OK");
  if (treatment === "breaching") return say(breaching + missing >= needed ? "ALARM" : "OK");
  if (treatment === "notBreaching") return say(breaching >= needed ? "ALARM" : "OK");
  if (present.length === 0) return say(treatment === "ignore" ? current : "INSUFFICIENT_DATA");
  if (breaching >= needed) return say("ALARM");
  if (fine > 0) return say("OK");
  if (treatment === "ignore") return say(current);
  // Only breaching data: an alarm as soon as the oldest of it is as old as the datapoints to alarm.
  const oldest = range.length - range.findIndex((value) => value !== undefined && holds(value, threshold));
  return say(oldest >= needed ? "ALARM" : "INSUFFICIENT_DATA");
}

interface ReasonFacts {
  readonly range: Datapoints;
  readonly present: readonly number[];
  readonly missing: number;
  readonly needed: number;
  readonly count: number;
  readonly threshold: number;
  readonly words: string;
  readonly treatment: string;
}

function reasonOf(state: AlarmState, facts: ReasonFacts): string {
  const { present, missing, needed, count, threshold, words, treatment } = facts;
  const points = present.map((value) => `${decimal(value)}`).join(", ");
  const plural = present.length === 1 ? "datapoint" : "datapoints";
  if (state === "INSUFFICIENT_DATA" || (present.length === 0 && treatment === "missing")) {
    return `Insufficient Data: ${missing} datapoint${missing === 1 ? " was" : "s were"} unknown.`;
  }
  if (present.length === 0) {
    const verb = treatment === "breaching" ? "were treated as [Breaching]" : "were treated as [NonBreaching]";
    return `Threshold Crossed: no datapoints were received for ${count} period${count === 1 ? "" : "s"} and ${count} missing datapoint${count === 1 ? "" : "s"} ${verb}.`;
  }
  const direction = state === "ALARM" ? `${words}` : `not ${words}`;
  const verb = present.length === 1 ? "was" : "were";
  const minimum = `(minimum ${needed} datapoint${needed === 1 ? "" : "s"} for ${state === "ALARM" ? "OK -> ALARM" : "ALARM -> OK"} transition)`;
  return `Threshold Crossed: ${present.length} out of the last ${count} ${plural} [${points}] ${verb} ${direction} the threshold (${decimal(threshold)}) ${minimum}.`;
}

const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));
