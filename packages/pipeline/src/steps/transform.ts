import type { CreateTransformJobRequest, DescribeTransformJobResponse } from "@aws-sdk/client-sagemaker";
import type { Expression, Templated, Value } from "../expressions/expression";
import { Step, type StepOptions } from "../step";
import { type Instances, type Tags, tagList } from "./instances";
import { outputUri } from "./outputs";
import type { StepKind } from "./step-kind";

/** Scores files with a model. */
export const transformKind: StepKind = {
  type: "Transform",
  operation: "CreateTransformJob",
  nameMember: "TransformJobName",
  describe: "DescribeTransformJob",
  permissions: {
    actions: ["CreateTransformJob", "DescribeTransformJob", "StopTransformJob"],
    resources: ["transform-job/*"],
  },
  cacheable: true,
  cachedByDefault: true,
  retryable: "job",
  cacheKey: ["DataProcessing", "Environment", "ModelName", "TransformInput"],
};

/** Options of a transform step. */
export interface TransformOptions extends StepOptions {
  /** Name of a model, such as `model(...).modelName`. */
  readonly model: Value<string>;
  /** S3 prefix of the records to score. */
  readonly input: Value<string>;
  /** @default "text/csv" */
  readonly contentType?: string;
  /** How a file is cut into requests. @default "Line" */
  readonly split?: "None" | "Line" | "RecordIO" | "TFRecord";
  /** @default a folder of this step in this execution */
  readonly output?: Value<string>;
  /** @default "text/csv" */
  readonly accept?: string;
  /** @default "Line" */
  readonly assemble?: "None" | "Line";
  /** @default "MultiRecord" */
  readonly batch?: "MultiRecord" | "SingleRecord";
  readonly maxPayloadMb?: Value<number>;
  readonly instances?: Instances;
  readonly environment?: Readonly<Record<string, Value<string>>>;
  readonly tags?: Tags;
  /** Members of the request to set or replace as they are. */
  readonly request?: Partial<Templated<CreateTransformJobRequest>>;
}

/** A transform step. */
export type TransformStep = Step<DescribeTransformJobResponse> & {
  /** S3 prefix of the scores. */
  readonly output: Expression<string>;
};

/** Scores files with a model. */
export function transform(name: string, options: TransformOptions): TransformStep {
  const step = new Step<DescribeTransformJobResponse>(
    transformKind,
    name,
    {
      arguments: {
        ModelName: options.model,
        BatchStrategy: options.batch ?? "MultiRecord",
        MaxPayloadInMB: options.maxPayloadMb,
        Environment: options.environment,
        TransformInput: {
          DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: options.input } },
          ContentType: options.contentType ?? "text/csv",
          SplitType: options.split ?? "Line",
        },
        TransformOutput: {
          S3OutputPath: options.output ?? outputUri(name, "scores"),
          Accept: options.accept ?? "text/csv",
          AssembleWith: options.assemble ?? "Line",
        },
        TransformResources: {
          InstanceType: options.instances?.type ?? "ml.m5.large",
          InstanceCount: options.instances?.count ?? 1,
        },
        Tags: tagList(options.tags),
        ...options.request,
      },
    },
    options,
  );
  return Object.assign(step, { output: step.properties.TransformOutput.S3OutputPath as Expression<string> });
}
