import type { CurrentDeployment } from "./current";
import type { DesiredDeployment } from "./desired";
import { difference } from "./difference";
import type { PlannedChange } from "./plan";
import { place, policyDifferences, SCALING_POLICY_NAME, targetDifferences } from "./scaling";

/** Targets and policies that shall be there once the endpoint is in service. */
export function planScaling(desired: DesiredDeployment, { targets, policies }: CurrentDeployment): PlannedChange[] {
  return desired.scaling.flatMap(({ variant, target, policy }) => {
    const [found, followed] = [
      targets.get(variant),
      policies.find((each) => each.PolicyName === SCALING_POLICY_NAME && each.ResourceId === policy.ResourceId),
    ];
    const differing = found === undefined ? [] : targetDifferences(found, target);
    const policyDiffering = followed === undefined ? [] : policyDifferences(followed, policy);
    const name = `${desired.endpoint}/${variant}`;
    return [
      change("ScalableTarget", name, found !== undefined, differing, {
        operation: "RegisterScalableTarget",
        input: target,
      }),
      change("ScalingPolicy", `${name} ${SCALING_POLICY_NAME}`, followed !== undefined, policyDiffering, {
        operation: "PutScalingPolicy",
        input: policy,
      }),
    ];
  });
}

/** Targets of variants that shall not scale any more, or that go; their policies go with them. */
export function planRemovedScaling(desired: DesiredDeployment, { targets }: CurrentDeployment): PlannedChange[] {
  const staying = new Set(desired.scaling.map(({ variant }) => variant));
  return [...targets]
    .filter(([variant]) => !staying.has(variant))
    .map(([variant, { MinCapacity, MaxCapacity }]) => ({
      kind: "ScalableTarget",
      name: `${desired.endpoint}/${variant}`,
      action: "remove",
      differences: [
        ...difference("MinCapacity", MinCapacity, undefined),
        ...difference("MaxCapacity", MaxCapacity, undefined),
      ],
      requests: [{ operation: "DeregisterScalableTarget", input: place(desired.endpoint, variant) }],
    }));
}

function change(
  kind: "ScalableTarget" | "ScalingPolicy",
  name: string,
  there: boolean,
  differences: PlannedChange["differences"],
  request: PlannedChange["requests"][number],
): PlannedChange {
  const action = there ? (differences.length > 0 ? "change" : "keep") : "create";
  return { kind, name, action, differences, requests: action === "keep" ? [] : [request] };
}
