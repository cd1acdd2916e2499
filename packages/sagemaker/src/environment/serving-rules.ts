import { broken, type EnvironmentIssue } from "./issues";
import type { Environment } from "./schema";
import type { Serving } from "./serving";
import type { FleetSize, UpdateStrategy } from "./update-strategy";

type Endpoint = Extract<Serving, { mode: "endpoint" }>;

/** Instance types with disks of their own, whose volumes take no key. */
const OWN_DISK = /^ml\.(\w+d|g4dn|g5|p4de?|p5)\./;
const BURSTABLE = /^ml\.t\d\w*\./;

/** Rules between the fields of `serving`. */
export function servingRules({ serving, kmsKey }: Environment): EnvironmentIssue[] {
  if (serving.mode === "serverless") return serverlessRules(serving);
  if (serving.mode === "embedded") return lambdaRules(serving);
  return [
    ...lambdaRules(serving),
    ...autoscalingRules(serving),
    ...updateRules(serving),
    ...variantRules(serving),
    ...(kmsKey !== undefined && OWN_DISK.test(serving.instanceType)
      ? [
          broken(
            "key_with_own_disk",
            "serving.instanceType",
            serving.instanceType,
            "has disks of its own, which take no key. Remove kmsKey or use an instance type such as ml.m5.large",
          ),
        ]
      : []),
  ];
}

function serverlessRules(serving: Extract<Serving, { mode: "serverless" }>): EnvironmentIssue[] {
  const { provisionedConcurrency: kept, maximumConcurrency: most } = serving;
  const issues = lambdaRules(serving);
  if (kept === undefined || kept <= most) return issues;
  const sentence = `is more than serving.maximumConcurrency, ${most}. Give at most ${most}`;
  return [...issues, broken("provisioned_above_maximum", "serving.provisionedConcurrency", kept, sentence)];
}

function lambdaRules({ lambda }: Serving): EnvironmentIssue[] {
  const { provisionedConcurrency: kept, reservedConcurrency: most } = lambda;
  if (kept === undefined || most === undefined || kept <= most) return [];
  const sentence = `is more than serving.lambda.reservedConcurrency, ${most}. Give at most ${most}`;
  return [broken("provisioned_above_reserved", "serving.lambda.provisionedConcurrency", kept, sentence)];
}

function autoscalingRules({ autoscaling, instanceType, instances }: Endpoint): EnvironmentIssue[] {
  if (autoscaling === undefined) return [];
  const { minimum, maximum } = autoscaling;
  const issues: EnvironmentIssue[] = [];
  if (BURSTABLE.test(instanceType)) {
    const sentence =
      "is burstable, and burstable instances cannot autoscale. Use ml.m5.large or ml.c5.large, or remove serving.autoscaling";
    issues.push(broken("burstable_autoscaling", "serving.instanceType", instanceType, sentence));
  }
  if (maximum < minimum) {
    const sentence = `is less than serving.autoscaling.minimum, ${minimum}. Give at least ${minimum}`;
    issues.push(broken("autoscaling_empty", "serving.autoscaling.maximum", maximum, sentence));
  } else if (instances < minimum || instances > maximum) {
    const sentence = `is outside serving.autoscaling, ${minimum} to ${maximum}. Give a number between them`;
    issues.push(broken("instances_outside_autoscaling", "serving.instances", instances, sentence));
  }
  return issues;
}

/** Instances that are there at the least when an update comes. */
function fewestInstances({ autoscaling, instances }: Endpoint): { path: string; count: number } {
  return autoscaling === undefined || autoscaling.minimum >= instances
    ? { path: "serving.instances", count: instances }
    : { path: "serving.autoscaling.minimum", count: autoscaling.minimum };
}

function updateRules(serving: Endpoint): EnvironmentIssue[] {
  const { update } = serving;
  const { path, count } = fewestInstances(serving);
  const issues: EnvironmentIssue[] = [];
  if (update.type !== "all-at-once" && count < 2) {
    const sentence = `is too few for serving.update.type '${update.type}': a part of the fleet is at most half of it. Give at least 2, or use 'all-at-once'`;
    issues.push(broken(`${update.type}_needs_two`, path, count, sentence, { strategy: update.type }));
  }
  return [...issues, ...sizeRules(update, count), ...timeRules(update, count)];
}

const LIMITS = {
  canary: { field: "size", least: 1 },
  linear: { field: "step", least: 10 },
  rolling: { field: "batch", least: 5 },
} as const;

function sizeRules(update: UpdateStrategy, count: number): EnvironmentIssue[] {
  if (update.type === "all-at-once") return [];
  const { field, least } = LIMITS[update.type];
  const part = partOf(update);
  const path = `serving.update.${field}.value`;
  const share = part.unit === "percent" ? part.value : (100 * part.value) / count;
  if (share >= least && (share <= 50 || count < 2)) return [];
  const bounds = `${least} to 50 % of the instances`;
  const sentence = `${part.unit === "percent" ? "%" : `of ${count} instances`} is not ${bounds}, what '${update.type}' takes. Give a part within them`;
  return [broken("update_size", path, part.value, sentence, { unit: part.unit, instances: count })];
}

function partOf(update: Exclude<UpdateStrategy, { type: "all-at-once" }>): FleetSize {
  if (update.type === "canary") return update.size;
  return update.type === "linear" ? update.step : update.batch;
}

/** Waits of the whole update, which its time limit has to leave room for. */
function timeRules(update: UpdateStrategy, count: number): EnvironmentIssue[] {
  const waits = totalWaitSeconds(update, count);
  if (waits < update.maximumSeconds) return [];
  const sentence = `leaves no time beside the update's own waits of ${waits} seconds. Give more than ${waits} (at most 28800), or wait less`;
  return [broken("update_time", "serving.update.maximumSeconds", update.maximumSeconds, sentence, { waits })];
}

function totalWaitSeconds(update: UpdateStrategy, count: number): number {
  if (update.type === "all-at-once") return update.terminationWaitSeconds;
  const part = partOf(update);
  const each = part.unit === "instances" ? part.value : Math.max(1, Math.ceil((count * part.value) / 100));
  const steps = update.type === "canary" ? 1 : Math.ceil(count / each);
  return steps * update.waitSeconds + (update.type === "rolling" ? 0 : update.terminationWaitSeconds);
}

function variantRules({ variants, update }: Endpoint): EnvironmentIssue[] {
  const issues: EnvironmentIssue[] = [];
  if (update.type === "rolling" && variants.length > 1) {
    const sentence = `takes one variant, and serving.variants has ${variants.length}. Use 'canary', 'linear' or 'all-at-once'`;
    issues.push(broken("rolling_variants", "serving.update.type", "rolling", sentence));
  }
  for (const [index, { name }] of variants.entries()) {
    if (variants.findIndex((other) => other.name === name) === index) continue;
    issues.push(broken("variant_twice", `serving.variants[${index}].name`, name, "is there twice. Use another name"));
  }
  if (variants.every(({ weight }) => weight === 0))
    issues.push(
      broken(
        "variants_without_traffic",
        "serving.variants[0].weight",
        0,
        "leaves no variant any traffic. Give one a weight above 0",
      ),
    );
  return issues;
}
