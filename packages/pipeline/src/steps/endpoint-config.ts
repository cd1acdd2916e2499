import type { StepKind } from "./step-kind";

/** Describes an endpoint. The real name gets an execution suffix, so refer to `EndpointConfigName`. */
export const endpointConfigKind: StepKind = {
  type: "EndpointConfig",
  operation: "CreateEndpointConfig",
  nameMember: "EndpointConfigName",
  describe: "DescribeEndpointConfig",
  refused: {
    DataCaptureConfig: "Turn capture on after the pipeline, or in the endpoint's own configuration",
    ExplainerConfig: "Add the explainer after the pipeline",
  },
  permissions: { actions: ["CreateEndpointConfig", "DescribeEndpointConfig"], resources: ["endpoint-config/*"] },
  cacheable: true,
  retryable: "job",
  cacheKey: [""],
};
