import { MERGED_PREFIX } from "@sagewright/monitoring";
import type { Stack } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IPipeline } from "aws-cdk-lib/aws-sagemaker";
import type { IConstruct } from "constructs";
import { acknowledgeWildcards } from "../acknowledge";
import { keyStatement } from "../statements";
import type { Retraining } from "./retraining-schedule";

/** Where fresh rows of a model are, and where what is merged goes: prefixes of one bucket, without slashes at their ends. */
export interface FreshData {
  readonly bucket: string;
  /** Encrypts the bucket. @default a key that AWS manages */
  readonly encryptionKey?: IKey;
  /** Prefix of captured predictions. @default captures */
  readonly captures?: string;
  /** Prefix of labels by prediction. @default ground-truth */
  readonly labels?: string;
  /** Prefix of the model's archives, which have its contract. @default runs */
  readonly artefacts?: string;
  /** Prefix of merged data sets, which the pipeline's role must be able to read. @default merged */
  readonly merged?: string;
}

/** What is started, on which data. */
interface FreshUse {
  readonly pipeline: IPipeline;
  readonly model: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The function's variable. */
export function freshVariable(data: FreshData, { fresh }: { readonly fresh?: Retraining["fresh"] }): object {
  const { bucket, captures, labels, merged } = withDefaults(data);
  return { bucket, captures, labels, merged, rules: fresh ?? {} };
}

/** Reading what was predicted, what happened and what the last run read; writing what is merged, and nothing else. */
export function freshStatements(
  stack: Stack,
  data: FreshData,
  { pipeline, model, parameters }: FreshUse,
): PolicyStatement[] {
  const { bucket, encryptionKey, captures, labels, artefacts, merged } = withDefaults(data);
  const at = (name: string) => stack.formatArn({ service: "s3", region: "", account: "", resource: name });
  const given = givenData(parameters);
  const read = [captures, labels, artefacts, merged].map((prefix) => `${at(bucket)}/${prefix}/*`);
  return [
    new PolicyStatement({
      sid: "Group",
      actions: ["sagemaker:ListModelPackages"],
      resources: [
        stack.formatArn({ service: "sagemaker", resource: "model-package-group", resourceName: model.toLowerCase() }),
      ],
    }),
    new PolicyStatement({
      sid: "LastRun",
      actions: ["sagemaker:ListPipelineParametersForExecution"],
      resources: [`${pipeline.pipelineArn}/execution/*`],
    }),
    // Listing finds what came; and without it S3 would not say that a start is new.
    new PolicyStatement({
      sid: "Lists",
      actions: ["s3:ListBucket"],
      resources: [...new Set([bucket, ...(given === undefined ? [] : [given.bucket])])].map(at),
    }),
    new PolicyStatement({
      sid: "Read",
      actions: ["s3:GetObject"],
      resources: [...read, ...(given === undefined ? [] : [`${at(given.bucket)}/${given.objects}`])],
    }),
    new PolicyStatement({ sid: "Merged", actions: ["s3:PutObject"], resources: [`${at(bucket)}/${merged}/*`] }),
    ...(encryptionKey === undefined ? [] : [keyStatement(encryptionKey)]),
  ];
}

/** Why statements end in wildcards. */
export function acknowledgeFresh(
  scope: IConstruct,
  data: FreshData,
  { model, parameters }: Omit<FreshUse, "pipeline">,
): void {
  const { bucket, captures, labels, artefacts, merged } = withDefaults(data);
  const given = givenData(parameters);
  acknowledgeWildcards(
    scope,
    [
      ...[captures, labels, artefacts, merged].map((prefix) => `arn:<AWS::Partition>:s3:::${bucket}/${prefix}/*`),
      ...(given === undefined ? [] : [`arn:<AWS::Partition>:s3:::${given.bucket}/${given.objects}`]),
    ],
    `Captures and labels of ${model} are named by their hours, archives by their executions, merged data by its content.`,
  );
}

/** Objects that the parameters name: one, or those of a folder. */
function givenData({ InputDataUri = "" }: Readonly<Record<string, string>>) {
  const [, bucket, key = ""] = /^s3:\/\/([^/]+)\/(.*)$/.exec(InputDataUri) ?? [];
  return bucket === undefined ? undefined : { bucket, objects: `${key}${key === "" || key.endsWith("/") ? "*" : ""}` };
}

function withDefaults({
  captures = "captures",
  labels = "ground-truth",
  artefacts = "runs",
  merged = MERGED_PREFIX,
  ...data
}: FreshData) {
  return { ...data, captures, labels, artefacts, merged };
}
