import type { CreateModelPackageInput, DescribeModelPackageOutput } from "@aws-sdk/client-sagemaker";
import { type Expression, isExpression, type Templated, type Value } from "../expressions/expression";
import { type Retryable, Step, type StepBasics, type StepException } from "../step";
import { type Tags, tagList } from "./instances";
import { containerOf, type ModelArtifact, type ModelSource } from "./model-artifact";
import type { StepKind } from "./step-kind";

/** Puts a model into the registry. */
export const registerModelKind: StepKind = {
  type: "RegisterModel",
  operation: "CreateModelPackage",
  describe: "DescribeModelPackage",
  refused: {
    ModelPackageName: "Use ModelPackageGroupName: pipelines register versions of a group",
    CertifyForMarketplace: "Certify the package after the pipeline has registered it",
    Description: "Use ModelPackageDescription",
  },
  permissions: {
    actions: ["CreateModelPackage", "DescribeModelPackage", "CreateModelPackageGroup", "DescribeModelPackageGroup"],
    resources: ["model-package-group/*", "model-package/*"],
  },
  cacheable: false,
  retryable: "step",
};

/** A property file, whatever its schema. */
export interface ReportFile {
  readonly step: Step;
  readonly uri: Expression<string>;
}

/** A report in S3: a property file, a URI of JSON, or a URI with its content type. */
export type Report = ReportFile | Value<string> | { readonly uri: Value<string>; readonly contentType: string };

/** Options of a registering step. */
export interface RegisterOptions extends StepBasics, Retryable<StepException> {
  readonly model: ModelArtifact | ModelSource;
  /** Model package group. The version is given by the registry. */
  readonly group: Value<string>;
  /** @default "PendingManualApproval" */
  readonly approval?: Value<"Approved" | "PendingManualApproval" | "Rejected"> | Expression<string>;
  /** Model quality statistics. */
  readonly metrics?: Report;
  readonly description?: string;
  /** Notes on the registry entry, by key. */
  readonly metadata?: Readonly<Record<string, Value<string>>>;
  /** @default ["text/csv"] */
  readonly contentTypes?: readonly string[];
  /** @default ["text/csv", "application/json"] */
  readonly responseTypes?: readonly string[];
  /** @default ["ml.m5.large"] */
  readonly instanceTypes?: readonly string[];
  /** @default ["ml.m5.large"] */
  readonly transformInstanceTypes?: readonly string[];
  readonly tags?: Tags;
  /** Members of the request to set or replace as they are. */
  readonly request?: Partial<Templated<CreateModelPackageInput>>;
}

/** A registering step. */
export type RegisterStep = Step<DescribeModelPackageOutput> & {
  /** ARN of the new model package. */
  readonly modelPackageArn: Expression<string>;
};

/** Puts a model into the registry as a new version of a group. */
export function register(name: string, options: RegisterOptions): RegisterStep {
  const { image, data, environment } = containerOf(options.model);
  const { description, ...stepOptions } = options;
  const step = new Step<DescribeModelPackageOutput>(
    registerModelKind,
    name,
    {
      arguments: {
        ModelPackageGroupName: options.group,
        ModelPackageDescription: description,
        InferenceSpecification: {
          Containers: [{ Image: image, Environment: environment, ModelDataUrl: data }],
          SupportedContentTypes: options.contentTypes ?? ["text/csv"],
          SupportedResponseMIMETypes: options.responseTypes ?? ["text/csv", "application/json"],
          SupportedRealtimeInferenceInstanceTypes: options.instanceTypes ?? ["ml.m5.large"],
          SupportedTransformInstanceTypes: options.transformInstanceTypes ?? ["ml.m5.large"],
        },
        ModelMetrics: options.metrics && { ModelQuality: { Statistics: statistics(options.metrics) } },
        ModelApprovalStatus: options.approval ?? "PendingManualApproval",
        CustomerMetadataProperties: options.metadata,
        Tags: tagList(options.tags),
        ...options.request,
      },
    },
    stepOptions,
  );
  return Object.assign(step, { modelPackageArn: step.properties.ModelPackageArn as Expression<string> });
}

function statistics(report: Report) {
  if (typeof report === "string" || isExpression(report)) return { ContentType: "application/json", S3Uri: report };
  if ("step" in report) return { ContentType: "application/json", S3Uri: report.uri };
  return { ContentType: report.contentType, S3Uri: report.uri };
}
