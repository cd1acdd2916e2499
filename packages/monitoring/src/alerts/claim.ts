import { severities } from "../findings/finding";
import type { Alerts } from "./config";
import { quietUntil } from "./quiet-hours";
import type { AlertState, Delivery, Message, TargetState } from "./state";

const HOUR_MS = 60 * 60_000;
/** Who sends has so long; after that somebody else takes over and looks first whether it arrived. */
export const CLAIM_MS = 60_000;
/** More incidents than this at once become one message, where a target takes such. */
const MOST_SINGLE = 3;

const unknownTarget: TargetState = { failures: 0, sent: [] };

/** What is known of a target. */
export function targetState(state: AlertState, target: string): TargetState {
  return state.targets[target] ?? unknownTarget;
}

/** What to do for a target now. */
export type Claim =
  | { readonly kind: "send"; readonly delivery: Delivery; readonly state: AlertState }
  /** Nothing before then; `refused`, unless what the target is entered with is no longer what this is the digest of. */
  | { readonly kind: "wait"; readonly until: Date; readonly refused?: string }
  | { readonly kind: "idle" };

/** How a target wants its messages. */
export interface ClaimOptions {
  readonly target: string;
  readonly now: Date;
  readonly alerts: Alerts;
  /** Whether several incidents can be one message. */
  readonly gathers: boolean;
  /** Digest of what the target is entered with now. @default unknown, so that every pause holds */
  readonly key?: string;
}

/**
 * Takes the next delivery to a target for oneself, oldest first and each incident's in their order. Pure: whoever keeps the
 * state that comes back has the claim.
 */
export function claimNext(state: AlertState, options: ClaimOptions): Claim {
  const { target, now, alerts } = options;
  const waiting = state.outbox.filter((delivery) => delivery.target === target);
  if (waiting.length === 0) return { kind: "idle" };
  const { pausedUntil: paused, refused } = targetState(state, target);
  const mended = refused !== undefined && options.key !== undefined && options.key !== refused;
  if (!mended && paused !== undefined && paused > now.toISOString())
    return { kind: "wait", until: new Date(paused), ...(refused === undefined ? {} : { refused }) };
  const heads = firstOfEach(waiting);
  const ready = heads.filter((delivery) => readyAt(delivery).getTime() <= now.getTime());
  const held = holdUntil(state, target, alerts, now);
  const free = ready.filter((delivery) => held === undefined || !canWait(delivery));
  const [next] = free;
  if (next === undefined) {
    const moments = [
      ...heads.filter((head) => !ready.includes(head)).map(readyAt),
      ...(ready.length > 0 && held !== undefined ? [held] : []),
    ];
    return { kind: "wait", until: new Date(Math.min(...moments.map((moment) => moment.getTime()))) };
  }
  return { kind: "send", ...claimed(state, gather(next, { state, waiting, free, options }), now) };
}

/** The oldest delivery of each incident. */
function firstOfEach(waiting: readonly Delivery[]): Delivery[] {
  const heads = new Map<string, Delivery>();
  for (const delivery of waiting) {
    for (const incident of incidentsOf(delivery)) if (!heads.has(incident)) heads.set(incident, delivery);
  }
  return waiting.filter((delivery) => incidentsOf(delivery).every((incident) => heads.get(incident) === delivery));
}

/** Incidents that a delivery is about. */
export function incidentsOf(delivery: Delivery): string[] {
  return [...new Set([delivery.incident, ...(delivery.gathered ?? []).map(({ incident }) => incident)])];
}

function readyAt({ due, claimedUntil }: Delivery): Date {
  const latest = [due, claimedUntil]
    .filter((moment) => moment !== undefined)
    .sort()
    .at(-1);
  return new Date(latest ?? 0);
}

/** Whether quiet hours and the limit hold for a delivery; what was begun is finished. */
export function canWait({ message, attempts, step }: Delivery): boolean {
  if (attempts > 0) return false;
  return message.severity !== "critical" || step === "update";
}

/** Until when deliveries that can wait have to; undefined when they do not. */
export function holdUntil(state: AlertState, target: string, alerts: Alerts, now: Date): Date | undefined {
  const quiet = quietUntil(alerts.quietHours, now);
  const sent = recent(targetState(state, target).sent, now);
  const freed = sent.at(-alerts.perHour);
  const full = freed === undefined ? undefined : new Date(Date.parse(freed) + HOUR_MS);
  const moments = [quiet, full].filter((moment) => moment !== undefined).map((moment) => moment.getTime());
  return moments.length === 0 ? undefined : new Date(Math.max(...moments));
}

