import { type DescribeEndpointOutput, UpdateEndpointCommand } from "@aws-sdk/client-sagemaker";
import type { DeployClients } from "./deploy";
import { describeConfiguration, describeEndpoint, scalingOf, versionsOf } from "./deployment/current";
import { deploymentHistory, type FormerDeployment } from "./deployment/history";
import { configurationUnderWay, retainingCounts } from "./deployment/plan-endpoint";
import { type SettleOptions, settled } from "./deployment/settle";
import { atOnce, deploymentConfig } from "./deployment/update-policy";
import { OperationError } from "./errors";
import { type Surroundings, systemSurroundings } from "./surroundings";

/** What a rollback did. */
export interface RolledBack {
  readonly endpoint: string;
  /**
   * `turned_back`: an update was under way and was ended, the old fleet never stopped serving. `returned`: the configuration that
   * served before is in service again.
   */
  readonly way: "turned_back" | "returned";
  /** Version behind each variant, before and after. */
  readonly from: Readonly<Record<string, string>>;
  readonly to: Readonly<Record<string, string>>;
  readonly endpointConfigName: string;
  readonly seconds: number;
}

/**
 * Returns an endpoint to what it served before, all at once. An update that is under way is turned back instead, by ringing one of
 * its own alarms: SageMaker has no other way to end one.
 *
 * @throws OperationError `endpoint_unknown`; `nothing_before`; `endpoint_busy` for an update that no alarm guards;
 *   `endpoint_failed` with what serves; `wait_timeout`
 */
export function rollback(clients: DeployClients, options: SettleOptions): Promise<RolledBack> {
  return rollbackWith(clients, options, systemSurroundings);
}

/** {@link rollback} with time and chance handed in. */
export async function rollbackWith(
  clients: DeployClients,
  options: SettleOptions,
  surroundings: Surroundings,
): Promise<RolledBack> {
  const started = surroundings.now();
  const found = await describeEndpoint(clients, options.endpoint);
  if (found === undefined) throw unknown(options.endpoint);
  const done = (what: Omit<RolledBack, "endpoint" | "seconds">): RolledBack => ({
    endpoint: options.endpoint,
    ...what,
    seconds: (surroundings.now() - started) / 1_000,
  });
  const fresh = configurationUnderWay({ endpoint: found });
  if (fresh !== undefined || found.EndpointStatus === "RollingBack") {
    const after = await turnBack(clients, found, options, surroundings);
    if (after?.EndpointConfigName !== fresh)
      return done({
        way: "turned_back",
        from: await versionsBehind(clients, fresh),
        to: await versionsBehind(clients, after?.EndpointConfigName),
        endpointConfigName: after?.EndpointConfigName ?? "",
      });
    // The update was quicker, and is undone like any other.
  }
  return done(await returnToFormer(clients, options, surroundings));
}

async function returnToFormer(clients: DeployClients, options: SettleOptions, surroundings: Surroundings) {
  // Autoscaling may be adding instances just now.
  const { onStatus: _, ...quietly } = options;
  const current = await settled(clients, quietly, surroundings);
  if (current === undefined) throw unknown(options.endpoint);
  const from = await versionsBehind(clients, current.EndpointConfigName);
  const to = await formerOf(clients, current);
  const variants = (current.ProductionVariants ?? []).map(({ VariantName = "" }) => VariantName);
  const { targets } = await scalingOf(clients, options.endpoint, variants);
  await clients.sagemaker.send(
    new UpdateEndpointCommand({
      EndpointName: options.endpoint,
      EndpointConfigName: to.endpointConfigName,
      ...(targets.size > 0 ? retainingCounts : {}),
      DeploymentConfig: deploymentConfig(atOnce, []),
    }),
  );
  const after = await settled(clients, options, surroundings);
  if (after?.EndpointStatus !== "InService" || after.EndpointConfigName !== to.endpointConfigName) {
    throw new OperationError(
      "endpoint_failed",
      `Endpoint ${options.endpoint} is ${after?.EndpointStatus ?? "gone"} on ${after?.EndpointConfigName}: ${after?.FailureReason ?? "no reason given"} Its log says more.`,
      { facts: { endpoint: options.endpoint, status: after?.EndpointStatus, reason: after?.FailureReason } },
    );
  }
  return { way: "returned" as const, from, to: to.versions, endpointConfigName: to.endpointConfigName };
}

/** A rollback that failed half-way leaves a mix: there, what served before is what the endpoint's own record says. */
async function formerOf(clients: DeployClients, current: DescribeEndpointOutput): Promise<FormerDeployment> {
  const endpointConfigName = current.EndpointConfigName ?? "";
  if (current.EndpointStatus === "UpdateRollbackFailed")
    return { endpointConfigName, versions: await versionsBehind(clients, endpointConfigName) };
  const [former] = await deploymentHistory(clients, current, 1);
  if (former !== undefined) return former;
  throw new OperationError(
    "nothing_before",
    `Endpoint ${current.EndpointName} has nothing to return to. Configuration ${endpointConfigName} is the first one that was deployed from here, or what it replaced has been deleted.`,
    { facts: { endpoint: current.EndpointName, endpointConfigName } },
  );
}

/** Rings the update's alarm until SageMaker has noticed: the next evaluation of the alarm quiets it again. */
async function turnBack(
  clients: DeployClients,
  found: DescribeEndpointOutput,
  options: SettleOptions,
  surroundings: Surroundings,
): Promise<DescribeEndpointOutput | undefined> {
  if (found.EndpointStatus !== "RollingBack") {
    const alarm = found.LastDeploymentConfig?.AutoRollbackConfiguration?.Alarms?.[0]?.AlarmName;
    if (found.EndpointStatus === "Creating" || alarm === undefined) throw unguarded(found);
    const ring = ringing(clients, alarm);
    return settled(clients, { ...options, beforeWait: ring }, surroundings);
  }
  return settled(clients, options, surroundings);
}

function ringing({ cloudwatch }: DeployClients, AlarmName: string): (status: string) => Promise<void> {
  const { SetAlarmStateCommand } = require("@aws-sdk/client-cloudwatch") as typeof import("@aws-sdk/client-cloudwatch");
  const StateReason = "sagewright rollback: the update that this alarm guards is to be turned back";
  return async (status) => {
    if (status === "Updating")
      await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: "ALARM", StateReason }));
  };
}

async function versionsBehind(clients: DeployClients, name: string | undefined): Promise<Record<string, string>> {
  const configuration = name === undefined ? undefined : await describeConfiguration(clients, name);
  return configuration === undefined ? {} : versionsOf(clients, configuration);
}

function unknown(endpoint: string): OperationError {
  return new OperationError("endpoint_unknown", `There is no endpoint ${endpoint}.`, { facts: { endpoint } });
}

function unguarded({ EndpointName: endpoint, EndpointStatus: status }: DescribeEndpointOutput): OperationError {
  const why =
    status === "Creating"
      ? "is being created, and nothing served before"
      : "is being updated, and no alarm guards that";
  return new OperationError("endpoint_busy", `Endpoint ${endpoint} ${why}. Wait until it has ended, then roll back.`, {
    facts: { endpoint, status },
  });
}
