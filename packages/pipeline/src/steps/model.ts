import type { CreateModelInput, DescribeModelOutput } from "@aws-sdk/client-sagemaker";
import type { Expression, Templated, Value } from "../expressions/expression";
import { type Retryable, Step, type StepBasics, type StepException } from "../step";
import { type Network, type Tags, tagList, vpcConfig } from "./instances";
import { containerOf, type ModelArtifact, type ModelSource } from "./model-artifact";
import { targetRole } from "./outputs";
import type { StepKind } from "./step-kind";

/** Creates a model that endpoints and transforms can use. */
export const modelKind: StepKind = {
  type: "Model",
  operation: "CreateModel",
  nameMember: "ModelName",
  requiredArguments: ["ExecutionRoleArn"],
  describe: "DescribeModel",
  permissions: { actions: ["CreateModel", "DescribeModel"], resources: ["model/*"] },
  cacheable: false,
  retryable: "step",
};

/** Options of a model step. */
export interface ModelOptions extends StepBasics, Retryable<StepException> {
  readonly model: ModelArtifact | ModelSource;
  /** @default the compile target's role */
  readonly role?: Value<string>;
  readonly network?: Network & { readonly isolation?: boolean };
  readonly tags?: Tags;
  /** Members of the request to set or replace as they are. */
  readonly request?: Partial<Templated<CreateModelInput>>;
}

/** A model step. */
export type ModelStep = Step<DescribeModelOutput> & { readonly modelName: Expression<string> };

/** Creates a model that endpoints and transforms can use. */
export function model(name: string, options: ModelOptions): ModelStep {
  const { image, data, environment } = containerOf(options.model);
  const step = new Step<DescribeModelOutput>(
    modelKind,
    name,
    {
      arguments: {
        PrimaryContainer: { Image: image, Environment: environment, ModelDataUrl: data },
        ExecutionRoleArn: options.role ?? targetRole,
        EnableNetworkIsolation: options.network?.isolation,
        VpcConfig: vpcConfig(options.network),
        Tags: tagList(options.tags),
        ...options.request,
      },
    },
    options,
  );
  return Object.assign(step, { modelName: step.properties.ModelName as Expression<string> });
}
