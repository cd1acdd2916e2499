import type { StepKind } from "./step-kind";

/** Creates an endpoint, or updates the one of that name. */
export const endpointKind: StepKind = {
  type: "Endpoint",
  operation: "CreateEndpoint",
  describe: "DescribeEndpoint",
  refused: { DeploymentConfig: "Update the endpoint outside the pipeline when traffic must shift step by step" },
  permissions: {
    actions: ["CreateEndpoint", "DescribeEndpoint", "UpdateEndpoint"],
    resources: ["endpoint/*", "endpoint-config/*"],
  },
  cacheable: true,
  retryable: "never",
  cacheKey: [""],
};
