import type {
  CreateEndpointInput,
  CreateEndpointOutput,
  DeleteEndpointInput,
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
import { endpointConfigsOf } from "./endpoint-configs-room";
import { type EndpointRecord, initialVariants, type VariantState } from "./endpoint-record";
import { endpointDescription, endpointSummary } from "./endpoint-views";
import type { FleetDeps } from "./fleet";
import { type Hosting, newEndpoint } from "./hosting";

/** Endpoints: models in service. */
export function endpointsRoom(deps: FleetDeps, host: Hosting): Room {
  const { endpoints } = host;
  const arnOf = (kind: string, name: string) => `arn:aws:sagemaker:${deps.region}:${deps.accountId}:${kind}/${name}`;
  const find = (name = ""): EndpointRecord => {
    const endpoint = endpoints.get(name);
    if (endpoint === undefined) throw validationException(`Could not find endpoint "${arnOf("endpoint", name)}".`);
    return endpoint;
  };
  const findConfig = (name = "") => {
    const config = endpointConfigsOf(deps).get(name);
    if (config === undefined) {
      throw validationException(`Could not find endpoint configuration "${arnOf("endpoint-config", name)}".`);
    }
    return config;
  };
  const findSettled = (name: string | undefined): EndpointRecord => {
    const endpoint = find(name);
    if (/ing$/.test(endpoint.status))
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
  return {
    operations: {
      CreateEndpoint: operation<CreateEndpointInput, CreateEndpointOutput>(async (request) => {
        const name = request.EndpointName ?? "";
        const arn = arnOf("endpoint", name);
        const taken = endpoints.values().some((endpoint) => endpoint.name.toLowerCase() === name.toLowerCase());
        if (taken) throw validationException(`Cannot create already existing endpoint "${arn}".`);
        const config = findConfig(request.EndpointConfigName);
        refuseGradualShift(request.DeploymentConfig);
        await host.save(newEndpoint(deps, name, arn, config.name));
        inBackground(host.bringUp(name));
        return { EndpointArn: arn };
      }),
      UpdateEndpoint: operation<UpdateEndpointInput, UpdateEndpointOutput>(async (request) => {
        const endpoint = findInService(request.EndpointName);
        const config = findConfig(request.EndpointConfigName);
        refuseGradualShift(request.DeploymentConfig);
        const fresh = initialVariants(config);
        const variants = request.RetainAllVariantProperties === true ? retained(fresh, endpoint.variants) : fresh;
        const pending = { configName: config.name, variants, startTime: deps.clock.now().getTime() };
        await host.save({ ...endpoint, status: "Updating", pending });
        inBackground(host.bringUp(endpoint.name));
        return { EndpointArn: endpoint.arn };
      }),
      UpdateEndpointWeightsAndCapacities: operation<
        UpdateEndpointWeightsAndCapacitiesInput,
        UpdateEndpointWeightsAndCapacitiesOutput
      >(async (request) => {
        const endpoint = findInService(request.EndpointName);
        const variants = desired(endpoint, request.DesiredWeightsAndCapacities ?? []);
        await host.save({ ...endpoint, status: "Updating", variants });
        const reached = variants.map((variant) => ({
          ...variant,
          weight: variant.desiredWeight,
          instances: variant.desiredInstances,
        }));
        setImmediate(() => inBackground(host.save({ ...endpoint, status: "InService", variants: reached })));
        return { EndpointArn: endpoint.arn };
      }),
      DescribeEndpoint: operation<DescribeEndpointInput, DescribeEndpointOutput>((request) =>
        endpointDescription(find(request.EndpointName)),
      ),
      ListEndpoints: operation<ListEndpointsInput, ListEndpointsOutput>((request) => {
        const created = createdWithin(request);
        const modified = modifiedWithin(request);
        const wanted = endpoints
          .values()
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
      }),
      DeleteEndpoint: operation<DeleteEndpointInput, object>(async (request) => {
        const endpoint = findSettled(request.EndpointName);
        await host.save({ ...endpoint, status: "Deleting" });
        inBackground(host.takeDown(endpoint.name).then(() => endpoints.delete(endpoint.name)));
        return {};
      }),
    },
    async recover() {
      for (const endpoint of endpoints.values()) {
        if (endpoint.status === "Deleting")
          await host.takeDown(endpoint.name).then(() => endpoints.delete(endpoint.name));
        // A change of weights only needs no container; the one that was under way is done.
        else if (endpoint.status === "Updating" && endpoint.pending === undefined)
          await host.save({ ...endpoint, status: "InService" });
        else if (endpoint.status === "Creating" || endpoint.status === "Updating")
          inBackground(host.bringUp(endpoint.name));
      }
    },
    close: () => host.close(),
  };
}

function desired(
  endpoint: EndpointRecord,
  wishes: readonly {
    VariantName?: string | undefined;
    DesiredWeight?: number | undefined;
    DesiredInstanceCount?: number | undefined;
  }[],
): VariantState[] {
  const unknown = wishes.filter(({ VariantName }) => !endpoint.variants.some(({ name }) => name === VariantName));
  if (unknown.length > 0) {
    const names = unknown.map(({ VariantName }) => VariantName).join(", ");
    throw validationException(
      `The variant name(s) "${names}" is/are not present within endpoint configuration "${endpoint.configName}".`,
    );
  }
  return endpoint.variants.map((variant) => {
    const wish = wishes.find(({ VariantName }) => VariantName === variant.name);
    return {
      ...variant,
      desiredWeight: wish?.DesiredWeight ?? variant.desiredWeight,
      desiredInstances: wish?.DesiredInstanceCount ?? variant.desiredInstances,
    };
  });
}

function retained(fresh: readonly VariantState[], former: readonly VariantState[]): VariantState[] {
  return fresh.map((variant) => former.find(({ name }) => name === variant.name) ?? variant);
}

function refuseGradualShift(deployment: UpdateEndpointInput["DeploymentConfig"]): void {
  const type = deployment?.BlueGreenUpdatePolicy?.TrafficRoutingConfiguration?.Type;
  const gradual = deployment?.RollingUpdatePolicy !== undefined || (type !== undefined && type !== "ALL_AT_ONCE");
  const alarms = (deployment?.AutoRollbackConfiguration?.Alarms ?? []).length > 0;
  if (!gradual && !alarms) return;
  const what = gradual ? `Traffic shifting ${type ?? "by rolling update"}` : "Rollback by alarms";
  throw validationException(
    `${what} is not emulated by Sagewright's embedded cloud. Use ALL_AT_ONCE without alarms here.`,
  );
}

function sortKey(endpoint: EndpointRecord, by: string): string | number {
  if (by === "Name") return endpoint.name;
  return by === "Status" ? endpoint.status : endpoint.creationTime;
}
