import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { S3 } from "@aws-sdk/client-s3";
import { type CreatePipelineRequest, SageMaker } from "@aws-sdk/client-sagemaker";
import { SNS } from "@aws-sdk/client-sns";
import type { Cloud } from "@sagewright/local";
import { assetPath } from "../../conformance/constructs/asset-archive";
import type { Made, Maker } from "../../conformance/constructs/maker";

/**
 * Types of the app's stacks that nothing stands for. They get a name, so that others can refer to them, and do nothing: no key
 * encrypts, nothing is charged, no role is asked, and no gateway throttles.
 */
export const notCovered = [
  "AWS::ApiGateway::Account",
  "AWS::ApiGateway::Deployment",
  "AWS::ApiGateway::Stage",
  "AWS::ApiGateway::UsagePlan",
  "AWS::Budgets::Budget",
  "AWS::IAM::Policy",
  "AWS::IAM::Role",
  "AWS::KMS::Key",
  "AWS::KinesisFirehose::DeliveryStream",
  "AWS::S3::BucketPolicy",
] as const;

/** What the makers of the app's types work with. */
export interface AppMakerOptions {
  readonly cloud: Cloud;
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  readonly stack: string;
  /** Puts a secret where functions find it. */
  keep(name: string, text: string): void;
}

/** Makers for the app's stacks, beside those that the constructs alone need. */
export function makersOfApp(
  { cloud, assembly, stack, keep }: AppMakerOptions,
  usual: Readonly<Record<string, Maker>>,
): Record<string, Maker> {
  const [s3, sns] = [new S3(cloud.clientConfig()), new SNS(cloud.clientConfig())];
  const [cloudwatch, sagemaker] = [new CloudWatch(cloud.clientConfig()), new SageMaker(cloud.clientConfig())];
  const nothing: Maker = async (_properties, id): Promise<Made> => ({
    ref: id,
    // Whatever is asked of it: nobody looks at it.
    attributes: new Proxy({}, { get: (_of, name) => `arn:aws:none:us-east-1:000000000000:${id}/${String(name)}` }),
  });
  return {
    ...Object.fromEntries(notCovered.map((type) => [type, nothing])),
    ...usual,
    async "AWS::IAM::Role"({ RoleName }: { RoleName?: string }, id) {
      return { ref: RoleName ?? id, attributes: { Arn: `arn:aws:iam::000000000000:role/${RoleName ?? id}` } };
    },
    async "AWS::Lambda::Function"(properties: FunctionProperties, id) {
      // CDK's own provider, whose work is done below.
      const make = properties.Runtime.startsWith("python") ? nothing : usual["AWS::Lambda::Function"];
      // A machine under load starts processes more slowly than Lambda does.
      const Timeout = Math.max(properties.Timeout, LEAST_TIMEOUT_SECONDS);
      return (make ?? nothing)({ ...properties, Timeout } as never, id);
    },
    async "AWS::Lambda::LayerVersion"(properties: LayerProperties, id) {
      const make = properties.Content.S3Bucket.startsWith("cdk-") ? nothing : usual["AWS::Lambda::LayerVersion"];
      return (make ?? nothing)(properties as never, id);
    },
    async "Custom::CDKBucketDeployment"(
      { DestinationBucketName, DestinationBucketKeyPrefix, SourceObjectKeys }: Copy,
      id,
    ) {
      for (const key of SourceObjectKeys) {
        const folder = assetPath(assembly, stack, key);
        for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
          if (!file.isFile()) continue;
          const path = join(file.parentPath, file.name);
          const Key = `${DestinationBucketKeyPrefix}${path.slice(folder.length)}`;
          await s3.putObject({ Bucket: DestinationBucketName, Key, Body: readFileSync(path) });
        }
      }
      return { ref: id };
    },
    async "AWS::SecretsManager::Secret"({ Name, GenerateSecretString: generated }: SecretProperties) {
      const { SecretStringTemplate, GenerateStringKey, PasswordLength } = generated;
      const drawn = { [GenerateStringKey]: "5".repeat(PasswordLength) };
      keep(Name, JSON.stringify({ ...JSON.parse(SecretStringTemplate), ...drawn }));
      return { ref: Name };
    },
    async "AWS::S3::Bucket"({ BucketName }: { BucketName?: string }, id) {
      const Bucket = BucketName ?? id.toLowerCase();
      await s3.createBucket({ Bucket });
      return { ref: Bucket, attributes: { Arn: `arn:aws:s3:::${Bucket}` } };
    },
    async "AWS::SNS::Subscription"({ TopicArn, Protocol, Endpoint, RedrivePolicy }: Subscription) {
      const { SubscriptionArn = "" } = await sns.subscribe({
        ...{ TopicArn, Protocol, Endpoint },
        Attributes: RedrivePolicy === undefined ? {} : { RedrivePolicy: JSON.stringify(RedrivePolicy) },
      });
      return { ref: SubscriptionArn };
    },
    async "AWS::CloudWatch::Dashboard"({ DashboardName, DashboardBody }: Record<string, string>, id) {
      await cloudwatch.putDashboard({ DashboardName: DashboardName ?? id, DashboardBody });
      return { ref: DashboardName ?? id };
    },
    async "AWS::SageMaker::Pipeline"({ PipelineDefinition, Tags: _tags, ...request }: PipelineProperties, id) {
      await sagemaker.createPipeline({
        ...request,
        PipelineDefinition: PipelineDefinition.PipelineDefinitionBody,
        ClientRequestToken: "a-token-of-at-least-thirty-two-characters",
      });
      return { ref: request.PipelineName ?? id };
    },
  };
}

/** Nothing is timed here but whether a function comes to its end. */
const LEAST_TIMEOUT_SECONDS = 30;

interface FunctionProperties {
  readonly Runtime: string;
  readonly Timeout: number;
}

interface LayerProperties {
  readonly Content: { readonly S3Bucket: string };
}

interface Copy {
  readonly DestinationBucketName: string;
  readonly DestinationBucketKeyPrefix: string;
  readonly SourceObjectKeys: readonly string[];
}

interface SecretProperties {
  readonly Name: string;
  readonly GenerateSecretString: {
    readonly SecretStringTemplate: string;
    readonly GenerateStringKey: string;
    readonly PasswordLength: number;
  };
}

interface Subscription {
  readonly TopicArn: string;
  readonly Protocol: string;
  readonly Endpoint: string;
  readonly RedrivePolicy?: object;
}

interface PipelineProperties extends Omit<CreatePipelineRequest, "PipelineDefinition" | "Tags"> {
  readonly PipelineDefinition: { readonly PipelineDefinitionBody: string };
  readonly Tags?: unknown;
}
