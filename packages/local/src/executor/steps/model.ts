import { asJson } from "./as-json";
import { sagemaker } from "./job-kind";
import type { CallKind } from "./step-kind";

/** Model: CreateModel. */
export const modelStep: CallKind = {
  type: "Model",
  naming: { member: "ModelName", maxLength: 63 },
  request: ({ step, name }) => sagemaker("CreateModel", { ...step.Arguments, ModelName: name }),
  arn: (answer) => answer.ModelArn as string | undefined,
  describe: (name) => [sagemaker("DescribeModel", { ModelName: name })],
  properties: ([description = {}]) => asJson(description),
  metadata: ({ arn }) => (arn === undefined ? {} : { Model: { Arn: arn } }),
  outputs: () => [],
};
