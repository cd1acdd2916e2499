import {
  type DeploymentPlan,
  type DeployOptions,
  type Difference,
  type HostingCost,
  type PlannedChange,
  servesText,
} from "@sagewright/sagemaker";
import pc from "picocolors";

/** A plan as a person reads it: what serves and what will, every resource with its fate, every value that changes. */
export function planLines(plan: DeploymentPlan, { serving }: Pick<DeployOptions, "serving">): string[] {
  return [
    headline(plan, serving),
    ...plan.changes.flatMap(changeLines),
    `${pc.dim("cost")}  ${costText(plan.cost)}`,
    ...plan.warnings.map(({ message, blocking }) => `${blocking ? pc.red("✗") : pc.yellow("!")} ${message}`),
  ];
}

function headline(plan: DeploymentPlan, serving: DeployOptions["serving"]): string {
  const [before, after] = [servesText(plan.before), servesText(plan.after)];
  if (plan.warnings.some(({ code }) => code === "endpoint_busy"))
    return `${plan.endpoint} serves ${before}, and another update is under way`;
  switch (plan.change) {
    case "created":
      return `${plan.endpoint} is new and will serve ${after}`;
    case "unchanged":
      return `${plan.endpoint} serves ${after} already`;
    case "resumed":
      return `${plan.endpoint} is being brought to ${after} already; this goes on with it`;
    default: {
      const how = serving?.mode === "endpoint" ? `, ${strategyText(serving.update)}` : "";
      return `${plan.endpoint}: ${before === after ? `${after} stays, its settings change` : `${before} → ${after}`}${how}`;
    }
  }
}

/** "canary of 10 % for 10 min". */
function strategyText(update: Extract<NonNullable<DeployOptions["serving"]>, { mode: "endpoint" }>["update"]): string {
  const size = ({ unit, value }: { unit: string; value: number }) =>
    unit === "percent" ? `${value} %` : `${value} instance${value === 1 ? "" : "s"}`;
  switch (update.type) {
    case "canary":
      return `canary of ${size(update.size)} for ${minutes(update.waitSeconds)}`;
    case "linear":
      return `in steps of ${size(update.step)}, ${minutes(update.waitSeconds)} each`;
    case "rolling":
      return `rolling, ${size(update.batch)} at a time, ${minutes(update.waitSeconds)} each`;
    default:
      return "all at once";
  }
}

/** "$149.10 → $149.30 a month (us-east-1 prices of 2026-11)". */
function costText({ before, after, region, date }: DeploymentPlan["cost"]): string {
  const [now, then] = [before === undefined ? undefined : hostingText(before), hostingText(after)];
  const change = now === undefined || now === then ? then : `${now} → ${then}`;
  const twice = before === undefined || after.perSecond !== undefined ? "" : "; both fleets while traffic shifts";
  return `${change} (list prices of ${region}, ${date}${twice})`;
}

/** "$168.10 a month", "$168.10 to $504.00 a month", "$0.000040 for each second of work". */
export function hostingText({ perMonth, atMost, perSecond, unpriced }: HostingCost): string {
  const range = atMost === undefined ? `$${perMonth.toFixed(2)}` : `$${perMonth.toFixed(2)} to $${atMost.toFixed(2)}`;
  const used = perSecond === undefined ? undefined : `$${perSecond.toPrecision(2)} for each second of work`;
  const fixed = perMonth === 0 && used !== undefined ? [] : [`${range} a month`];
  const lacking = unpriced.length === 0 ? "" : `, without ${unpriced.join(" and ")} (no price known)`;
  return `${[...fixed, ...(used === undefined ? [] : [used])].join(" and ")}${lacking}`;
}

function minutes(seconds: number): string {
  return seconds % 60 === 0 && seconds > 0 ? `${seconds / 60} min` : `${seconds} s`;
}

const SIGNS: Readonly<Record<PlannedChange["action"], string>> = {
  create: "+",
  change: "~",
  keep: "=",
  remove: "-",
  resume: "…",
};

function changeLines({ kind, name, action, differences }: PlannedChange): string[] {
  const line = `${SIGNS[action]} ${kind.padEnd(14)}  ${name}`;
  return [action === "keep" ? pc.dim(line) : line, ...differences.map((each) => `    ${differenceText(each)}`)];
}

function differenceText({ path, before, after }: Difference): string {
  return `${path}  ${before ?? "(none)"} → ${after ?? "(none)"}`;
}
