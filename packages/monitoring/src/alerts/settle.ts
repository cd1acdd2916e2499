import { counted } from "../drift/words";
import type { Observation } from "../findings/finding";
import { incidentsOf, recent, targetState } from "./claim";
import type { Alerts } from "./config";
import { observe } from "./observe";
import type { AlertState, DeadLetter, Delivery } from "./state";

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** A receiver may ask for so much. */
const LONGEST_ASKED_MS = 60 * 60_000;
/** A message that cannot be delivered for so long is given up. */
export const GIVE_UP_MS = 24 * 60 * 60_000;
/** The same where people have to mend the target first: longer than any weekend. */
const MENDING_MS = 14 * 24 * 60 * 60_000;
/** Failures in a row after which others hear of it. */
const FAILURES_TOLD = 5;

/** How an attempt ended. */
export type Outcome =
  | { readonly kind: "delivered"; readonly thread?: string }
  /** It did not arrive, and will not in this form. */
  | { readonly kind: "refused"; readonly because: string }
  | { readonly kind: "failed"; readonly because: string; readonly failure: Failure };

/** An attempt that is repeated. */
export interface Failure {
  /** It may have arrived. */
  readonly unsure: boolean;
  /** The target does not let us in, or is not there: only people can change that. */
  readonly needsPeople?: boolean;
  /** What the receiver asked for. */
  readonly retryAfterMs?: number;
  /** Least pause before the receiver can be asked whether it arrived. */
  readonly settleMs?: number;
}

/** When and with which chance. */
export interface Settling {
  readonly now: Date;
  /** From 0 to 1, for the jitter. */
  readonly chance: number;
  readonly alerts: Alerts;
  /** Digest of what the target was entered with. */
  readonly key: string;
}

/** What becomes of a delivery that was claimed and tried. Pure. */
export function settle(state: AlertState, delivery: Delivery, outcome: Outcome, settling: Settling): AlertState {
  const { now } = settling;
  const current = state.outbox.find(({ id }) => id === delivery.id);
  // Somebody else took over and finished it.
  if (current === undefined) return state;
  if (outcome.kind === "delivered") return delivered(state, current, outcome.thread, settling);
  const { because } = outcome;
  const since = Date.parse(current.firstAttempt ?? now.toISOString());
  const patience = outcome.kind === "failed" && outcome.failure.needsPeople === true ? MENDING_MS : GIVE_UP_MS;
  if (outcome.kind === "refused" || now.getTime() - since >= patience) {
    return reportTarget(died(state, current, because, now), current.target, { because, ...settling });
  }
  const { unsure, needsPeople, retryAfterMs = 0, settleMs = 0 } = outcome.failure;
  const failures = targetState(state, current.target).failures + 1;
  const backOff = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS) * (0.5 + settling.chance / 2);
  const pause = Math.max(needsPeople === true ? LONGEST_PAUSE_MS : backOff, Math.min(retryAfterMs, LONGEST_ASKED_MS));
  const { claimedUntil: _, ...rest } = current;
  const again: Delivery = {
    ...rest,
    error: because,
    ...(unsure ? { unsure: true as const, due: after(now, settleMs) } : {}),
  };
  const { refused: __, ...known } = targetState(state, current.target);
  const paused = { ...known, failures, pausedUntil: after(now, pause) };
  const next: AlertState = {
    ...state,
    outbox: state.outbox.map((each) => (each.id === current.id ? again : each)),
    targets: {
      ...state.targets,
      [current.target]: needsPeople === true ? { ...paused, refused: settling.key } : paused,
    },
  };
  const tell = failures >= FAILURES_TOLD || needsPeople === true;
  return tell ? reportTarget(next, current.target, { because, ...settling }) : next;
}

const after = (now: Date, ms: number): string => new Date(now.getTime() + Math.ceil(ms)).toISOString();

