import type {
  CreateEndpointInput,
  CreateEndpointOutput,
  DeleteEndpointInput,
  DeploymentConfig,
  DescribeEndpointInput,
  DescribeEndpointOutput,
  ListEndpointsInput,
  ListEndpointsOutput,
  UpdateEndpointInput,
  UpdateEndpointOutput,
  UpdateEndpointWeightsAndCapacitiesInput,
  UpdateEndpointWeightsAndCapacitiesOutput,
} from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import type { Room } from "../../../room";
import { operation } from "../../../service";
import { inBackground } from "../background/in-background";
import { createdWithin, modifiedWithin, pageOf } from "../listing/page";
import { checkDeployment } from "./deployment/check-deployment";
import { plannedDeployment } from "./deployment/shifting-plan";
import { desiredVariants } from "./desired-variants";
import { endpointConfigsOf } from "./endpoint-configs-room";
import type { EndpointConfigRecord, EndpointRecord, Hosted } from "./endpoint-record";
import { endpointDescription, endpointSummary } from "./endpoint-views";
import type { FleetDeps } from "./fleet-deps";
import { everyVariant, hostedFrom, retaining } from "./hosted";
import type { Hosting } from "./hosting";
import { capacityOf } from "./variant-states";

/** While an endpoint is in one of these, it takes no other change. */
const IN_PROGRESS: ReadonlySet<string> = new Set(["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"]);

/** Endpoints: models in service. */
export function endpointsRoom(deps: FleetDeps, host: Hosting): Room {
  const { endpoints } = host;
  const { find, findConfig, findSettled, findInService, arnOf } = lookups(deps, host);
  const now = () => deps.clock.now().getTime();
  /** A configuration with all of its models; without one it could not be hosted. */
  const freshFrom = (config: EndpointConfigRecord) => {
    const fresh = hostedFrom(deps, config);
    const { ProductionVariants = [], ShadowProductionVariants = [] } = config.request;
    const all = [...ProductionVariants, ...ShadowProductionVariants];
    const missing = all.find(({ VariantName = "" }) => !(VariantName in fresh.served));
    if (missing === undefined) return fresh;
    throw validationException(`Could not find model "${arnOf("model", missing.ModelName ?? "")}".`);
  };

  const create = async (request: CreateEndpointInput) => {
    const name = request.EndpointName ?? "";
    const arn = arnOf("endpoint", name);
    const taken = endpoints.values().some((endpoint) => endpoint.name.toLowerCase() === name.toLowerCase());
    if (taken) throw validationException(`Cannot create already existing endpoint "${arn}".`);
    const fresh = freshFrom(findConfig(request.EndpointConfigName));
    checkDeployment(request.DeploymentConfig);
    const time = now();
    const green = capacityOf(everyVariant(fresh));
    await host.save({
      ...fresh,
      name,
      arn,
      status: "Creating",
      pending: { ...fresh, startTime: time },
      // Nothing serves yet, so there is nothing to shift.
      deployment: plannedDeployment({ config: undefined, blue: {}, green, time }),
      ...(request.DeploymentConfig === undefined ? {} : { lastDeploymentConfig: request.DeploymentConfig }),
      creationTime: time,
      lastModifiedTime: time,
    });
    inBackground(host.deploy(name));
    return { EndpointArn: arn };
  };

  const update = async (request: UpdateEndpointInput) => {
    const endpoint = findInService(request.EndpointName);
    const fresh = freshFrom(findConfig(request.EndpointConfigName));
    const retain = request.RetainAllVariantProperties === true;
    const excluded = (request.ExcludeRetainedVariantProperties ?? []).map((each) => each.VariantPropertyType);
    if (!retain && excluded.length > 0) {
      throw validationException(
        "ExcludeRetainedVariantProperties can only be given when RetainAllVariantProperties is true.",
      );
    }
    const hosted = retaining(fresh, endpoint, {
      weights: retain && !excluded.includes("DesiredWeight"),
      instances: retain && !excluded.includes("DesiredInstanceCount"),
      capture: retain && !excluded.includes("DataCaptureConfig"),
    });
    const config =
      request.DeploymentConfig ?? (request.RetainDeploymentConfig === true ? endpoint.lastDeploymentConfig : undefined);
    checkDeployment(config, { former: endpoint.variants, fresh: hosted.variants, alarms: deps.alarms });
    refuseRollingShadows(config, [endpoint, hosted]);
    const time = now();
    const [blue, green] = [capacityOf(everyVariant(endpoint)), capacityOf(everyVariant(hosted))];
    const { lastDeploymentConfig: _last, ...rest } = endpoint;
    await host.save({
      ...rest,
      status: "Updating",
      pending: { ...hosted, startTime: time },
      deployment: plannedDeployment({ config, blue, green, time }),
      ...(config === undefined ? {} : { lastDeploymentConfig: config }),
    });
    inBackground(host.deploy(endpoint.name));
    return { EndpointArn: endpoint.arn };
  };

  return {
    operations: {
      CreateEndpoint: operation<CreateEndpointInput, CreateEndpointOutput>(create),
      UpdateEndpoint: operation<UpdateEndpointInput, UpdateEndpointOutput>(update),
      UpdateEndpointWeightsAndCapacities: operation<
        UpdateEndpointWeightsAndCapacitiesInput,
        UpdateEndpointWeightsAndCapacitiesOutput
      >(async (request) => {
        const endpoint = findInService(request.EndpointName);
        const variants = desiredVariants(endpoint, request.DesiredWeightsAndCapacities ?? []);
        await host.save({ ...endpoint, status: "Updating", variants });
        inBackground(host.adjust(endpoint.name));
        return { EndpointArn: endpoint.arn };
      }),
      DescribeEndpoint: operation<DescribeEndpointInput, DescribeEndpointOutput>((request) =>
        endpointDescription(find(request.EndpointName)),
      ),
      ListEndpoints: operation<ListEndpointsInput, ListEndpointsOutput>((request) =>
        listed(endpoints.values(), request),
      ),
      DeleteEndpoint: operation<DeleteEndpointInput, object>(async (request) => {
        const endpoint = findSettled(request.EndpointName);
        await host.save({ ...endpoint, status: "Deleting" });
        inBackground(host.takeDown(endpoint.name).then(() => endpoints.delete(endpoint.name)));
        return {};
      }),
    },
    async recover() {
      for (const { name, status, deployment } of endpoints.values()) {
        if (status === "Deleting") await host.takeDown(name).then(() => endpoints.delete(name));
        else if (IN_PROGRESS.has(status))
          inBackground(deployment === undefined ? host.adjust(name) : host.resume(name));
      }
    },
    close: () => host.close(),
  };
}

