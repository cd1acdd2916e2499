import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointConfigCommand,
  type EndpointSummary,
  ListEndpointsCommand,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { isNotFound } from "./aws-errors";
import type { Clients } from "./clients";
import { alarmsOf, describeConfiguration, describeEndpoint, scalingOf, versionsOf } from "./deployment/current";
import { guardAlarmName, guardWords } from "./deployment/guard-alarms";
import { place } from "./deployment/scaling";
import { sendRequest } from "./deployment/send";

/** Every endpoint of the account, newest first. */
export async function listEndpoints(
  clients: Pick<Clients, "sagemaker">,
  options: { readonly nameContains?: string } = {},
): Promise<EndpointSummary[]> {
  const found: EndpointSummary[] = [];
  let NextToken: string | undefined;
  do {
    const page = await clients.sagemaker.send(
      new ListEndpointsCommand({
        MaxResults: 100,
        ...(options.nameContains === undefined ? {} : { NameContains: options.nameContains }),
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    found.push(...(page.Endpoints ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

/** Version behind each variant that an endpoint serves: "churn/4"; undefined when there is no such endpoint. */
export async function servedVersions(
  clients: Pick<Clients, "sagemaker">,
  endpoint: string,
): Promise<Record<string, string> | undefined> {
  const found = await describeEndpoint(clients, endpoint);
  if (found === undefined) return undefined;
  const configuration = await describeConfiguration(clients, found.EndpointConfigName ?? "");
  return configuration === undefined ? {} : versionsOf(clients, configuration);
}

/** A request to an endpoint. */
export interface InvokeOptions {
  readonly endpoint: string;
  readonly body: string | Uint8Array;
  /** @default application/json */
  readonly contentType?: string;
  /** @default application/json */
  readonly accept?: string;
  readonly variant?: string;
  /** Recorded with the captured request, to join the outcome to later. */
  readonly inferenceId?: string;
  readonly customAttributes?: string;
}

/** What an endpoint answered. */
export interface Invocation {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly variant: string;
  readonly customAttributes?: string;
}

/** Sends one request to an endpoint. @throws The SDK's ModelError when the container refused or failed */
export async function invoke(clients: Pick<Clients, "runtime">, options: InvokeOptions): Promise<Invocation> {
  const answer = await clients.runtime.send(
    new InvokeEndpointCommand({
      EndpointName: options.endpoint,
      Body: typeof options.body === "string" ? Buffer.from(options.body, "utf8") : options.body,
      ContentType: options.contentType ?? "application/json",
      Accept: options.accept ?? "application/json",
      ...(options.variant === undefined ? {} : { TargetVariant: options.variant }),
      ...(options.inferenceId === undefined ? {} : { InferenceId: options.inferenceId }),
      ...(options.customAttributes === undefined ? {} : { CustomAttributes: options.customAttributes }),
    }),
  );
  return {
    body: answer.Body ?? new Uint8Array(),
    contentType: answer.ContentType ?? "",
    variant: answer.InvokedProductionVariant ?? "",
    ...(answer.CustomAttributes === undefined ? {} : { customAttributes: answer.CustomAttributes }),
  };
}

/**
 * Takes an endpoint out of service, and with it what only it needed: scaling, guarding alarms, its configuration and models.
 *
 * @returns False when there was no such endpoint.
 */
export async function deleteEndpoint(
  clients: Pick<Clients, "sagemaker" | "cloudwatch" | "scaling">,
  endpoint: string,
): Promise<boolean> {
  const { sagemaker } = clients;
  const found = await describeEndpoint(clients, endpoint);
  if (found === undefined) return false;
  const configuration = found.EndpointConfigName ?? "";
  const variants = (found.ProductionVariants ?? []).map(({ VariantName = "" }) => VariantName);
  const { targets } = await scalingOf(clients, endpoint, variants);
  for (const variant of targets.keys())
    await sendRequest(clients, { operation: "DeregisterScalableTarget", input: place(endpoint, variant) });
  await sagemaker.send(new DeleteEndpointCommand({ EndpointName: endpoint }));
  await unlessGone(async () => {
    const { ProductionVariants } = await sagemaker.send(
      new DescribeEndpointConfigCommand({ EndpointConfigName: configuration }),
    );
    await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: configuration }));
    for (const { ModelName } of ProductionVariants ?? []) {
      if (ModelName !== undefined) await unlessGone(() => sagemaker.send(new DeleteModelCommand({ ModelName })));
    }
  });
  const names = guardWords.map((word) => guardAlarmName(endpoint, word));
  const alarms = [...(await alarmsOf(clients, names)).keys()];
  if (alarms.length > 0) {
    const { DeleteAlarmsCommand } =
      require("@aws-sdk/client-cloudwatch") as typeof import("@aws-sdk/client-cloudwatch");
    await clients.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: alarms }));
  }
  return true;
}

async function unlessGone(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
