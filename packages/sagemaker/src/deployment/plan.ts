import type {
  DeregisterScalableTargetRequest,
  PutScalingPolicyRequest,
  RegisterScalableTargetRequest,
} from "@aws-sdk/client-application-auto-scaling";
import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type {
  AddTagsInput,
  CreateEndpointConfigInput,
  CreateEndpointInput,
  CreateModelInput,
  UpdateEndpointInput,
} from "@aws-sdk/client-sagemaker";
import type { CurrentDeployment } from "./current";
import type { DesiredDeployment } from "./desired";
import type { Difference } from "./difference";
import { planAlarms } from "./plan-alarms";
import { type PlannedCost, plannedCost } from "./plan-cost";
import { planEndpoint } from "./plan-endpoint";
import { planRemovedScaling, planScaling } from "./plan-scaling";

/** One request that a deployment sends. */
export type DeploymentRequest =
  | { readonly operation: "CreateModel"; readonly input: CreateModelInput }
  | { readonly operation: "CreateEndpointConfig"; readonly input: CreateEndpointConfigInput }
  | { readonly operation: "AddTags"; readonly input: AddTagsInput }
  | { readonly operation: "PutMetricAlarm"; readonly input: PutMetricAlarmInput }
  | { readonly operation: "CreateEndpoint"; readonly input: CreateEndpointInput }
  | { readonly operation: "UpdateEndpoint"; readonly input: UpdateEndpointInput }
  | { readonly operation: "RegisterScalableTarget"; readonly input: RegisterScalableTargetRequest }
  | { readonly operation: "DeregisterScalableTarget"; readonly input: DeregisterScalableTargetRequest }
  | { readonly operation: "PutScalingPolicy"; readonly input: PutScalingPolicyRequest };

/** What happens to one resource. */
export interface PlannedChange {
  readonly kind: "Model" | "EndpointConfig" | "Alarm" | "Endpoint" | "ScalableTarget" | "ScalingPolicy";
  readonly name: string;
  /** `resume`: it is under way already, and is waited for. */
  readonly action: "create" | "change" | "keep" | "remove" | "resume";
  readonly differences: readonly Difference[];
  /** What is sent, in order; nothing for what is kept. */
  readonly requests: readonly DeploymentRequest[];
}

/** Something to know before acting. */
export interface PlanWarning {
  readonly code: "alarm_rings" | "alarm_unknown" | "strategy_changed" | "endpoint_busy" | "endpoint_failed";
  readonly message: string;
  /** Acting is refused. */
  readonly blocking: boolean;
}

/** What a deployment would do, found by reading alone. */
export interface DeploymentPlan {
  readonly endpoint: string;
  readonly change: "created" | "updated" | "unchanged" | "resumed";
  readonly endpointConfigName: string;
  readonly modelNames: readonly string[];
  /** In the order in which they are made. */
  readonly changes: readonly PlannedChange[];
  readonly warnings: readonly PlanWarning[];
  /** Version behind each variant, before (empty when nothing serves) and after. */
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  readonly cost: PlannedCost;
}

/** Compares what shall be with what is. Pure: the same states give the same plan. */
export function planDeployment(desired: DesiredDeployment, current: CurrentDeployment): DeploymentPlan {
  const { change, planned, warnings } = planEndpoint(desired, current);
  const alarms = planAlarms(desired, current);
  const guards = change === "updated" ? alarms.warnings : [];
  return {
    endpoint: desired.endpoint,
    change,
    endpointConfigName: desired.configuration.EndpointConfigName ?? "",
    modelNames: desired.models.map(({ request }) => request.ModelName ?? ""),
    changes: [
      ...desired.models.map(({ request }) =>
        made("Model", request.ModelName ?? "", current, { operation: "CreateModel", input: request }),
      ),
      made("EndpointConfig", desired.configuration.EndpointConfigName ?? "", current, {
        operation: "CreateEndpointConfig",
        input: desired.configuration,
      }),
      ...alarms.planned,
      ...planRemovedScaling(desired, current),
      planned,
      ...planScaling(desired, current),
    ],
    warnings: [...warnings, ...guards],
    before: current.endpoint?.EndpointStatus === "Creating" ? {} : current.versions,
    after: desired.versions,
    cost: plannedCost(desired, current),
  };
}

/** Models and configurations never change: their names are made from their content. */
function made(
  kind: "Model" | "EndpointConfig",
  name: string,
  { present }: CurrentDeployment,
  request: DeploymentRequest,
): PlannedChange {
  const there = present.has(name);
  return { kind, name, action: there ? "keep" : "create", differences: [], requests: there ? [] : [request] };
}
