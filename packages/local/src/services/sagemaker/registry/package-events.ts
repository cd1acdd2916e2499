import type { CloudEvent } from "../../../event-bus";
import type { ModelPackageRecord } from "./records";

/**
 * What EventBridge hears of a package: creation, deletion and every update.
 *
 * @param updated - members that an update has given; nothing tells them apart from what really changed
 */
export function packageEvent(record: ModelPackageRecord, time: Date, updated?: readonly string[]): CloudEvent {
  return {
    source: "aws.sagemaker",
    detailType: "SageMaker Model Package State Change",
    time,
    resources: [record.arn],
    detail: {
      ModelPackageName: record.name,
      ...(record.group !== undefined && { ModelPackageGroupName: record.group }),
      ...(record.version !== undefined && { ModelPackageVersion: record.version }),
      ModelPackageArn: record.arn,
      ...(record.content.ModelPackageDescription !== undefined && {
        ModelPackageDescription: record.content.ModelPackageDescription,
      }),
      CreationTime: record.createdAt,
      ...(record.content.InferenceSpecification && { InferenceSpecification: record.content.InferenceSpecification }),
      ModelPackageStatus: record.status,
      ModelPackageStatusDetails: { ValidationStatuses: [] },
      ...(record.approval !== undefined && { ModelApprovalStatus: record.approval }),
      ...(record.approvalDescription !== undefined && { ApprovalDescription: record.approvalDescription }),
      ...(record.modifiedBy !== undefined && { LastModifiedBy: record.modifiedBy }),
      ...(updated !== undefined && { UpdatedModelPackageFields: updated }),
      Tags: {},
    },
  };
}
