import { networkActions } from "@sagewright/pipeline";
import { Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { acknowledgeWildcards } from "../acknowledge";

/** What a model's container needs. */
export interface ModelRoleProps {
  /** Bucket with the models' archives. */
  readonly bucketName: string;
  /** What keys of archives begin with, such as `runs/churn-training/`. */
  readonly prefixes: readonly string[];
  /** Images that models run in, as `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG`. */
  readonly images: readonly string[];
  /** Encrypts the bucket. @default the role gets no key */
  readonly encryptionKey?: IKey;
  /** Whether containers run in a VPC. @default false */
  readonly inNetwork?: boolean;
}

/**
 * The role with which a container of SageMaker serves a model. It reads archives, pulls its images, writes its log and metrics. It starts
 * nothing, passes no role and writes no object: a model's archive is code to the container that loads it.
 *
 * @example
 * new ModelRole(stack, "ModelRole", { bucketName: "mine", prefixes: ["runs/churn-training/"], images });
 */
export class ModelRole extends Role {
  constructor(scope: Construct, id: string, props: ModelRoleProps) {
    const { account } = Stack.of(scope);
    super(scope, id, {
      assumedBy: new ServicePrincipal("sagemaker.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": account } },
      }),
      description: "Reads models and serves them",
      inlinePolicies: { model: new PolicyDocument({ statements: statements(Stack.of(scope), props) }) },
    });
    acknowledgeWildcards(
      this,
      [...archives(props), logGroups(Stack.of(scope)), "*"],
      "Archives below named prefixes of one bucket and SageMaker's own log groups; the image registry's token, metrics of one namespace and network interfaces know no resource.",
    );
  }
}

function statements(
  stack: Stack,
  { bucketName, images, encryptionKey, inNetwork = false, ...props }: ModelRoleProps,
): PolicyStatement[] {
  return [
    new PolicyStatement({ sid: "Models", actions: ["s3:GetObject"], resources: archives({ bucketName, ...props }) }),
    ...(encryptionKey === undefined
      ? []
      : [new PolicyStatement({ sid: "ModelsKey", actions: ["kms:Decrypt"], resources: [encryptionKey.keyArn] })]),
    new PolicyStatement({ sid: "ImageToken", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] }),
    new PolicyStatement({
      sid: "Images",
      actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      resources: repositories(images),
    }),
    new PolicyStatement({
      sid: "Logs",
      actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      resources: [logGroups(stack)],
    }),
    new PolicyStatement({
      sid: "Metrics",
      actions: ["cloudwatch:PutMetricData"],
      resources: ["*"],
      conditions: { StringLike: { "cloudwatch:namespace": "/aws/sagemaker/*" } },
    }),
    ...(inNetwork ? [network()] : []),
  ];
}

function archives({ bucketName, prefixes }: Pick<ModelRoleProps, "bucketName" | "prefixes">): string[] {
  return prefixes.map((prefix) => `arn:aws:s3:::${bucketName}/${prefix}*`);
}

function repositories(images: readonly string[]): string[] {
  return images.flatMap((image) => {
    const [, account, region, name] =
      /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/.exec(image) ?? [];
    return account === undefined ? [] : [`arn:aws:ecr:${region}:${account}:repository/${name}`];
  });
}

function logGroups({ region, account }: Stack): string {
  return `arn:aws:logs:${region}:${account}:log-group:/aws/sagemaker/Endpoints/*`;
}

function network(): PolicyStatement {
  return new PolicyStatement({ sid: "Network", actions: [...networkActions], resources: ["*"] });
}
