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
import type { Room, RoomDeps } from "../../../room";
import { operation } from "../../../service";
import type { Collection } from "../../../state/store";
import { createdWithin, pageOf } from "../listing/page";
import { modelsOf } from "../models/models-room";
import { severalContainers } from "../models/resolve-container";
import { type EndpointConfigRecord, variantName } from "./endpoint-record";
import { configDescription } from "./endpoint-views";

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
        for (const variant of request.ProductionVariants ?? []) checkVariant(deps, variant);
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

function checkVariant(deps: RoomDeps, variant: ProductionVariant): void {
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
}

function refuseWhatIsNotEmulated(request: CreateEndpointConfigInput): void {
  const asked = {
    AsyncInferenceConfig: request.AsyncInferenceConfig !== undefined,
    ExplainerConfig: request.ExplainerConfig !== undefined,
    ShadowProductionVariants: (request.ShadowProductionVariants ?? []).length > 0,
    DataCaptureConfig: request.DataCaptureConfig?.EnableCapture === true,
  };
  for (const [member, given] of Object.entries(asked)) {
    if (given)
      throw validationException(`${member} is not emulated by Sagewright's embedded cloud. Leave it out here.`);
  }
}
