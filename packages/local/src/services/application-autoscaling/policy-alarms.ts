import type { TargetTrackingScalingPolicyConfiguration } from "@aws-sdk/client-application-auto-scaling";
import type { MetricDataQuery, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { validationException } from "../../errors";
import { placeOf } from "./records";

/** A predefined metric of SageMaker's endpoints as CloudWatch has it. */
interface Predefined {
  readonly name: string;
  readonly statistic: "Sum" | "Average" | "Maximum";
  readonly periodSeconds: number;
}

const predefined: Record<string, Predefined> = {
  SageMakerVariantInvocationsPerInstance: { name: "InvocationsPerInstance", statistic: "Sum", periodSeconds: 60 },
  SageMakerVariantConcurrentRequestsPerModelHighResolution: {
    name: "ConcurrentRequestsPerModel",
    statistic: "Maximum",
    periodSeconds: 10,
  },
};

/** The alarms of a target tracking policy: above the target for three periods, clearly below it for fifteen. */
export function trackingAlarms(
  resource: string,
  policyArn: string,
  policy: TargetTrackingScalingPolicyConfiguration,
  newId: () => string,
): PutMetricAlarmInput[] {
  const target = policy.TargetValue ?? 0;
  const metric = metricOf(resource, policy);
  const alarm = (side: "High" | "Low"): PutMetricAlarmInput => ({
    AlarmName: `TargetTracking-${resource}-Alarm${side}-${newId()}`,
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policyArn}.`,
    ...metric,
    ComparisonOperator: side === "High" ? "GreaterThanThreshold" : "LessThanThreshold",
    Threshold: side === "High" ? target : target * 0.9,
    EvaluationPeriods: side === "High" ? 3 : 15,
    AlarmActions: [policyArn],
    ActionsEnabled: true,
  });
  return policy.DisableScaleIn === true ? [alarm("High")] : [alarm("High"), alarm("Low")];
}

function metricOf(resource: string, policy: TargetTrackingScalingPolicyConfiguration): Partial<PutMetricAlarmInput> {
  const { PredefinedMetricSpecification: given, CustomizedMetricSpecification: custom } = policy;
  if ((given === undefined) === (custom === undefined)) {
    throw validationException(
      "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be given.",
    );
  }
  if (given) {
    const known = predefined[given.PredefinedMetricType ?? ""];
    if (!known) {
      throw validationException(
        `The predefined metric ${given.PredefinedMetricType} is not emulated by Sagewright's embedded cloud. It has ${Object.keys(predefined).join(" and ")}.`,
      );
    }
    const place = placeOf(resource);
    return {
      Namespace: "AWS/SageMaker",
      MetricName: known.name,
      Dimensions: [
        { Name: "EndpointName", Value: place?.endpoint },
        { Name: "VariantName", Value: place?.variant },
      ],
      Statistic: known.statistic,
      Period: known.periodSeconds,
    };
  }
  if (custom?.Metrics) {
    return {
      Metrics: custom.Metrics.map(
        (query): MetricDataQuery => ({
          Id: query.Id,
          ...(query.Expression !== undefined && { Expression: query.Expression }),
          ...(query.Label !== undefined && { Label: query.Label }),
          ...(query.ReturnData !== undefined && { ReturnData: query.ReturnData }),
          ...(query.MetricStat && { MetricStat: { ...query.MetricStat, Period: 60 } as MetricDataQuery["MetricStat"] }),
        }),
      ),
    };
  }
  return {
    Namespace: custom?.Namespace,
    MetricName: custom?.MetricName,
    Dimensions: (custom?.Dimensions ?? []).map(({ Name, Value }) => ({ Name, Value })),
    Statistic: custom?.Statistic,
    ...(custom?.Unit !== undefined && { Unit: custom.Unit as PutMetricAlarmInput["Unit"] }),
    Period: 60,
  };
}
