import type {
  CreateEndpointConfigInput,
  CreateEndpointConfigOutput,
  DeleteEndpointConfigInput,
  DescribeEndpointConfigInput,
  DescribeEndpointConfigOutput,
  ListEndpointConfigsInput,
  ListEndpointConfigsOutput,
  ProductionVariant,
} from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import { parseS3Uri } from "../../../jobs/s3-uri";
import type { Room, RoomDeps } from "../../../room";
import { operation } from "../../../service";
import type { Collection } from "../../../state/store";
import { createdWithin, pageOf } from "../listing/page";
import { modelsOf } from "../models/models-room";
import { severalContainers } from "../models/resolve-container";
import { type EndpointConfigRecord, variantName } from "./endpoint-record";
import { configDescription } from "./endpoint-views";
import { checkServerlessVariant } from "./serverless-config";

/** The endpoint configurations of a store. */
export function endpointConfigsOf({ store }: Pick<RoomDeps, "store">): Collection<EndpointConfigRecord> {
  return store.collection<EndpointConfigRecord>("endpoint-configs");
}

/** Endpoint configurations: which models an endpoint serves, and with what share of the traffic. */
export function endpointConfigsRoom(deps: RoomDeps): Room {
  const configs = endpointConfigsOf(deps);
  const arnOf = (name: string) => `arn:aws:sagemaker:${deps.region}:${deps.accountId}:endpoint-config/${name}`;
  const find = (name = ""): EndpointConfigRecord => {
    const config = configs.get(name);
    if (config === undefined) throw validationException(`Could not find endpoint configuration "${arnOf(name)}".`);
    return config;
  };
  return {
    operations: {
      CreateEndpointConfig: operation<CreateEndpointConfigInput, CreateEndpointConfigOutput>(async (request) => {
        const name = request.EndpointConfigName ?? "";
        const arn = arnOf(name);
        if (configs.has(name))
          throw validationException(`Cannot create already existing endpoint configuration "${arn}".`);
        refuseWhatIsNotEmulated(request);
        checkNames(request);
        checkCapture(request);
        checkShadows(request);
        for (const variant of allVariants(request)) checkVariant(deps, request, variant);
        await configs.put(name, { name, arn, request, creationTime: deps.clock.now().getTime() });
        return { EndpointConfigArn: arn };
      }),
      DescribeEndpointConfig: operation<DescribeEndpointConfigInput, DescribeEndpointConfigOutput>((request) =>
        configDescription(find(request.EndpointConfigName)),
      ),
      ListEndpointConfigs: operation<ListEndpointConfigsInput, ListEndpointConfigsOutput>((request) => {
        const within = createdWithin(request);
        const named = ({ name }: EndpointConfigRecord) =>
          request.NameContains === undefined || name.includes(request.NameContains);
        const { items, NextToken } = pageOf(
          configs.values().filter((config) => named(config) && within(config)),
          request,
          {
            descending: request.SortOrder !== "Ascending",
            key: (config) => (request.SortBy === "Name" ? config.name : config.creationTime),
            id: (config) => config.name,
          },
        );
        const EndpointConfigs = items.map(({ name, arn, creationTime }) => ({
          EndpointConfigName: name,
          EndpointConfigArn: arn,
          CreationTime: new Date(creationTime),
        }));
        return { EndpointConfigs, NextToken };
      }),
      DeleteEndpointConfig: operation<DeleteEndpointConfigInput, object>(async (request) => {
        await configs.delete(find(request.EndpointConfigName).name);
        return {};
      }),
    },
  };
}

function checkVariant(deps: RoomDeps, request: CreateEndpointConfigInput, variant: ProductionVariant): void {
  const name = variantName(variant);
  if (variant.ModelName === undefined) {
    throw validationException(
      `Variant ${name} names no model. Inference components are not emulated by Sagewright's embedded cloud; give ModelName.`,
    );
  }
  const model = modelsOf(deps).get(variant.ModelName);
  if (model === undefined) {
    throw validationException(
      `Could not find model "arn:aws:sagemaker:${deps.region}:${deps.accountId}:model/${variant.ModelName}".`,
    );
  }
  if (model.served.length > 1) throw validationException(severalContainers(`Model ${model.name}`));
  checkServerlessVariant(request, variant, model);
  if (variant.ServerlessConfig === undefined && variant.InstanceType === undefined) {
    throw validationException(
      `Variant ${name} has neither InstanceType nor ServerlessConfig. Give an instance type and InitialInstanceCount, or a serverless configuration.`,
    );
  }
}

function checkCapture({ DataCaptureConfig: capture }: CreateEndpointConfigInput): void {
  if (capture === undefined || capture.EnableCapture === false) return;
  if (parseS3Uri(capture.DestinationS3Uri ?? "") === undefined) {
    throw validationException(
      `DataCaptureConfig.DestinationS3Uri: ${capture.DestinationS3Uri} is no S3 location. Give s3://bucket/prefix.`,
    );
  }
}

function allVariants(request: CreateEndpointConfigInput): ProductionVariant[] {
  return [...(request.ProductionVariants ?? []), ...(request.ShadowProductionVariants ?? [])];
}

function checkShadows({ ProductionVariants = [], ShadowProductionVariants = [] }: CreateEndpointConfigInput): void {
  if (ShadowProductionVariants.length === 0) return;
  if (ProductionVariants.length !== 1 || ShadowProductionVariants.length !== 1) {
    throw validationException(
      `With ShadowProductionVariants there can be one variant in ProductionVariants and one in ShadowProductionVariants; there are ${ProductionVariants.length} and ${ShadowProductionVariants.length}.`,
    );
  }
  const serverless = [...ProductionVariants, ...ShadowProductionVariants].some((each) => each.ServerlessConfig);
  if (serverless) throw validationException("Serverless endpoints do not support ShadowProductionVariants.");
}

function checkNames(request: CreateEndpointConfigInput): void {
  const names = allVariants(request).map(variantName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw validationException(
    `Two variants are called ${twice}. Variant names must be unique within an endpoint configuration.`,
  );
}

function refuseWhatIsNotEmulated(request: CreateEndpointConfigInput): void {
  const asked = {
    AsyncInferenceConfig: request.AsyncInferenceConfig !== undefined,
    ExplainerConfig: request.ExplainerConfig !== undefined,
    MetricsConfig: request.MetricsConfig !== undefined,
    ManagedInstanceScaling: someVariant(request, "ManagedInstanceScaling"),
    InstancePools: someVariant(request, "InstancePools"),
    CoreDumpConfig: someVariant(request, "CoreDumpConfig"),
  };
  for (const [member, given] of Object.entries(asked)) {
    if (given)
      throw validationException(`${member} is not emulated by Sagewright's embedded cloud. Leave it out here.`);
  }
}

function someVariant(request: CreateEndpointConfigInput, member: string): boolean {
  return allVariants(request).some((variant) => (variant as unknown as Record<string, unknown>)[member] !== undefined);
}
