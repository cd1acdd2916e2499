import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudWatch, type PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridge, type PutRuleRequest, type Target } from "@aws-sdk/client-eventbridge";
import {
  type AddPermissionRequest,
  type CreateEventSourceMappingRequest,
  type CreateFunctionRequest,
  Lambda,
  type PutFunctionEventInvokeConfigRequest,
} from "@aws-sdk/client-lambda";
import { type CreateScheduleInput, Scheduler } from "@aws-sdk/client-scheduler";
import { SNS } from "@aws-sdk/client-sns";
import { SQS } from "@aws-sdk/client-sqs";
import type { Cloud } from "@sagewright/local";

/** The account of clouds that name none. */
export const env = { account: "000000000000", region: "us-east-1" } as const;
const arn = (service: string, rest: string) => `arn:aws:${service}:${env.region}:${env.account}:${rest}`;

/** What `Ref` and `Fn::GetAtt` give of a resource that has been made. */
export interface Made {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Makes a resource. What a template says of it is near enough to what the service's API takes. */
export type Maker = (properties: never, id: string) => Promise<Made>;

/** What all makers work with. */
export interface MakerOptions {
  readonly cloud: Cloud;
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  readonly stack: string;
  /** Changes the variables of a function. */
  environmentOf(variables: Record<string, string>): Record<string, string>;
}

/** Makers by CloudFormation's types. */
export const makersOf = (options: MakerOptions): Record<string, Maker> => ({
  // Of IAM and KMS nothing is needed but names: the embedded cloud checks no permissions and encrypts nothing.
  "AWS::IAM::Role": named("iam", "role"),
  "AWS::IAM::Policy": named("iam", "policy"),
  "AWS::KMS::Key": named("kms", "key"),
  ...messageMakers(options.cloud),
  ...functionMakers(options),
  ...eventMakers(options.cloud),
  ...watchMakers(options.cloud),
});

const named =
  (service: string, kind: string): Maker =>
  async (_properties, id) => ({ ref: id, attributes: { Arn: arn(service, `${kind}/${id}`) } });

function messageMakers(cloud: Cloud): Record<string, Maker> {
  const [sqs, sns] = [new SQS(cloud.clientConfig()), new SNS(cloud.clientConfig())];
  return {
    async "AWS::SQS::Queue"({ QueueName: name, Tags: _tags, ...settings }: Record<string, unknown>, id) {
      const Attributes = Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [
          key,
          typeof value === "object" ? JSON.stringify(value) : String(value),
        ]),
      );
      const QueueName = String(name ?? id);
      const { QueueUrl = "" } = await sqs.createQueue({ QueueName, Attributes });
      return { ref: QueueUrl, attributes: { Arn: arn("sqs", QueueName), QueueName } };
    },
    async "AWS::SQS::QueuePolicy"({ Queues, PolicyDocument }: { Queues: string[]; PolicyDocument: object }, id) {
      const Attributes = { Policy: JSON.stringify(PolicyDocument) };
      for (const QueueUrl of Queues) await sqs.setQueueAttributes({ QueueUrl, Attributes });
      return { ref: id };
    },
    async "AWS::SNS::Topic"({ TopicName, DisplayName = "" }: { TopicName?: string; DisplayName?: string }, id) {
      const Name = TopicName ?? id;
      const { TopicArn = "" } = await sns.createTopic({ Name, Attributes: { DisplayName } });
      return { ref: TopicArn, attributes: { TopicName: Name, TopicArn } };
    },
    async "AWS::SNS::TopicPolicy"({ Topics, PolicyDocument }: { Topics: string[]; PolicyDocument: object }, id) {
      const policy = { AttributeName: "Policy", AttributeValue: JSON.stringify(PolicyDocument) };
      for (const TopicArn of Topics) await sns.setTopicAttributes({ TopicArn, ...policy });
      return { ref: id };
    },
  };
}

interface FunctionProperties extends Omit<CreateFunctionRequest, "Code" | "Tags"> {
  readonly Code: { readonly S3Key: string };
  readonly Tags?: unknown;
}

