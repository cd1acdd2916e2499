import type { DescribeEndpointOutput } from "@aws-sdk/client-sagemaker";
import { isNotFound } from "./aws-errors";
import type { Clients } from "./clients";
import { type CurrentDeployment, currentDeployment } from "./deployment/current";
import { type DeploymentWish, type DesiredDeployment, desiredDeployment } from "./deployment/desired";
import { type DeploymentPlan, planDeployment } from "./deployment/plan";
import { sendRequest } from "./deployment/send";
import { type SettleOptions, settled } from "./deployment/settle";
import { atOnce } from "./deployment/update-policy";
import { serving as servingSchema } from "./environment/serving";
import { OperationError } from "./errors";
import { describeModel } from "./registry";
import { type Surroundings, systemSurroundings } from "./surroundings";

/** Clients that a deployment speaks through. */
export type DeployClients = Pick<Clients, "sagemaker" | "cloudwatch" | "scaling" | "polling" | "renewCredentials">;

/** What to serve and how. */
export interface DeployOptions
  extends Omit<SettleOptions, "endpoint">,
    Omit<DeploymentWish, "model" | "pinned" | "serving"> {
  /** The version to serve; it must be approved. */
  readonly modelPackageArn: string;
  /** Versions that variants name themselves, by number; they must be approved too. @default none does */
  readonly pinnedArns?: ReadonlyMap<number, string>;
  /** @default one ml.m5.large, replaced all at once and unguarded */
  readonly serving?: DeploymentWish["serving"];
}

/** What deploying did. */
export interface Deployed {
  readonly endpointArn: string;
  readonly endpoint: string;
  readonly modelName: string;
  readonly endpointConfigName: string;
  readonly change: DeploymentPlan["change"];
  readonly seconds: number;
}

/** One instance, replaced all at once: what is served where nothing else is said. */
export const plainServing = servingSchema.parse({
  mode: "endpoint",
  instances: 1,
  update: atOnce,
}) as Extract<DeploymentWish["serving"], { mode: "endpoint" }>;

/**
 * Serves a registered model: what is missing is made, what differs is changed, and the endpoint is awaited until in service. The
 * names are made from the content, so that deploying the same again changes nothing, and a deployment that was cut off
 * anywhere goes on.
 *
 * @throws OperationError `no_approved_model` for a version that is not approved, or was deleted meanwhile; `endpoint_busy` and
 *   `alarm_rings` before anything is changed; `endpoint_failed` and `deployment_rolled_back` with AWS's reason and what
 *   serves; `wait_timeout`.
 */
export function deploy(clients: DeployClients, options: DeployOptions): Promise<Deployed> {
  return deployWith(clients, options, systemSurroundings);
}

/** {@link deploy} with time and chance handed in. */
export async function deployWith(
  clients: DeployClients,
  options: DeployOptions,
  surroundings: Surroundings,
): Promise<Deployed> {
  const desired = await desiredBy(clients, options);
  await untilPlannable(clients, { ...options, endpoint: desired.endpoint }, surroundings);
  const plan = planDeployment(desired, await stateFor(clients, desired));
  return applyDeploymentWith(clients, plan, options, surroundings);
}

/**
 * What {@link deploy} would do, found by reading alone.
 *
 * @throws OperationError `no_approved_model`
 */
export async function planDeploy(clients: DeployClients, options: DeployOptions): Promise<DeploymentPlan> {
  const desired = await desiredBy(clients, options);
  return planDeployment(desired, await stateFor(clients, desired));
}

/** Sends what a plan says and waits. @throws as {@link deploy} */
export function applyDeployment(
  clients: DeployClients,
  plan: DeploymentPlan,
  options: Omit<SettleOptions, "endpoint"> = {},
): Promise<Deployed> {
  return applyDeploymentWith(clients, plan, options, systemSurroundings);
}

