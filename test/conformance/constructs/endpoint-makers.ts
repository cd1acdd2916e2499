import {
  ApplicationAutoScaling,
  type PutScalingPolicyRequest,
  type RegisterScalableTargetRequest,
} from "@aws-sdk/client-application-auto-scaling";
import {
  type CreateEndpointConfigInput,
  type CreateEndpointInput,
  type CreateModelInput,
  SageMaker,
  type UpdateEndpointInput,
} from "@aws-sdk/client-sagemaker";
import type { Cloud } from "@sagewright/local";
import { arn, type Made, type Maker } from "./maker";

type EndpointProperties = CreateEndpointInput &
  Pick<UpdateEndpointInput, "RetainAllVariantProperties" | "ExcludeRetainedVariantProperties">;

interface PolicyProperties extends PutScalingPolicyRequest {
  readonly ScalingTargetId: string;
}

/** Models behind endpoints, and what scales them. */
export function endpointMakers(cloud: Cloud): Record<string, Maker> {
  const sagemaker = new SageMaker(cloud.clientConfig());
  const scaling = new ApplicationAutoScaling(cloud.clientConfig());
  const served = async (EndpointName: string | undefined): Promise<Made> => {
    // Containers start in real time, for which the cloud's clock waits.
    await cloud.clock.advance(0);
    const { EndpointStatus, FailureReason } = await sagemaker.describeEndpoint({ EndpointName });
    if (EndpointStatus !== "InService") throw new Error(`${EndpointName} is ${EndpointStatus}: ${FailureReason}`);
    return {
      ref: arn("sagemaker", `endpoint/${EndpointName}`),
      attributes: { EndpointName: EndpointName ?? "" },
      change: (next: EndpointProperties) => {
        if (next.EndpointName !== EndpointName) return undefined;
        throw new Error(`${EndpointName} would be updated, and each model has an endpoint of its own.`);
      },
      remove: async () => {
        await sagemaker.deleteEndpoint({ EndpointName });
        await cloud.clock.advance(0);
      },
    };
  };
  return {
    async "AWS::SageMaker::Model"(properties: CreateModelInput, id) {
      const ModelName = properties.ModelName ?? id;
      await sagemaker.createModel({ ...properties, ModelName });
      return {
        ref: arn("sagemaker", `model/${ModelName}`),
        attributes: { ModelName },
        remove: () => sagemaker.deleteModel({ ModelName }),
      };
    },
    async "AWS::SageMaker::EndpointConfig"(properties: CreateEndpointConfigInput, id) {
      const EndpointConfigName = properties.EndpointConfigName ?? id;
      await sagemaker.createEndpointConfig({ ...properties, EndpointConfigName });
      return {
        ref: arn("sagemaker", `endpoint-config/${EndpointConfigName}`),
        attributes: { EndpointConfigName },
        remove: () => sagemaker.deleteEndpointConfig({ EndpointConfigName }),
      };
    },
    async "AWS::SageMaker::Endpoint"(properties: EndpointProperties) {
      const { RetainAllVariantProperties: _, ExcludeRetainedVariantProperties: __, ...request } = properties;
      await sagemaker.createEndpoint(request);
      return served(request.EndpointName);
    },
    async "AWS::ApplicationAutoScaling::ScalableTarget"({ Tags: _tags, ...target }: RegisterScalableTargetRequest) {
      await scaling.registerScalableTarget(target);
      const { ResourceId, ScalableDimension, ServiceNamespace } = target;
      return {
        ref: [ResourceId, ScalableDimension, ServiceNamespace].join("|"),
        remove: () => scaling.deregisterScalableTarget({ ResourceId, ScalableDimension, ServiceNamespace }),
      };
    },
    async "AWS::ApplicationAutoScaling::ScalingPolicy"({ ScalingTargetId, ...policy }: PolicyProperties) {
      const [ResourceId, ScalableDimension, ServiceNamespace] = ScalingTargetId.split("|");
      const target = { ResourceId, ScalableDimension, ServiceNamespace } as RegisterScalableTargetRequest;
      const { PolicyARN = "" } = await scaling.putScalingPolicy({ ...policy, ...target });
      return { ref: PolicyARN };
    },
  };
}
