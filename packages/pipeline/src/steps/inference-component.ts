import type { StepKind } from "./step-kind";

/** Places a model on an endpoint, or updates the component of that name. */
export const inferenceComponentKind: StepKind = {
  type: "InferenceComponent",
  operation: "CreateInferenceComponent",
  describe: "DescribeInferenceComponent",
  permissions: {
    actions: ["CreateInferenceComponent", "DescribeInferenceComponent", "UpdateInferenceComponent"],
    resources: ["inference-component/*"],
  },
  cacheable: false,
  retryable: "never",
};
