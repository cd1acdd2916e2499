import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { APPROVAL_VARIABLE, bundleOperation, captureOf, RELEASED_METRIC } from "@sagewright/sagemaker";
import { Duration, Resource, Stack } from "aws-cdk-lib";
import { Metric, type MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction, SqsQueue } from "aws-cdk-lib/aws-events-targets";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { EventSourceMapping } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { type IQueue, Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { acknowledge, acknowledgeWildcards } from "../acknowledge";
import { ApiFunction } from "../api/api-function";
import { deadLetters } from "../dead-letters";
import { checkedServing, type ServingInput } from "../endpoint/checked-serving";
import { PropsError } from "../errors";
import { failureStatement, receiveStatement } from "../statements";
import { deploymentStatements, madeNames, publicationStatements, releaseStatements } from "./deployment-statements";

/** What an {@link ApprovedDeployment} serves, and how. */
export interface ApprovedDeploymentProps {
  /** Model package group whose approvals count. */
  readonly modelPackageGroupName: string;
  /** The endpoint; it is made by the first approval, and by no stack. Of mode `embedded` what functions look for. */
  readonly endpointName: string;
  /** Instances, way of updating, rollback alarms, autoscaling, capture; of mode `embedded` nothing but the mode counts. */
  readonly serving: ServingInput;
  /**
   * Name of the stack that serves, where its parameters say which version: an approval updates it with the template that it has, and
   * CloudFormation and the stack's own role do the rest. @default the endpoint belongs to no stack
   */
  readonly stackName?: string;
  /** Decision policy that the functions of a stack carry beside their model, as JSON. @default the usual one */
  readonly policy?: object;
  /** With which the container reads the model; mode `embedded` and a stack need none. */
  readonly role?: IRole;
  /** Name of the bucket in which approvals are remembered; it has the models, and what functions read or carry of them. */
  readonly bucket: string;
  /** Where captured requests go, as an S3 URI; needed when `serving.capture` is there. @default nothing is captured */
  readonly captureUri?: string;
  /** Encrypts the bucket, volumes and captures. @default keys that AWS manages */
  readonly encryptionKey?: IKey;
  /** Tags of what is made, beside who approved it and when. @default none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Days for which the log of approvals is kept. @default 365 */
  readonly logDays?: number;
}

/** Longest call: reading what is there, sending what is missing, and a short wait. */
const TIMEOUT = Duration.seconds(120);

/** A lost call leaves its hour with another one. */
const HEARTBEAT = Duration.minutes(30);

/**
 * An approval in the registry serves its version: the event waits in a queue until the endpoint is free, a function does what
 * `sagewright deploy` does, and SageMaker shifts traffic while alarms watch; functions that score themselves are pointed at the
 * version. A rejection does nothing but be remembered, so that an approval after it acts again, and a change of a version's
 * description never does. Who approved, and when, stands in the bucket under `serving/ENDPOINT/approvals/`, in the function's log, and
 * on the model and its configuration as tags.
 *
 * Twice an hour the function says whether anything was released yet: see {@link metricReleased}.
 *
 * The endpoint belongs to the approvals, or to the stack that is named: one that describes it as well would turn it back at its
 * next update.
 *
 * @throws EnvironmentError for serving against a rule of the service; PropsError `serving_mode`
 * @example
 * new ApprovedDeployment(stack, "Release", { modelPackageGroupName: "churn", endpointName: "churn", role, serving });
 */
export class ApprovedDeployment extends Resource {
  readonly deadLetterQueue: IQueue;
  readonly rule: Rule;
  readonly deployer: ApiFunction;
  readonly modelPackageGroupName: string;

  constructor(scope: Construct, id: string, props: ApprovedDeploymentProps) {
    super(scope, id);
    this.modelPackageGroupName = props.modelPackageGroupName;
    this.deadLetterQueue = deadLetters(this, "DeadLetters");
    const queue = new Queue(this, "Approvals", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // An update may take an hour: what has to wait comes again for three.
      visibilityTimeout: Duration.minutes(TIMEOUT.toMinutes() * 6),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 15 },
    });
    this.rule = new Rule(this, "Approved", {
      description: `Decisions about ${props.modelPackageGroupName}`,
      eventPattern: {
        source: ["aws.sagemaker"],
        detailType: ["SageMaker Model Package State Change"],
        detail: {
          ModelPackageGroupName: [props.modelPackageGroupName],
          ModelApprovalStatus: ["Approved", "Rejected", "PendingManualApproval"],
        },
      },
      targets: [new SqsQueue(queue, { deadLetterQueue: this.deadLetterQueue, maxEventAge: Duration.hours(6) })],
    });
    this.deployer = this.deploying(queue, props);
    this.beating(this.deployer);
  }

  /**
   * Whether a version was ever released, by an approval or by hand: 1, or 0 before the first. `ModelAlarms` take it as `released`, so
   * that nobody is woken by the silence of an API that serves nothing yet. @default minimum over an hour: 1 when it was so all the time
   */
  metricReleased(options?: MetricOptions): Metric {
    const { namespace, name, dimension } = RELEASED_METRIC;
    return new Metric({
      ...{ namespace, metricName: name, dimensionsMap: { [dimension]: this.modelPackageGroupName } },
      ...{ statistic: "Minimum", period: Duration.hours(1) },
      ...options,
    });
  }

  /** Approvals that could not be served. @default maximum over five minutes */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(options);
  }

  private deploying(queue: Queue, props: ApprovedDeploymentProps): ApiFunction {
    const { modelPackageGroupName, endpointName, logDays = 365 } = props;
    const { settings, statements, wildcards } = approval(Stack.of(this), props);
    const code = mkdtempSync(join(tmpdir(), "sagewright-approved-"));
    bundleOperation("approved", code);
    if (props.policy !== undefined) writeFileSync(join(code, "policy.json"), JSON.stringify(props.policy));
    const deployer = new ApiFunction(this, "Deploy", {
      functionName: `${endpointName}-approved`,
      description: `Serves approved versions of ${modelPackageGroupName}`,
      code,
      environment: { [APPROVAL_VARIABLE]: Stack.of(this).toJsonString(settings) },
      statements: [receiveStatement(queue), failureStatement(this.deadLetterQueue), ...statements],
      memoryMb: 512,
      timeoutSeconds: TIMEOUT.toSeconds(),
      logDays,
      withoutQueue: "Called by a queue and by a schedule; the dead-letter queue takes what fails for good of both.",
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
    acknowledge(source, {
      "Serverless-LambdaEventSourceMappingDestination":
        "A queue keeps what its reader failed on itself, and its redrive policy moves it to the dead-letter queue.",
    });
    for (const [reason, resources] of Object.entries(wildcards)) acknowledgeWildcards(deployer, resources, reason);
    return deployer;
  }

  private beating({ function: target }: ApiFunction): void {
    const { deadLetterQueue } = this;
    const patience = { retryAttempts: 2, maxEventAge: HEARTBEAT };
    target.configureAsyncInvoke({ ...patience, onFailure: new SqsDestination(deadLetterQueue) });
    new Rule(this, "Heartbeat", {
      description: `Whether a version of ${this.modelPackageGroupName} was released`,
      schedule: Schedule.rate(HEARTBEAT),
      targets: [new LambdaFunction(target, { deadLetterQueue, ...patience })],
    });
  }
}

/** What the function is told, and what it may do. */
function approval(stack: Stack, props: ApprovedDeploymentProps) {
  const { modelPackageGroupName, endpointName, role, bucket, captureUri, encryptionKey, tags } = props;
  const names = { group: modelPackageGroupName, endpoint: endpointName };
  const key = encryptionKey === undefined ? {} : { encryptionKey };
  if (bucket === undefined) {
    const rule = "is nowhere, and approvals are remembered in a bucket. Give the name of the one that has the models";
    throw new PropsError("bucket_differs", "bucket", bucket, rule);
  }
  const serving = checkedServing(props.serving);
  if (props.stackName !== undefined) return release(stack, { ...props, stackName: props.stackName });
  if (serving.mode === "embedded") {
    return {
      settings: { ...names, serving: { mode: serving.mode }, bucket },
      statements: publicationStatements(stack, { modelPackageGroupName, endpointName, bucket, ...key }),
      wildcards: {
        [BY_NUMBER]: [wild(stack, "sagemaker", `model-package/${modelPackageGroupName.toLowerCase()}/*`)],
        "Archives are in folders that executions name.": [`arn:<AWS::Partition>:s3:::${bucket}/runs/*`],
        [BY_VERSION]: [remembered(bucket, endpointName)],
        "Models are published in folders named by their digests.": [
          `arn:<AWS::Partition>:s3:::${bucket}/serving/models/*`,
        ],
      },
    };
  }
  if (role === undefined) {
    const rule = `is missing, and serving.mode '${serving.mode}' needs one. Give the role with which the container reads the model`;
    throw new PropsError("serving_mode", "role", role, rule);
  }
  if (serving.mode === "endpoint" && captureOf(serving) !== undefined && captureUri === undefined) {
    const rule = "is nowhere, and serving.capture needs a place. Give an S3 URI such as s3://bucket/captures";
    throw new PropsError("bucket_differs", "captureUri", captureUri, rule);
  }
  return {
    settings: {
      ...{ ...names, roleArn: role.roleArn, serving, bucket },
      ...(captureUri === undefined ? {} : { captureUri }),
      ...(encryptionKey === undefined ? {} : { kmsKey: encryptionKey.keyArn }),
      ...(tags === undefined ? {} : { tags }),
    },
    statements: deploymentStatements(stack, { modelPackageGroupName, endpointName, serving, role, bucket, ...key }),
    wildcards: {
      [BY_VERSION]: [remembered(bucket, endpointName)],
      [BY_NUMBER]: [wild(stack, "sagemaker", `model-package/${modelPackageGroupName.toLowerCase()}/*`)],
      "Names end in a digest of what they name; all begin with the endpoint's.": ["model", "endpoint-config"].map(
        (kind) => wild(stack, "sagemaker", `${kind}/${madeNames(endpointName)}`),
      ),
      "Scalable targets have numbers that AWS gives; the condition leaves those of SageMaker.": [
        wild(stack, "application-autoscaling", "scalable-target/*"),
      ],
    },
  };
}

/** The same for a stack whose parameters say which version it serves. */
function release(stack: Stack, props: ApprovedDeploymentProps & { readonly stackName: string }) {
  const { modelPackageGroupName, endpointName, stackName, bucket, encryptionKey } = props;
  return {
    settings: { group: modelPackageGroupName, endpoint: endpointName, stack: stackName, bucket },
    statements: releaseStatements(stack, {
      ...{ modelPackageGroupName, endpointName, stackName, bucket },
      ...(encryptionKey === undefined ? {} : { encryptionKey }),
    }),
    wildcards: {
      [BY_NUMBER]: [wild(stack, "sagemaker", `model-package/${modelPackageGroupName.toLowerCase()}/*`)],
      "Archives are in folders that executions name.": [`arn:<AWS::Partition>:s3:::${bucket}/runs/*`],
      [BY_VERSION]: [remembered(bucket, endpointName)],
      "What functions carry is named by its digest.": [`arn:<AWS::Partition>:s3:::${bucket}/releases/*`],
      "A stack's ARN ends in an id that CloudFormation gives it.": [
        wild(stack, "cloudformation", `stack/${stackName}/*`),
      ],
    },
  };
}

const BY_VERSION = "What was decided, by whom and when, is written in files named by the versions.";
const BY_NUMBER = "Versions of the one group are numbered by the registry when they are registered.";

function remembered(bucket: string, endpointName: string): string {
  return `arn:<AWS::Partition>:s3:::${bucket}/serving/${endpointName}/approvals/*`;
}

function wild({ region, account }: Stack, service: string, resource: string): string {
  return `arn:<AWS::Partition>:${service}:${region}:${account}:${resource}`;
}