/** {@link applyDeployment} with time and chance handed in. */
export async function applyDeploymentWith(
  clients: DeployClients,
  plan: DeploymentPlan,
  { onStatus, onStage, signal, timeoutSeconds }: Omit<SettleOptions, "endpoint">,
  surroundings: Surroundings,
): Promise<Deployed> {
  const started = surroundings.now();
  const blocking = plan.warnings.find((warning) => warning.blocking);
  if (blocking !== undefined) throw refused(plan, blocking);
  const waiting = {
    endpoint: plan.endpoint,
    ...(onStatus === undefined ? {} : { onStatus }),
    ...(onStage === undefined ? {} : { onStage }),
    ...(signal === undefined ? {} : { signal }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
  let after: DescribeEndpointOutput | undefined;
  for (const { kind, action, requests } of plan.changes) {
    signal?.throwIfAborted();
    // An endpoint that is being deleted has to be gone first.
    if (kind === "Endpoint" && action === "create") await settled(clients, waiting, surroundings);
    for (const request of requests) {
      await sendRequest(clients, request).catch((error: unknown) => {
        throw request.operation === "CreateModel" && isNotFound(error) ? deletedMeanwhile(plan, error) : error;
      });
    }
    if (kind !== "Endpoint") continue;
    after = await settled(clients, waiting, surroundings);
    requireInService(after, plan);
  }
  return {
    endpointArn: after?.EndpointArn ?? "",
    endpoint: plan.endpoint,
    modelName: plan.modelNames[0] ?? "",
    endpointConfigName: plan.endpointConfigName,
    change: plan.change,
    seconds: (surroundings.now() - started) / 1_000,
  };
}

async function desiredBy(
  clients: DeployClients,
  { modelPackageArn, pinnedArns, serving = plainServing, ...wish }: DeployOptions,
): Promise<DesiredDeployment> {
  const model = await approvedModel(clients, modelPackageArn);
  const pinned = new Map<number, typeof model>();
  for (const [version, arn] of pinnedArns ?? []) pinned.set(version, await approvedModel(clients, arn));
  const guarded = wish.guarded ?? serving !== plainServing;
  return desiredDeployment({ ...wish, serving, model, pinned, guarded });
}

async function approvedModel(clients: Pick<Clients, "sagemaker">, arn: string) {
  const model = await describeModel(clients, arn);
  if (model.approval === "Approved") return model;
  throw new OperationError(
    "no_approved_model",
    `${model.arn} is ${model.approval}, and only an approved version is deployed. Approve it first.`,
    { facts: { arn: model.arn, approval: model.approval } },
  );
}

function stateFor(clients: DeployClients, desired: DesiredDeployment): Promise<CurrentDeployment> {
  return currentDeployment(clients, {
    endpoint: desired.endpoint,
    models: desired.models.map(({ request }) => request.ModelName ?? ""),
    configuration: desired.configuration.EndpointConfigName ?? "",
    alarms: [...desired.alarms.map(({ AlarmName = "" }) => AlarmName), ...desired.furtherAlarms],
    variants: Object.keys(desired.versions),
  });
}

/** A change of weights or counts, such as autoscaling makes, is short and says nothing: it is waited for. */
async function untilPlannable(
  clients: DeployClients,
  waiting: SettleOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { endpoint } = await currentDeployment(clients, { endpoint: waiting.endpoint });
  const adjusting = endpoint?.EndpointStatus === "Updating" && endpoint.PendingDeploymentSummary === undefined;
  if (adjusting || endpoint?.EndpointStatus === "SystemUpdating") await settled(clients, waiting, surroundings);
}

function refused(
  { endpoint, before }: DeploymentPlan,
  { code, message }: DeploymentPlan["warnings"][number],
): OperationError {
  const known = code === "alarm_unknown" || code === "alarm_rings" ? "alarm_rings" : code;
  return new OperationError(known === "strategy_changed" ? "endpoint_busy" : known, message, {
    facts: { endpoint, serves: before },
  });
}

function requireInService(after: DescribeEndpointOutput | undefined, plan: DeploymentPlan): void {
  const { EndpointStatus: status, EndpointConfigName: current, FailureReason: reason } = after ?? {};
  const { endpoint, endpointConfigName: wanted, before } = plan;
  if (status === "InService" && current === wanted) return;
  const facts = { endpoint, status, reason, endpointConfigName: current };
  if (status === "InService") {
    throw new OperationError(
      "deployment_rolled_back",
      `The update of endpoint ${endpoint} was turned back: ${sentence(reason)} It serves ${servesText(before, current)} as before.`,
      { facts: { ...facts, serves: before } },
    );
  }
  throw new OperationError(
    "endpoint_failed",
    `Endpoint ${endpoint} is ${status ?? "gone"}${current === wanted ? "" : ", still on its former configuration"}: ` +
      `${reason ?? "no reason given"} Its log says more.`,
    { facts },
  );
}

/** Versions of an endpoint's variants, for a sentence. */
export function servesText(versions: Readonly<Record<string, string>>, configuration?: string): string {
  const all = Object.entries(versions);
  const [only, ...more] = all;
  if (only === undefined) return configuration ?? "nothing";
  return more.length === 0 ? only[1] : all.map(([variant, version]) => `${version} (${variant})`).join(", ");
}

function sentence(text = "no reason was given"): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function deletedMeanwhile({ endpoint, before }: DeploymentPlan, cause: unknown): OperationError {
  const serves = Object.keys(before).length === 0 ? "serves nothing" : `serves ${servesText(before)} as before`;
  return new OperationError(
    "no_approved_model",
    `The version was deleted while it was being deployed; ${endpoint} ${serves}. Choose another one with: sagewright models list.`,
    { facts: { endpoint, serves: before }, cause },
  );
}
