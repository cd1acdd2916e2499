import type { ScalableTarget, ScalingPolicy } from "@aws-sdk/client-application-auto-scaling";
import type { MetricAlarm } from "@aws-sdk/client-cloudwatch";
import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  type DescribeEndpointConfigOutput,
  type DescribeEndpointOutput,
  DescribeModelCommand,
} from "@aws-sdk/client-sagemaker";
import { isNotFound } from "../aws-errors";
import type { Clients } from "../clients";
import { packageName } from "./package-name";
import { SCALABLE_DIMENSION, scalableResource } from "./scaling";

/** What is there of a deployment. */
export interface CurrentDeployment {
  /** Absent when there is no such endpoint. */
  readonly endpoint?: DescribeEndpointOutput;
  /** What serves now; absent when its record has been deleted. */
  readonly configuration?: DescribeEndpointConfigOutput;
  /** Version behind each variant that serves now: "churn/3". */
  readonly versions: Readonly<Record<string, string>>;
  /** Names of the wanted models and configurations that are there already. */
  readonly present: ReadonlySet<string>;
  readonly alarms: ReadonlyMap<string, MetricAlarm>;
  /** By variant. */
  readonly targets: ReadonlyMap<string, ScalableTarget>;
  readonly policies: readonly ScalingPolicy[];
}

/** Names to look for. */
export interface Sought {
  readonly endpoint: string;
  readonly models?: readonly string[];
  readonly configuration?: string;
  readonly alarms?: readonly string[];
  /** Variants whose scaling is looked for, beside those that serve. */
  readonly variants?: readonly string[];
}

type Reading = Pick<Clients, "sagemaker" | "cloudwatch" | "scaling">;

/** Reads what is there. Nothing is changed. */
export async function currentDeployment(clients: Reading, sought: Sought): Promise<CurrentDeployment> {
  const endpoint = await describeEndpoint(clients, sought.endpoint);
  const serving = endpoint?.EndpointConfigName;
  const configuration = serving === undefined ? undefined : await describeConfiguration(clients, serving);
  const present = new Set<string>();
  for (const name of sought.models ?? []) if ((await modelPackage(clients, name)) !== undefined) present.add(name);
  const wanted = sought.configuration;
  if (wanted !== undefined && (wanted === serving || (await describeConfiguration(clients, wanted)) !== undefined))
    present.add(wanted);
  const variants = (endpoint?.ProductionVariants ?? []).map(({ VariantName = "" }) => VariantName);
  const scaling =
    endpoint === undefined
      ? { targets: new Map(), policies: [] }
      : await scalingOf(clients, sought.endpoint, [...new Set([...variants, ...(sought.variants ?? [])])]);
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(configuration === undefined ? {} : { configuration }),
    versions: configuration === undefined ? {} : await versionsOf(clients, configuration),
    present,
    alarms: await alarmsOf(clients, sought.alarms ?? []),
    ...scaling,
  };
}

/** @returns undefined when there is no such endpoint */
export function describeEndpoint(
  { sagemaker }: Pick<Clients, "sagemaker">,
  EndpointName: string,
): Promise<DescribeEndpointOutput | undefined> {
  return unlessAbsent(() => sagemaker.send(new DescribeEndpointCommand({ EndpointName })));
}

/** @returns undefined when there is no such configuration */
export function describeConfiguration(
  { sagemaker }: Pick<Clients, "sagemaker">,
  EndpointConfigName: string,
): Promise<DescribeEndpointConfigOutput | undefined> {
  return unlessAbsent(() => sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName })));
}

/** Version behind each variant of a configuration: "churn/3", or the model's name where it comes from no model package. */
export async function versionsOf(
  clients: Pick<Clients, "sagemaker">,
  { ProductionVariants = [] }: DescribeEndpointConfigOutput,
): Promise<Record<string, string>> {
  const versions: Record<string, string> = {};
  for (const { VariantName = "", ModelName = "" } of ProductionVariants)
    versions[VariantName] = (await modelPackage(clients, ModelName)) ?? ModelName;
  return versions;
}

/** "churn/3" of a model, its own name where it comes from no package; undefined when there is no such model. */
async function modelPackage({ sagemaker }: Pick<Clients, "sagemaker">, ModelName: string): Promise<string | undefined> {
  const model = await unlessAbsent(() => sagemaker.send(new DescribeModelCommand({ ModelName })));
  if (model === undefined) return undefined;
  const arn = (model.PrimaryContainer ?? model.Containers?.[0])?.ModelPackageName;
  return arn === undefined ? ModelName : packageName(arn);
}

/** Alarms by name; names that are not there are left out. */
export async function alarmsOf(
  { cloudwatch }: Pick<Clients, "cloudwatch">,
  names: readonly string[],
): Promise<Map<string, MetricAlarm>> {
  if (names.length === 0) return new Map();
  const { DescribeAlarmsCommand } =
    require("@aws-sdk/client-cloudwatch") as typeof import("@aws-sdk/client-cloudwatch");
  const AlarmTypes = ["MetricAlarm" as const, "CompositeAlarm" as const];
  const found = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes, MaxRecords: 100 }),
  );
  const all: MetricAlarm[] = [...(found.MetricAlarms ?? []), ...(found.CompositeAlarms ?? [])];
  return new Map(all.map((alarm) => [alarm.AlarmName ?? "", alarm]));
}

/** What Application Auto Scaling knows of variants. */
export async function scalingOf(
  { scaling }: Pick<Clients, "scaling">,
  endpoint: string,
  variants: readonly string[],
): Promise<Pick<CurrentDeployment, "targets" | "policies">> {
  const { DescribeScalableTargetsCommand, DescribeScalingPoliciesCommand } =
    require("@aws-sdk/client-application-auto-scaling") as typeof import("@aws-sdk/client-application-auto-scaling");
  const ResourceIds = variants.map((variant) => scalableResource(endpoint, variant));
  const ServiceNamespace = "sagemaker" as const;
  const { ScalableTargets = [] } = await scaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace, ScalableDimension: SCALABLE_DIMENSION, ResourceIds }),
  );
  const targets = new Map(ScalableTargets.map((target) => [target.ResourceId?.split("/").at(-1) ?? "", target]));
  const policies: ScalingPolicy[] = [];
  for (const { ResourceId = "" } of ScalableTargets) {
    const { ScalingPolicies = [] } = await scaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace, ScalableDimension: SCALABLE_DIMENSION, ResourceId }),
    );
    policies.push(...ScalingPolicies);
  }
  return { targets, policies };
}

async function unlessAbsent<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
