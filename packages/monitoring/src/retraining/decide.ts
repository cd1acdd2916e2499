import { createHash } from "node:crypto";
import { counted } from "../drift/words";

/** When a new model is trained without being asked for; an environment's `retraining` section without its schedule. */
export interface RetrainingRules {
  readonly onDrift: boolean;
  readonly onPerformance: boolean;
  /** Days of rest after a training that drift or performance started. */
  readonly coolDownDays: number;
  /** Most trainings a calendar month (UTC), however started. */
  readonly maximumPerMonth: number;
  /** What training may cost a calendar month, and what one run costs. @default no guard */
  readonly budget?: { readonly usdPerMonth: number; readonly usdPerRun: number };
}

/** Why somebody wants a training. */
export interface RetrainingTrigger {
  /** `request`: somebody asked for it by the prediction API. */
  readonly kind: "schedule" | "drift" | "performance" | "request";
  /** The moment the schedule names, when the finding was made, or when somebody asked. */
  readonly at: Date;
  /** What was found, or the reason that was given, for the run's record. @default absent for a schedule */
  readonly finding?: string;
  /** What the caller calls its request, the same when it is sent again. @default absent but for a request */
  readonly key?: string;
}

/** A training that was started before, by whomever. */
export interface PastTraining {
  readonly startedAt: Date;
  /** @default somebody started it by hand */
  readonly trigger?: RetrainingTrigger["kind"];
  readonly underWay: boolean;
}

/** Whether a training starts now, and why. */
export type RetrainingDecision =
  | {
      readonly start: true;
      readonly because: string;
      /** As {@link retrainingToken} makes it. */
      readonly token: string;
    }
  | {
      readonly start: false;
      readonly because: string;
      readonly rule: "switched_off" | "under_way" | "cooling_down" | "month_full" | "budget_spent";
      /** When asking again makes sense. @default when something else changes */
      readonly until?: Date;
    };

const DAY_MS = 24 * 60 * 60_000;

/** Decides whether a wish for training is followed. Pure. */
export function decideRetraining(
  model: string,
  trigger: RetrainingTrigger,
  { rules, past, now }: { readonly rules: RetrainingRules; readonly past: readonly PastTraining[]; readonly now: Date },
): RetrainingDecision {
  const refused = offBy(trigger, rules) ?? restBy(trigger, { rules, past, now }) ?? fullBy({ rules, past, now });
  if (refused !== undefined) return { start: false, ...refused };
  return { start: true, because: retrainingCause(trigger), token: retrainingToken(model, trigger) };
}

/** Why a training is started, as its run is described and people are told. */
export function retrainingCause({ kind, at, finding }: RetrainingTrigger): string {
  const because = {
    schedule: `the schedule of ${day(at)}`,
    drift: `drift: ${finding ?? "found"}`,
    performance: `performance: ${finding ?? "below the gate"}`,
    request: `asked for: ${finding ?? "by the prediction API"}`,
  }[kind];
  return because.slice(0, 220);
}

type Refusal = Omit<Extract<RetrainingDecision, { start: false }>, "start">;

interface Situation {
  readonly rules: RetrainingRules;
  readonly past: readonly PastTraining[];
  readonly now: Date;
}

function offBy({ kind }: RetrainingTrigger, { onDrift, onPerformance }: RetrainingRules): Refusal | undefined {
  const off = (kind === "drift" && !onDrift) || (kind === "performance" && !onPerformance);
  if (!off) return undefined;
  const field = kind === "drift" ? "retraining.onDrift" : "retraining.onPerformance";
  return { rule: "switched_off", because: `${field} is false: ${kind} starts no training here.` };
}

function restBy({ kind }: RetrainingTrigger, { rules, past, now }: Situation): Refusal | undefined {
  if (past.some(({ underWay }) => underWay)) {
    return { rule: "under_way", because: "A training is under way: what it comes to decides." };
  }
  if (kind === "schedule" || kind === "request") return undefined;
  const caused = past.filter(({ trigger }) => trigger === "drift" || trigger === "performance");
  const last = Math.max(...caused.map(({ startedAt }) => startedAt.getTime()));
  const until = new Date(last + rules.coolDownDays * DAY_MS);
  if (caused.length === 0 || until <= now) return undefined;
  const because = `Drift or performance started a training on ${day(new Date(last))}, and it rests for ${rules.coolDownDays} days.`;
  return { rule: "cooling_down", because, until };
}

function fullBy({ rules, past, now }: Situation): Refusal | undefined {
  const begin = Date.UTC(now.getUTCFullYear(), now.getUTCMonth());
  const until = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
  const runs = past.filter(({ startedAt }) => startedAt.getTime() >= begin && startedAt < until).length;
  if (runs >= rules.maximumPerMonth) {
    const because = `${counted(runs, "training")} ${runs === 1 ? "was" : "were"} started this month, and retraining.maximumPerMonth is ${rules.maximumPerMonth}.`;
    return { rule: "month_full", because, until };
  }
  const { budget } = rules;
  if (budget === undefined || (runs + 1) * budget.usdPerRun <= budget.usdPerMonth) return undefined;
  const spent = (runs * budget.usdPerRun).toFixed(2);
  const because = `Training cost ${spent} USD this month; one more of ${budget.usdPerRun.toFixed(2)} USD would pass ${budget.usdPerMonth.toFixed(2)} USD.`;
  return { rule: "budget_spent", because, until };
}

const day = (date: Date): string => date.toISOString().slice(0, 10);

/**
 * The same for the same wish, so that asking twice starts one run: one for each moment of a schedule and for each request; one a day
 * for each kind of finding, which the cool-down makes the least there is. 40 or 64 letters and digits.
 */
export function retrainingToken(model: string, { kind, at, key }: RetrainingTrigger): string {
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  if (kind === "request") return hash(`${model} ${key ?? at.toISOString()}`);
  return hash(`${model}\n${kind}\n${kind === "schedule" ? at.toISOString() : day(at)}`).slice(0, 40);
}
