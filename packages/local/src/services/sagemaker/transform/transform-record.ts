import type {
  CreateTransformJobRequest,
  DescribeTransformJobResponse,
  TransformJobStatus,
} from "@aws-sdk/client-sagemaker";
import type { Answer } from "../../../service";

/** A transform job as it is kept. Times are epoch milliseconds. */
export interface TransformRecord {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateTransformJobRequest;
  readonly status: TransformJobStatus;
  readonly creationTime: number;
  readonly lastModifiedTime: number;
  readonly startTime?: number;
  readonly endTime?: number;
  readonly failureReason?: string;
}

/** DescribeTransformJob's answer. */
export function transformDescription(job: TransformRecord): Answer<DescribeTransformJobResponse> {
  const { Tags: _tags, ...request } = job.request;
  const date = (time: number | undefined) => (time === undefined ? undefined : new Date(time));
  return {
    ...request,
    TransformJobName: job.name,
    TransformJobArn: job.arn,
    TransformJobStatus: job.status,
    FailureReason: job.failureReason,
    CreationTime: new Date(job.creationTime),
    TransformStartTime: date(job.startTime),
    TransformEndTime: date(job.endTime),
  } as Answer<DescribeTransformJobResponse>;
}
