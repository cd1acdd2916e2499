import type { DescribeEndpointConfigOutput, DescribeEndpointOutput, EndpointSummary } from "@aws-sdk/client-sagemaker";
import type { Answer } from "../../../service";
import type { EndpointConfigRecord, EndpointRecord, VariantState } from "./endpoint-record";

/** DescribeEndpointConfig's answer. */
export function configDescription(config: EndpointConfigRecord): Answer<DescribeEndpointConfigOutput> {
  const { Tags: _tags, ...request } = config.request;
  return {
    ...request,
    EndpointConfigName: config.name,
    EndpointConfigArn: config.arn,
    CreationTime: new Date(config.creationTime),
  } as Answer<DescribeEndpointConfigOutput>;
}

/** DescribeEndpoint's answer. Until an update is done, the former configuration is the endpoint's. */
export function endpointDescription(endpoint: EndpointRecord): Answer<DescribeEndpointOutput> {
  const creating = endpoint.status === "Creating" || endpoint.status === "Failed";
  return {
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    EndpointConfigName: endpoint.configName,
    EndpointStatus: endpoint.status,
    ProductionVariants: creating ? undefined : endpoint.variants.map(variantSummary),
    FailureReason: endpoint.failureReason,
    CreationTime: new Date(endpoint.creationTime),
    LastModifiedTime: new Date(endpoint.lastModifiedTime),
    PendingDeploymentSummary:
      endpoint.pending === undefined
        ? undefined
        : {
            EndpointConfigName: endpoint.pending.configName,
            StartTime: new Date(endpoint.pending.startTime),
            ProductionVariants: endpoint.pending.variants.map((variant) => ({
              ...variantSummary(variant),
              VariantStatus: [
                { Status: "Creating" as const, StatusMessage: `Launching ${variant.desiredInstances} instance(s).` },
              ],
            })),
          },
  };
}

/** A row of ListEndpoints. */
export function endpointSummary(endpoint: EndpointRecord): EndpointSummary {
  return {
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    EndpointStatus: endpoint.status,
    CreationTime: new Date(endpoint.creationTime),
    LastModifiedTime: new Date(endpoint.lastModifiedTime),
  };
}

function variantSummary(variant: VariantState) {
  return {
    VariantName: variant.name,
    CurrentWeight: variant.weight,
    DesiredWeight: variant.desiredWeight,
    CurrentInstanceCount: variant.instances,
    DesiredInstanceCount: variant.desiredInstances,
  };
}
