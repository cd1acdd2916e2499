import { asJson } from "./as-json";
import { sagemaker } from "./job-kind";
import type { CallKind } from "./step-kind";

/** RegisterModel: CreateModelPackage. The package remembers the execution that made it; the token keeps a repeated request from making two. */
export const registerModelStep: CallKind = {
  type: "RegisterModel",
  // Pipelines make a group that does not exist yet; the registry's own API does not.
  prepare: ({ step }) => {
    const { ModelPackageGroupName: name } = step.Arguments;
    return name === undefined ? undefined : sagemaker("CreateModelPackageGroup", { ModelPackageGroupName: name });
  },
  request: ({ step, token, identity }) =>
    sagemaker("CreateModelPackage", {
      ...step.Arguments,
      MetadataProperties: {
        ...(step.Arguments.MetadataProperties as object | undefined),
        GeneratedBy: identity.executionArn,
      },
      ClientToken: `${identity.executionId}-${token}`,
    }),
  arn: (answer) => answer.ModelPackageArn as string | undefined,
  describe: (_name, arn) => [sagemaker("DescribeModelPackage", { ModelPackageName: arn ?? "" })],
  properties: ([description = {}]) => asJson(description),
  metadata: ({ arn }) => (arn === undefined ? {} : { RegisterModel: { Arn: arn } }),
  outputs: () => [],
};
