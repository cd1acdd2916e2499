import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import { S3 } from "@aws-sdk/client-s3";
import { type CreatePipelineRequest, SageMaker } from "@aws-sdk/client-sagemaker";
import { SNS } from "@aws-sdk/client-sns";
import type { Cloud } from "@sagewright/local";
import type { Made, Maker } from "../../conformance/constructs/resource-makers";

/**
 * Types of the app's stacks that the embedded cloud has not. They get a name, so that others can refer to them, and do nothing: no
 * request goes through a gateway, no key encrypts, nothing is charged, and no permission is asked.
 */
export const notCovered = [
  "AWS::ApiGateway::Account",
  "AWS::ApiGateway::Deployment",
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGateway::Stage",
  "AWS::ApiGateway::UsagePlan",
  "AWS::Budgets::Budget",
  "AWS::CodeDeploy::Application",
  "AWS::CodeDeploy::DeploymentConfig",
  "AWS::CodeDeploy::DeploymentGroup",
  "AWS::IAM::Policy",
  "AWS::IAM::Role",
  "AWS::KMS::Key",
  "AWS::KinesisFirehose::DeliveryStream",
  "AWS::Lambda::Alias",
  "AWS::Lambda::LayerVersion",
  "AWS::Lambda::Version",
  "AWS::S3::BucketPolicy",
  "AWS::SecretsManager::Secret",
  "Custom::CDKBucketDeployment",
] as const;

/** Makers for the app's stacks, beside those that the constructs alone need. */
export function makersOfApp(cloud: Cloud, usual: Readonly<Record<string, Maker>>): Record<string, Maker> {
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
    async "AWS::Lambda::Function"(properties: { Runtime: string }, id) {
      // CDK's own, which copies the pipeline's code; this pipeline has none.
      const make = properties.Runtime.startsWith("python") ? nothing : usual["AWS::Lambda::Function"];
      return (make ?? nothing)(properties as never, id);
    },
    async "AWS::Lambda::Permission"(properties: { Principal: string }, id) {
      const make = properties.Principal === "apigateway.amazonaws.com" ? nothing : usual["AWS::Lambda::Permission"];
      return (make ?? nothing)(properties as never, id);
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
