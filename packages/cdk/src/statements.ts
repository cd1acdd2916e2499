import type { Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { IQueue } from "aws-cdk-lib/aws-sqs";

/** Writing to one log group. Groups are made by the stack, so nobody needs to make one. */
export function logStatements(group: ILogGroup): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: "Logs",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [group.logGroupArn],
    }),
  ];
}

/** Sending traces. X-Ray knows no resources for it. */
export function traceStatement(): PolicyStatement {
  return new PolicyStatement({
    sid: "Traces",
    actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    resources: ["*"],
  });
}

/** Reading and writing what a key encrypts. */
export function keyStatement(key: IKey): PolicyStatement {
  return new PolicyStatement({
    sid: "Key",
    actions: ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
    resources: [key.keyArn],
  });
}

/** Starting executions of one pipeline. */
export function startStatement(pipelineArn: string): PolicyStatement {
  return new PolicyStatement({
    sid: "Start",
    actions: ["sagemaker:StartPipelineExecution"],
    resources: [pipelineArn],
  });
}

/** ARN of an endpoint by name. */
export function endpointArn(stack: Stack, endpointName: string): string {
  return stack.formatArn({ service: "sagemaker", resource: "endpoint", resourceName: endpointName });
}

/** Leaving calls that failed for good in a queue, which a function's own role does. */
export function failureStatement(queue: IQueue): PolicyStatement {
  return new PolicyStatement({ sid: "Failures", actions: ["sqs:SendMessage"], resources: [queue.queueArn] });
}

/** Taking messages out of a queue, as Lambda does for a function. */
export function receiveStatement(queue: IQueue): PolicyStatement {
  return new PolicyStatement({
    sid: "Queue",
    actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"],
    resources: [queue.queueArn],
  });
}