function delivered(state: AlertState, delivery: Delivery, thread: string | undefined, settling: Settling): AlertState {
  const { target } = delivery;
  const names = incidentsOf(delivery).map((incident) => `${target}/${incident}`);
  // What is told beside others keeps the thread that it has.
  const fresh = delivery.gathered === undefined ? names : names.filter((name) => state.threads[name] === undefined);
  const threads = thread === undefined ? {} : Object.fromEntries(fresh.map((name) => [name, thread]));
  const next: AlertState = {
    ...state,
    outbox: state.outbox.filter(({ id }) => id !== delivery.id),
    threads: { ...state.threads, ...threads },
    targets: {
      ...state.targets,
      [target]: {
        failures: 0,
        sent: [...recent(targetState(state, target).sent, settling.now), settling.now.toISOString()],
      },
    },
  };
  const key = deliveryKey(target);
  const mark = state.marks[key];
  if (mark?.open !== true) return next;
  // Within the millisecond in which it was told, too.
  const at = new Date(Math.max(settling.now.getTime(), Date.parse(mark.at) + 1)).toISOString();
  const over: Observation = { format: 1, at, findings: [], cleared: [key] };
  return observe(next, over, settling.alerts);
}

function died(state: AlertState, delivery: Delivery, because: string, now: Date): AlertState {
  const { claimedUntil: _, ...rest } = delivery;
  const letter: DeadLetter = { delivery: { ...rest, error: because }, diedAt: now.toISOString(), because };
  return {
    ...state,
    outbox: state.outbox.filter(({ id }) => id !== delivery.id),
    dead: [...state.dead, letter],
  };
}

const deliveryKey = (target: string): string => `alerts/delivery/${target}`;

/** Others are told that a target cannot be reached. */
function reportTarget(
  state: AlertState,
  target: string,
  { because, now, alerts }: Settling & { readonly because: string },
): AlertState {
  const at = now.toISOString();
  if (state.marks[deliveryKey(target)]?.open === true) return state;
  const waiting = state.outbox.filter((delivery) => delivery.target === target).length;
  return observe(
    state,
    {
      format: 1,
      at,
      cleared: [],
      findings: [
        {
          key: deliveryKey(target),
          kind: "delivery",
          severity: "performance",
          subject: target,
          what: `Alerts do not reach ${target}: ${because}`.slice(0, 1_000),
          extent: `Waiting: ${counted(waiting, "message")}. Given up: ${state.dead.length}.`,
          since: at,
          model: { name: "alerts" },
          action:
            "Repair the receiver or its secret; what waits goes out by itself, what was given up can be replayed.",
          runbook: "alert-delivery",
        },
      ],
    },
    alerts,
  );
}

/** Puts dead letters back into the outbox, in their place in the order; all of them unless ids are given. Pure. */
export function replay(state: AlertState, ids?: readonly string[]): AlertState {
  const chosen = state.dead.filter(({ delivery }) => ids === undefined || ids.includes(delivery.id));
  if (chosen.length === 0) return state;
  const again = chosen.map(({ delivery }): Delivery => {
    const { firstAttempt: _, due: __, ...rest } = delivery;
    return rest;
  });
  const revived = new Set(chosen.map(({ delivery }) => delivery.target));
  const targets = Object.fromEntries(
    Object.entries(state.targets).map(([name, known]) => {
      const { pausedUntil: _, refused: __, ...rest } = known;
      return [name, revived.has(name) ? rest : known];
    }),
  );
  return {
    ...state,
    dead: state.dead.filter((letter) => !chosen.includes(letter)),
    outbox: [...state.outbox, ...again].sort((a, b) => a.seq - b.seq),
    targets,
  };
}

const KEPT_MS = 14 * 24 * 60 * 60_000;

/** Forgets what has been over for two weeks and waits nowhere. Pure. */
export function forget(state: AlertState, now: Date): AlertState {
  const limit = new Date(now.getTime() - KEPT_MS).toISOString();
  const busy = new Set([...state.outbox, ...state.dead.map(({ delivery }) => delivery)].flatMap(incidentsOf));
  const incidents = Object.fromEntries(
    Object.entries(state.incidents).filter(
      ([id, { closed }]) => closed === undefined || closed > limit || busy.has(id),
    ),
  );
  const marks = Object.fromEntries(Object.entries(state.marks).filter(([, { at, open }]) => open || at > limit));
  const threads = Object.fromEntries(
    Object.entries(state.threads).filter(([name]) => Object.hasOwn(incidents, name.slice(name.lastIndexOf("/") + 1))),
  );
  return { ...state, incidents, marks, threads };
}
