import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { APPROVAL_VARIABLE, bundleOperation } from "@sagewright/sagemaker";
import { Duration, Resource, Stack } from "aws-cdk-lib";
import type { Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { type IQueue, Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { ApiFunction } from "../api/api-function";
import { deadLetters } from "../dead-letters";
import { checkedServing, type ServingInput } from "../endpoint/checked-serving";
import { PropsError } from "../errors";
import { deploymentStatements } from "./deployment-statements";

/** What an {@link ApprovedDeployment} serves, and how. */
export interface ApprovedDeploymentProps {
  /** Model package group whose approvals count. */
  readonly modelPackageGroupName: string;
  /** The endpoint; it is made by the first approval, and by no stack. */
  readonly endpointName: string;
  /** Mode `endpoint` or `serverless`: instances, way of updating, rollback alarms, autoscaling, capture. */
  readonly serving: ServingInput;
  /** With which the container reads the model. */
  readonly role: IRole;
  /** Where captured requests go, as an S3 URI; needed when `serving.capture` is there. @default nothing is captured */
  readonly captureUri?: string;
  /** Encrypts volumes and captures. @default keys that AWS manages */
  readonly encryptionKey?: IKey;
  /** Tags of what is made, beside who approved it and when. @default none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Days for which the log of approvals is kept. @default 365 */
  readonly logDays?: number;
}

/** Longest call: reading what is there, sending what is missing, and a short wait. */
const TIMEOUT = Duration.seconds(120);

/**
 * An approval in the registry serves its version: the event waits in a queue until the endpoint is free, a function does what
 * `sagewright deploy` does, and SageMaker shifts traffic while alarms watch. A rejection does nothing. Who approved, and when,
 * stands on the model and its configuration as tags and in the function's log.
 *
 * The endpoint belongs to the approvals: a stack that describes it as well would turn it back at its next update.
 *
 * @throws EnvironmentError for serving against a rule of the service; PropsError `serving_mode`
 * @example
 * new ApprovedDeployment(stack, "Release", { modelPackageGroupName: "churn", endpointName: "churn", role, serving });
 */
export class ApprovedDeployment extends Resource {
  readonly deadLetterQueue: IQueue;
  readonly rule: Rule;
  readonly deployer: ApiFunction;

  constructor(scope: Construct, id: string, props: ApprovedDeploymentProps) {
    super(scope, id);
    this.deadLetterQueue = deadLetters(this, "DeadLetters");
    const queue = new Queue(this, "Approvals", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // An update may take an hour: what has to wait comes again for three.
      visibilityTimeout: Duration.minutes(TIMEOUT.toMinutes() * 6),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 15 },
    });
    this.rule = new Rule(this, "Approved", {
      description: `Approvals of ${props.modelPackageGroupName}`,
      eventPattern: {
        source: ["aws.sagemaker"],
        detailType: ["SageMaker Model Package State Change"],
        detail: { ModelPackageGroupName: [props.modelPackageGroupName], ModelApprovalStatus: ["Approved"] },
      },
      targets: [new SqsQueue(queue, { deadLetterQueue: this.deadLetterQueue, maxEventAge: Duration.hours(6) })],
    });
    this.deployer = this.deploying(queue, props);
  }

  /** Approvals that could not be served. @default maximum over five minutes */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(options);
  }

  private deploying(queue: Queue, props: ApprovedDeploymentProps): ApiFunction {
    const { modelPackageGroupName, endpointName, role, captureUri, encryptionKey, tags, logDays = 365 } = props;
    const serving = checkedServing(props.serving);
    if (serving.mode === "embedded") {
      const rule = "has no endpoint. Use 'endpoint' or 'serverless'";
      throw new PropsError("serving_mode", "serving.mode", serving.mode, rule);
    }
    if (serving.mode === "endpoint" && serving.capture !== undefined && captureUri === undefined) {
      const rule = "is nowhere, and serving.capture needs a place. Give an S3 URI such as s3://bucket/captures";
      throw new PropsError("bucket_differs", "captureUri", captureUri, rule);
    }
    const code = mkdtempSync(join(tmpdir(), "sagewright-approved-"));
    bundleOperation("approved", code);
    const settings = {
      ...{ group: modelPackageGroupName, endpoint: endpointName, roleArn: role.roleArn, serving },
      ...(captureUri === undefined ? {} : { captureUri }),
      ...(encryptionKey === undefined ? {} : { kmsKey: encryptionKey.keyArn }),
      ...(tags === undefined ? {} : { tags }),
    };
    const deployer = new ApiFunction(this, "Deploy", {
      functionName: `${endpointName}-approved`,
      description: `Serves approved versions of ${modelPackageGroupName}`,
      code,
      environment: { [APPROVAL_VARIABLE]: Stack.of(this).toJsonString(settings) },
      statements: deploymentStatements(Stack.of(this), {
        ...{ modelPackageGroupName, endpointName, serving, role, queueArn: queue.queueArn },
        ...(encryptionKey === undefined ? {} : { encryptionKey }),
      }),
      memoryMb: 256,
      timeoutSeconds: TIMEOUT.toSeconds(),
      logDays,
      withoutQueue: "Called by a queue, whose own dead-letter queue takes what fails for good.",
    });
    const source = new EventSourceMapping(this, "Source", {
      target: deployer.function,
      eventSourceArn: queue.queueArn,
      batchSize: 1,
      reportBatchItemFailures: true,
      // One approval at a time; two is the least that Lambda takes.
      maxConcurrency: 2,
    });
    source.node.addDependency(deployer.role);
    return deployer;
  }
}
