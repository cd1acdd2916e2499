import { guardAlarmName, type HostedServing, pointerUri } from "@sagewright/sagemaker";
import { ArnFormat, DefaultStackSynthesizer, type Stack } from "aws-cdk-lib";
import { type IRole, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { endpointArn, keyStatement } from "../statements";

/** What is deployed, and with what. */
export interface DeploymentStatementsOptions {
  readonly modelPackageGroupName: string;
  readonly endpointName: string;
  readonly serving: HostedServing;
  readonly role: IRole;
  /** Where approvals are remembered. */
  readonly bucket: string;
  readonly encryptionKey?: IKey;
}

const S3 = { service: "s3", region: "", account: "" } as const;

/** Of names that `deploy` makes from content: the endpoint's, cut to 50 characters, and a digest. */
const NAME_LENGTH = 50;

/** What deploying one group's versions to one endpoint needs, and nothing else. */
export function deploymentStatements(stack: Stack, options: DeploymentStatementsOptions): PolicyStatement[] {
  const { modelPackageGroupName: group, endpointName, serving, role, bucket, encryptionKey } = options;
  const sagemaker = (resource: string, resourceName: string) =>
    stack.formatArn({ service: "sagemaker", resource, resourceName });
  const made = madeNames(endpointName);
  const [models, configurations] = [sagemaker("model", made), sagemaker("endpoint-config", made)];
  const endpoint = endpointArn(stack, endpointName.toLowerCase());
  return [
    ...registryStatements(stack, group),
    ...memoryStatements(stack, bucket, endpointName),
    allow("Models", ["sagemaker:CreateModel", "sagemaker:DescribeModel"], [models]),
    allow(
      "Configurations",
      ["sagemaker:CreateEndpointConfig", "sagemaker:DescribeEndpointConfig"],
      [configurations, models],
    ),
    allow(
      "Endpoint",
      ["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint", "sagemaker:DescribeEndpoint"],
      [endpoint, configurations],
    ),
    allow("Tags", ["sagemaker:AddTags"], [models, configurations, endpoint]),
    allow("Role", ["iam:PassRole"], [role.roleArn], {
      StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" },
    }),
    ...(serving.mode === "endpoint" ? alarmStatements(stack, endpointName, serving) : []),
    // Hosts decrypt volumes by a grant; SageMaker makes it with the caller's permission.
    ...(encryptionKey === undefined
      ? []
      : [
          allow("KeyGrant", ["kms:CreateGrant"], [encryptionKey.keyArn], {
            Bool: { "kms:GrantIsForAWSResource": "true" },
          }),
          keyStatement(encryptionKey),
        ]),
  ];
}

/** Names of the models and configurations of an endpoint. */
export function madeNames(endpointName: string): string {
  return `${endpointName.slice(0, NAME_LENGTH).toLowerCase()}-*`;
}

/** What pointing functions at one group's versions needs, and nothing else. */
export function publicationStatements(
  stack: Stack,
  options: Pick<DeploymentStatementsOptions, "modelPackageGroupName" | "endpointName" | "encryptionKey" | "bucket">,
): PolicyStatement[] {
  const { modelPackageGroupName: group, endpointName, bucket, encryptionKey } = options;
  const target = stack.formatArn({ ...S3, resource: bucket });
  const pointer = pointerUri(bucket, endpointName).slice("s3://".length);
  const published = [`${target}/serving/models/*`, stack.formatArn({ ...S3, resource: pointer })];
  return [
    ...registryStatements(stack, group),
    ...memoryStatements(stack, bucket, endpointName),
    allow("Archives", ["s3:GetObject"], [`${target}/runs/*`]),
    allow("Published", ["s3:GetObject", "s3:PutObject"], published),
    ...(encryptionKey === undefined ? [] : [keyStatement(encryptionKey)]),
  ];
}

/** What giving one stack a version of one group needs, and nothing else: the stack's own role does what the template says. */
export function releaseStatements(
  stack: Stack,
  options: Pick<DeploymentStatementsOptions, "modelPackageGroupName" | "endpointName" | "encryptionKey" | "bucket"> & {
    readonly stackName: string;
  },
): PolicyStatement[] {
  const { modelPackageGroupName: group, endpointName, stackName, bucket, encryptionKey } = options;
  const target = stack.formatArn({ ...S3, resource: bucket });
  const bootstrap = stack.formatArn({
    service: "ssm",
    resource: "parameter",
    resourceName: `cdk-bootstrap/${DefaultStackSynthesizer.DEFAULT_QUALIFIER}/version`,
  });
  const released = stack.formatArn({ service: "cloudformation", resource: "stack", resourceName: `${stackName}/*` });
  return [
    ...registryStatements(stack, group),
    ...memoryStatements(stack, bucket, endpointName),
    allow("Archives", ["s3:GetObject"], [`${target}/runs/*`]),
    allow("Carried", ["s3:GetObject", "s3:PutObject"], [`${target}/releases/*`]),
    allow(
      "Release",
      ["cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents", "cloudformation:UpdateStack"],
      [released],
    ),
    // CDK's templates have the version of the account's bootstrap as a parameter, which is read by whoever updates.
    allow("Bootstrap", ["ssm:GetParameters"], [bootstrap]),
    ...(encryptionKey === undefined ? [] : [keyStatement(encryptionKey)]),
  ];
}

/** Remembering what was decided, and done about it. */
function memoryStatements(stack: Stack, bucket: string, endpointName: string): PolicyStatement[] {
  const target = stack.formatArn({ ...S3, resource: bucket });
  const decisions = `${target}/serving/${endpointName}/approvals/*`;
  return [
    allow("Decisions", ["s3:GetObject", "s3:PutObject"], [decisions]),
    // Without it S3 would not say that something is not there yet.
    allow("Lists", ["s3:ListBucket"], [target]),
  ];
}

/** Looking at one group's versions. */
export function registryStatements(stack: Stack, group: string): PolicyStatement[] {
  const sagemaker = (resource: string, resourceName: string) =>
    stack.formatArn({ service: "sagemaker", resource, resourceName });
  return [
    allow("Versions", ["sagemaker:DescribeModelPackage"], [sagemaker("model-package", `${group.toLowerCase()}/*`)]),
    allow("Group", ["sagemaker:ListModelPackages"], [sagemaker("model-package-group", group.toLowerCase())]),
  ];
}

function allow(
  sid: string,
  actions: string[],
  resources: string[],
  conditions?: Record<string, unknown>,
): PolicyStatement {
  return new PolicyStatement({ sid, actions, resources, ...(conditions === undefined ? {} : { conditions }) });
}

function alarmStatements(
  stack: Stack,
  endpointName: string,
  { autoscaling, rollback }: Extract<HostedServing, { mode: "endpoint" }>,
): PolicyStatement[] {
  const alarm = (name: string) =>
    stack.formatArn({
      service: "cloudwatch",
      resource: "alarm",
      resourceName: name,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  const own = (["5xx", "model-errors", "latency-p99"] as const).map((word) =>
    alarm(guardAlarmName(endpointName, word)),
  );
  const target = stack.formatArn({
    service: "application-autoscaling",
    resource: "scalable-target",
    resourceName: "*",
  });
  const scales = { StringEquals: { "application-autoscaling:service-namespace": "sagemaker" } };
  return [
    allow("Alarms", ["cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"], own),
    allow("AlarmStates", ["cloudwatch:DescribeAlarms"], [...own, ...rollback.alarms.map(alarm)]),
    allow(
      "ScalingLook",
      ["application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"],
      ["*"],
    ),
    allow("ScalingEnd", ["application-autoscaling:DeregisterScalableTarget"], [target], scales),
    ...(autoscaling === undefined
      ? []
      : [
          allow(
            "Scaling",
            ["application-autoscaling:RegisterScalableTarget", "application-autoscaling:PutScalingPolicy"],
            [target],
            scales,
          ),
          allow(
            "ScalingRole",
            ["iam:CreateServiceLinkedRole"],
            [
              stack.formatArn({
                service: "iam",
                region: "",
                resource: "role",
                resourceName:
                  "aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
              }),
            ],
            { StringEquals: { "iam:AWSServiceName": "sagemaker.application-autoscaling.amazonaws.com" } },
          ),
        ]),
  ];
}