function functionMakers({ cloud, assembly, stack, environmentOf }: MakerOptions): Record<string, Maker> {
  const lambda = new Lambda(cloud.clientConfig());
  return {
    async "AWS::Lambda::Function"({ Code, Tags: _tags, ...settings }: FunctionProperties, id) {
      const FunctionName = settings.FunctionName ?? id;
      const { FunctionArn: Arn = "" } = await lambda.createFunction({
        ...settings,
        FunctionName,
        Code: { ZipFile: archive(assembly, stack, Code.S3Key) },
        Environment: { Variables: environmentOf(settings.Environment?.Variables ?? {}) },
      });
      return { ref: FunctionName, attributes: { Arn } };
    },
    async "AWS::Lambda::Permission"(properties: Omit<AddPermissionRequest, "StatementId">, id) {
      await lambda.addPermission({ ...properties, StatementId: id });
      return { ref: id };
    },
    async "AWS::Lambda::EventInvokeConfig"(properties: PutFunctionEventInvokeConfigRequest, id) {
      await lambda.putFunctionEventInvokeConfig(properties);
      return { ref: id };
    },
    async "AWS::Lambda::EventSourceMapping"({ Tags: _tags, ...properties }: CreateEventSourceMappingRequest) {
      const { UUID = "" } = await lambda.createEventSourceMapping(properties);
      return { ref: UUID };
    },
  };
}

interface RuleProperties extends Omit<PutRuleRequest, "EventPattern" | "Tags"> {
  readonly EventPattern?: object;
  readonly Targets: Target[];
}

function eventMakers(cloud: Cloud): Record<string, Maker> {
  const [events, scheduler] = [new EventBridge(cloud.clientConfig()), new Scheduler(cloud.clientConfig())];
  return {
    async "AWS::Events::Rule"({ EventPattern, Targets, ...settings }: RuleProperties, id) {
      const Name = settings.Name ?? id;
      const pattern = EventPattern === undefined ? {} : { EventPattern: JSON.stringify(EventPattern) };
      const { RuleArn: Arn = "" } = await events.putRule({ ...settings, ...pattern, Name });
      await events.putTargets({ Rule: Name, Targets });
      return { ref: Name, attributes: { Arn } };
    },
    async "AWS::Scheduler::Schedule"(settings: CreateScheduleInput, id) {
      const Name = settings.Name ?? id;
      const { ScheduleArn: Arn = "" } = await scheduler.createSchedule({ ...settings, Name });
      return { ref: Name, attributes: { Arn } };
    },
  };
}

interface LogGroupProperties {
  readonly LogGroupName?: string;
  readonly RetentionInDays?: number;
}

function watchMakers(cloud: Cloud): Record<string, Maker> {
  const [cloudwatch, logs] = [new CloudWatch(cloud.clientConfig()), new CloudWatchLogs(cloud.clientConfig())];
  return {
    async "AWS::CloudWatch::Alarm"({ Tags: _tags, ...settings }: PutMetricAlarmInput, id) {
      const AlarmName = settings.AlarmName ?? id;
      await cloudwatch.putMetricAlarm({ ...settings, AlarmName });
      return { ref: AlarmName, attributes: { Arn: arn("cloudwatch", `alarm:${AlarmName}`) } };
    },
    async "AWS::Logs::LogGroup"({ LogGroupName, RetentionInDays: retentionInDays }: LogGroupProperties, id) {
      const logGroupName = LogGroupName ?? id;
      await logs.createLogGroup({ logGroupName });
      if (retentionInDays !== undefined) await logs.putRetentionPolicy({ logGroupName, retentionInDays });
      return { ref: logGroupName, attributes: { Arn: arn("logs", `log-group:${logGroupName}:*`) } };
    },
  };
}

/** An asset's folder as the zip that CDK uploads. */
function archive(assembly: string, stack: string, key: string): Buffer {
  const { files } = JSON.parse(readFileSync(join(assembly, `${stack}.assets.json`), "utf8")) as {
    files: Record<string, { source: { path: string } }>;
  };
  const path = files[key.replace(/\.zip$/, "")]?.source.path;
  if (path === undefined) throw new Error(`There is no asset ${key}.`);
  const target = join(assembly, `${key}.function.zip`);
  const script = "import shutil, sys\nshutil.make_archive(sys.argv[1][:-4], 'zip', sys.argv[2])";
  execFileSync(process.env.SAGEWRIGHT_PYTHON ?? "python3", ["-c", script, target, join(assembly, path)]);
  return readFileSync(target);
}