/** Deliveries of the last hour, oldest first. */
export function recent(sent: readonly string[], now: Date): string[] {
  return sent.filter((at) => Date.parse(at) > now.getTime() - HOUR_MS).sort();
}

interface Gathering {
  readonly state: AlertState;
  readonly waiting: readonly Delivery[];
  readonly free: readonly Delivery[];
  readonly options: ClaimOptions;
}

/**
 * Makes one delivery of what can be told together: later news of the same incident, and other incidents where many wait, where
 * they waited for the morning, or where only one message is left this hour.
 */
function gather(next: Delivery, gathering: Gathering): Delivery {
  if (next.attempts > 0) return next;
  const { state, waiting, free, options } = gathering;
  const fresh = (delivery: Delivery) => delivery.attempts === 0 && delivery.gathered === undefined;
  const others = free.filter((delivery) => fresh(delivery) && delivery.message.severity !== "critical");
  const left = options.alerts.perHour - recent(targetState(state, options.target).sent, options.now).length;
  const sinceQuiet = others.some(({ at }) => quietUntil(options.alerts.quietHours, new Date(at)) !== undefined);
  const together =
    options.gathers &&
    next.message.severity !== "critical" &&
    others.length > 1 &&
    (others.length > MOST_SINGLE || left <= 1 || sinceQuiet);
  if (together) {
    const incidents = new Set(others.map(({ incident }) => incident));
    const all = waiting.filter((delivery) => fresh(delivery) && incidents.has(delivery.incident));
    return gatheredOf(next, all);
  }
  const later = waiting.filter((delivery) => delivery.incident === next.incident && delivery !== next);
  const [first] = later;
  // An end that was taken back before anybody heard of it is not told.
  const back = next.step === "close" && first?.step === "reopen" && fresh(first) ? [first] : [];
  if (next.step === "close" && back.length === 0) return next;
  const rest = later.slice(back.length);
  const updates = rest.slice(0, rest.findIndex((delivery) => delivery.step !== "update" || !fresh(delivery)) >>> 0);
  return gatheredOf(next, [next, ...back, ...updates]);
}

function gatheredOf(next: Delivery, all: readonly Delivery[]): Delivery {
  const gathered = all.filter((delivery) => delivery !== next);
  return gathered.length === 0 ? next : { ...next, gathered };
}

function claimed(state: AlertState, delivery: Delivery, now: Date): { state: AlertState; delivery: Delivery } {
  const inside = new Set([delivery.id, ...(delivery.gathered ?? []).map(({ id }) => id)]);
  // An attempt whose end nobody kept may have reached its target.
  const unsure = delivery.claimedUntil === undefined ? {} : { unsure: true as const };
  const mine: Delivery = {
    ...delivery,
    ...unsure,
    attempts: delivery.attempts + 1,
    firstAttempt: delivery.firstAttempt ?? now.toISOString(),
    claimedUntil: new Date(now.getTime() + CLAIM_MS).toISOString(),
  };
  const outbox = state.outbox.flatMap((each) => {
    if (each.id === delivery.id) return [mine];
    return inside.has(each.id) ? [] : [each];
  });
  return { delivery: mine, state: { ...state, outbox } };
}

/** The messages of a delivery: the newest of each incident, as the step that was not told yet, the worst first. */
export function messagesOf(delivery: Delivery): Message[] {
  const byIncident = new Map<string, Message[]>();
  for (const { incident, message } of [delivery, ...(delivery.gathered ?? [])].sort((a, b) => a.seq - b.seq))
    byIncident.set(incident, [...(byIncident.get(incident) ?? []), message]);
  const rank = ({ severity }: Message) => severities.indexOf(severity);
  return [...byIncident.values()].map(asOne).sort((a, b) => rank(b) - rank(a));
}

/** What people know after a message, by what they are told next: an end that was taken back before they heard of it is none. */
const openAgain = { open: "open", update: "update", close: "update", reopen: "reopen" } as const;

/** Messages of an incident as one: what is so now, as the step that leads there from what people know, and every note. */
function asOne(messages: readonly Message[]): Message {
  const notes = messages.filter(({ step }) => step === "note");
  const news = messages.filter(({ step }) => step !== "note");
  const [first, last] = [news[0], news.at(-1)];
  const told = notes.flatMap(({ what }) => what);
  if (first === undefined || last === undefined) return { ...(messages.at(-1) as Message), what: told };
  const step = last.step === "close" ? "close" : openAgain[first.step as keyof typeof openAgain];
  return { ...last, what: [...last.what, ...told], step };
}
