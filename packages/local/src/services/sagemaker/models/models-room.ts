import type {
  CreateModelInput,
  CreateModelOutput,
  DeleteModelInput,
  DescribeModelInput,
  DescribeModelOutput,
  ListModelsInput,
  ListModelsOutput,
} from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import type { Room, RoomDeps } from "../../../room";
import { operation } from "../../../service";
import type { Collection } from "../../../state/store";
import { createdWithin, pageOf } from "../listing/page";
import type { ModelRecord } from "./model-record";
import { resolveContainer } from "./resolve-container";

/** The models of a store, for the rooms that serve them. */
export function modelsOf({ store }: Pick<RoomDeps, "store">): Collection<ModelRecord> {
  return store.collection<ModelRecord>("models");
}

/** Models: what to serve and from which image. */
export function modelsRoom(deps: RoomDeps): Room {
  const models = modelsOf(deps);
  const arnOf = (name: string) => `arn:aws:sagemaker:${deps.region}:${deps.accountId}:model/${name}`;
  const find = (named: string | undefined): ModelRecord => {
    const name = (named ?? "").slice((named ?? "").lastIndexOf("/") + 1);
    const model = models.get(name);
    if (model === undefined) throw validationException(`Could not find model "${arnOf(name)}".`);
    return model;
  };
  const created = (model: ModelRecord) =>
    deps.bus.publish({
      source: "aws.sagemaker",
      detailType: "SageMaker Model State Change",
      time: deps.clock.now(),
      resources: [model.arn],
      detail: { ...description(model), Tags: {} },
    });
  return {
    operations: {
      CreateModel: operation<CreateModelInput, CreateModelOutput>(async (request) => {
        const name = request.ModelName ?? "";
        const arn = arnOf(name);
        if (models.has(name)) throw validationException(`Cannot create already existing model "${arn}".`);
        if ((request.PrimaryContainer === undefined) === ((request.Containers ?? []).length === 0)) {
          throw validationException("Exactly one of PrimaryContainer and Containers must be given.");
        }
        const asked = request.PrimaryContainer === undefined ? (request.Containers ?? []) : [request.PrimaryContainer];
        const resolved = await Promise.all(
          asked.map((container) => resolveContainer(deps, container, request.ExecutionRoleArn)),
        );
        const model: ModelRecord = {
          name,
          arn,
          request,
          containers: resolved.map(({ container }) => container),
          served: resolved.map(({ served }) => served),
          creationTime: deps.clock.now().getTime(),
        };
        if (models.has(name)) throw validationException(`Cannot create already existing model "${arn}".`);
        await models.put(name, model);
        created(model);
        return { ModelArn: arn };
      }),
      DescribeModel: operation<DescribeModelInput, DescribeModelOutput>(({ ModelName }) =>
        description(find(ModelName)),
      ),
      ListModels: operation<ListModelsInput, ListModelsOutput>((request) => {
        const within = createdWithin(request);
        const wanted = models
          .values()
          .filter(
            (model) =>
              (request.NameContains === undefined || model.name.includes(request.NameContains)) && within(model),
          );
        const { items, NextToken } = pageOf(wanted, request, {
          descending: request.SortOrder !== "Ascending",
          key: (model) => (request.SortBy === "Name" ? model.name : model.creationTime),
          id: (model) => model.name,
        });
        const Models = items.map(({ name, arn, creationTime }) => ({
          ModelName: name,
          ModelArn: arn,
          CreationTime: new Date(creationTime),
        }));
        return { Models, NextToken };
      }),
      DeleteModel: operation<DeleteModelInput, object>(async ({ ModelName }) => {
        await models.delete(find(ModelName).name);
        return {};
      }),
    },
  };
}

function description(model: ModelRecord): Omit<DescribeModelOutput, "$metadata"> {
  const { request, containers } = model;
  return {
    ModelName: model.name,
    ModelArn: model.arn,
    PrimaryContainer: request.PrimaryContainer === undefined ? undefined : containers[0],
    Containers: request.PrimaryContainer === undefined ? [...containers] : undefined,
    InferenceExecutionConfig: request.InferenceExecutionConfig,
    ExecutionRoleArn: request.ExecutionRoleArn,
    VpcConfig: request.VpcConfig,
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    CreationTime: new Date(model.creationTime),
  };
}
