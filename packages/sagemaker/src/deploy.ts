import { createHash } from "node:crypto";
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  type DescribeEndpointOutput,
  type ProductionVariantInstanceType,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import { isAlreadyThere, isNotFound } from "./aws-errors";
import type { Clients } from "./clients";
import { OperationError } from "./errors";
import { Pace } from "./pace";
import { describeModel, type ModelDetails } from "./registry";
import { type Surroundings, systemSurroundings } from "./surroundings";

/** What to serve and how. */
export interface DeployOptions {
  readonly endpoint: string;
  /** The version to serve; it must be approved. */
  readonly modelPackageArn: string;
  /** Role with which the container reads the model. */
  readonly roleArn: string;
  /** @default ml.m5.large */
  readonly instanceType?: ProductionVariantInstanceType;
  /** @default 1 */
  readonly instances?: number;
  /** @default AllTraffic */
  readonly variant?: string;
  /** Environment added to that of the model package. @default nothing */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called at every status the endpoint passes through. */
  readonly onStatus?: (status: string) => void;
  readonly signal?: AbortSignal;
  /** @default 3,600 seconds, what an endpoint may take on AWS */
  readonly timeoutSeconds?: number;
}

/** What deploying did. */
export interface Deployed {
  readonly endpointArn: string;
  readonly endpoint: string;
  readonly modelName: string;
  readonly endpointConfigName: string;
  readonly change: "created" | "updated" | "unchanged";
  readonly seconds: number;
}

/**
 * Serves a registered model: model, endpoint configuration and endpoint are made or updated, then awaited until in
 * service. The names are made from the content, so that deploying the same again changes nothing.
 *
 * @throws OperationError `no_approved_model` for a version that is not approved; `endpoint_failed` with AWS's reason;
 *   `wait_timeout`.
 */
export function deploy(clients: Pick<Clients, "sagemaker" | "polling">, options: DeployOptions): Promise<Deployed> {
  return deployWith(clients, options, systemSurroundings);
}

/** {@link deploy} with time and chance handed in. */
export async function deployWith(
  clients: Pick<Clients, "sagemaker" | "polling">,
  options: DeployOptions,
  surroundings: Surroundings,
): Promise<Deployed> {
  const started = surroundings.now();
  const model = await describeModel(clients, options.modelPackageArn);
  if (model.approval !== "Approved") {
    throw new OperationError(
      "no_approved_model",
      `${model.arn} is ${model.approval}, and only an approved version is deployed. Approve it first.`,
      { facts: { arn: model.arn, approval: model.approval } },
    );
  }
  const before = await settled(clients, options, surroundings, started);
  const modelName = await createModel(clients, model, options);
  const endpointConfigName = await createConfiguration(clients, modelName, options);
  const change = await point(clients, options.endpoint, endpointConfigName, before);
  const after = await settled(clients, options, surroundings, started);
  requireInService(after, options.endpoint, endpointConfigName);
  return {
    endpointArn: after?.EndpointArn ?? "",
    endpoint: options.endpoint,
    modelName,
    endpointConfigName,
    change,
    seconds: (surroundings.now() - started) / 1_000,
  };
}

async function createModel(
  clients: Pick<Clients, "sagemaker">,
  model: ModelDetails,
  options: DeployOptions,
): Promise<string> {
  const request = {
    ExecutionRoleArn: options.roleArn,
    PrimaryContainer: { ModelPackageName: model.arn, Environment: { ...options.environment } },
  };
  const name = contentName(options.endpoint, { ...request, image: model.image, data: model.modelDataUrl });
  await unlessThere(() => clients.sagemaker.send(new CreateModelCommand({ ModelName: name, ...request })));
  return name;
}

async function createConfiguration(
  clients: Pick<Clients, "sagemaker">,
  modelName: string,
  options: DeployOptions,
): Promise<string> {
  const ProductionVariants = [
    {
      VariantName: options.variant ?? "AllTraffic",
      ModelName: modelName,
      InstanceType: options.instanceType ?? "ml.m5.large",
      InitialInstanceCount: options.instances ?? 1,
      InitialVariantWeight: 1,
    },
  ];
  const name = contentName(options.endpoint, ProductionVariants);
  await unlessThere(() =>
    clients.sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants })),
  );
  return name;
}

async function point(
  clients: Pick<Clients, "sagemaker">,
  endpoint: string,
  configuration: string,
  before: DescribeEndpointOutput | undefined,
): Promise<Deployed["change"]> {
  const request = { EndpointName: endpoint, EndpointConfigName: configuration };
  if (before === undefined) {
    await clients.sagemaker.send(new CreateEndpointCommand(request));
    return "created";
  }
  if (before.EndpointStatus === "Failed") {
    throw new OperationError(
      "endpoint_failed",
      `Endpoint ${endpoint} failed earlier (${before.FailureReason ?? "no reason given"}) and cannot be updated. Delete it, then deploy again.`,
      { facts: { endpoint, reason: before.FailureReason } },
    );
  }
  if (before.EndpointConfigName === configuration) return "unchanged";
  await clients.sagemaker.send(new UpdateEndpointCommand(request));
  return "updated";
}

/** Waits until nothing is under way on the endpoint. @returns undefined when there is no such endpoint */
async function settled(
  clients: Pick<Clients, "sagemaker" | "polling">,
  options: DeployOptions,
  surroundings: Surroundings,
  started: number,
): Promise<DescribeEndpointOutput | undefined> {
  const pace = new Pace(clients, surroundings);
  const timeoutSeconds = options.timeoutSeconds ?? 3_600;
  let status: string | undefined;
  for (;;) {
    try {
      const found = await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: options.endpoint }));
      const changed = found.EndpointStatus !== status;
      status = found.EndpointStatus;
      if (changed && status !== undefined) options.onStatus?.(status);
      if (!/ing$/i.test(status ?? "")) return found;
      if (surroundings.now() - started > timeoutSeconds * 1_000)
        throw timedOut(options.endpoint, timeoutSeconds, status);
      await pace.next(changed, options.signal);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      await pace.afterFailure(error, options.signal);
    }
  }
}

function requireInService(after: DescribeEndpointOutput | undefined, endpoint: string, configuration: string): void {
  const { EndpointStatus: status, EndpointConfigName: current, FailureReason: reason } = after ?? {};
  if (status === "InService" && current === configuration) return;
  throw new OperationError(
    "endpoint_failed",
    `Endpoint ${endpoint} is ${status ?? "gone"}${current === configuration ? "" : ", still on its former configuration"}: ` +
      `${reason ?? "no reason given"} Its log says more.`,
    { facts: { endpoint, status, reason, endpointConfigName: current } },
  );
}

function timedOut(endpoint: string, seconds: number, status: string | undefined): OperationError {
  return new OperationError("wait_timeout", `Endpoint ${endpoint} is still ${status} after ${seconds} seconds.`, {
    facts: { endpoint, seconds, status },
  });
}

async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!isAlreadyThere(error)) throw error;
  }
}

/** A name of at most 63 characters that the same content always gets. */
function contentName(prefix: string, content: unknown): string {
  const digest = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 12);
  return `${prefix.slice(0, 50)}-${digest}`;
}