function refuseRollingShadows(config: DeploymentConfig | undefined, all: readonly Hosted[]): void {
  if (config?.RollingUpdatePolicy === undefined || all.every(({ shadows }) => shadows === undefined)) return;
  throw validationException("RollingUpdatePolicy is not supported for endpoints with shadow variants.");
}

function listed(all: readonly EndpointRecord[], request: ListEndpointsInput) {
  const created = createdWithin(request);
  const modified = modifiedWithin(request);
  const wanted = all
    .filter(({ name }) => request.NameContains === undefined || name.includes(request.NameContains))
    .filter(({ status }) => request.StatusEquals === undefined || status === request.StatusEquals)
    .filter((endpoint) => created(endpoint) && modified(endpoint));
  const { items, NextToken } = pageOf(wanted, request, {
    size: 10,
    descending: request.SortOrder !== "Ascending",
    key: (endpoint) => sortKey(endpoint, request.SortBy ?? "CreationTime"),
    id: (endpoint) => endpoint.name,
  });
  return { Endpoints: items.map(endpointSummary), NextToken };
}

function lookups(deps: FleetDeps, { endpoints }: Hosting) {
  const arnOf = (kind: string, name: string) => `arn:aws:sagemaker:${deps.region}:${deps.accountId}:${kind}/${name}`;
  const find = (name = ""): EndpointRecord => {
    const endpoint = endpoints.get(name);
    if (endpoint === undefined) throw validationException(`Could not find endpoint "${arnOf("endpoint", name)}".`);
    return endpoint;
  };
  const findConfig = (name = ""): EndpointConfigRecord => {
    const config = endpointConfigsOf(deps).get(name);
    if (config === undefined) {
      throw validationException(`Could not find endpoint configuration "${arnOf("endpoint-config", name)}".`);
    }
    return config;
  };
  const findSettled = (name: string | undefined): EndpointRecord => {
    const endpoint = find(name);
    if (IN_PROGRESS.has(endpoint.status))
      throw validationException(`Cannot update in-progress endpoint "${endpoint.arn}".`);
    return endpoint;
  };
  const findInService = (name: string | undefined): EndpointRecord => {
    const endpoint = findSettled(name);
    if (endpoint.status === "InService") return endpoint;
    throw validationException(
      `Cannot update endpoint "${endpoint.arn}" in status ${endpoint.status}. Delete it and create it again.`,
    );
  };
  return { arnOf, find, findConfig, findSettled, findInService };
}

function sortKey(endpoint: EndpointRecord, by: string): string | number {
  if (by === "Name") return endpoint.name;
  return by === "Status" ? endpoint.status : endpoint.creationTime;
}
