import { MonitoringError } from "../errors";
import { type Observation, observationSchema, type Severity } from "../findings/finding";
import { type Channel, type Secrets, SendError } from "./channels/channel";
import { type ChannelAddresses, channelOf } from "./channels/channels";
import type { PublishMail } from "./channels/email";
import type { Fetch } from "./channels/http";
import { type Claim, type ClaimOptions, claimNext, incidentsOf, messagesOf } from "./claim";
import type { Alerts } from "./config";
import { observe } from "./observe";
import { forget, type Outcome, replay, settle } from "./settle";
import type { AlertState, DeadLetter, Delivery } from "./state";
import type { AlertStore } from "./store";
import { TargetKey } from "./target-key";

/** Time, so that tests can stop it. */
export interface RouterClock {
  now(): Date;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a router is made of. */
export interface AlertRouterOptions {
  readonly alerts: Alerts;
  readonly store: AlertStore;
  readonly secrets: Secrets;
  readonly clock: RouterClock;
  /** @default Node's own */
  readonly fetch?: Fetch;
  /** How to send mail to a target. @default targets of type email get nothing, and that is told */
  readonly mail?: (target: string) => PublishMail;
  /** Other addresses of the receivers, for rehearsals. @default their real ones */
  readonly addresses?: ChannelAddresses;
  /** From 0 to 1, for the jitter of pauses. @default Math.random */
  readonly random?: () => number;
  /** Hears of every attempt. Never of a secret. @default nobody */
  readonly onAttempt?: (attempt: Attempt) => void;
}

/** How an attempt went. */
export interface Attempt {
  readonly target: string;
  readonly delivery: string;
  readonly incidents: readonly string[];
  readonly attempt: number;
  readonly outcome: Outcome["kind"];
  readonly because?: string;
}

/** What was done in one go. */
export interface DeliverySummary {
  readonly delivered: number;
  readonly failed: number;
  readonly waiting: number;
  readonly dead: number;
  /** When something is due next. @default absent when nothing waits */
  readonly nextAt?: string;
}

/**
 * Takes findings in and tells people: each problem once, in order, until it is over, whatever happens to this process or to the
 * receivers. What was taken in is durable; what could not be sent is sent later.
 *
 * @example
 * const router = new AlertRouter({ alerts, store, secrets, clock });
 * await router.accept(driftObservation(report, { model: "churn" }));
 * await router.deliver();
 */
export class AlertRouter {
  readonly #ways: ReadonlyMap<string, Way>;

  constructor(private readonly options: AlertRouterOptions) {
    const { alerts, secrets } = options;
    this.#ways = new Map(
      Object.entries(alerts.targets).map(([name, target]) => {
        const key = new TargetKey(target, secrets);
        return [name, { key, channel: channelOf(name, target, { ...options, secrets: key.read }) }];
      }),
    );
  }

  /** Takes observations in; durable when resolved. @throws MonitoringError `observation_invalid`, and as the store does */
  async accept(...observations: readonly unknown[]): Promise<void> {
    const checked = observations.map(checkedObservation);
    const { alerts, store } = this.options;
    await store.change((state) => [checked.reduce((now, each) => observe(now, each, alerts), state), undefined]);
  }

  /** Sends what is due now, to all targets at once, and each one's in order. Stops early at `signal`; nothing is lost by that. */
  async deliver({ signal }: { readonly signal?: AbortSignal } = {}): Promise<DeliverySummary> {
    let [delivered, failed] = [0, 0];
    let ends: TargetEnd[] = [];
    for (let more = true; more && signal?.aborted !== true; ) {
      ends = await Promise.all([...this.#ways].map(([target, way]) => this.#deliverTo(target, way, signal)));
      const [sent, lost] = [sum(ends, "delivered"), sum(ends, "failed")];
      [delivered, failed] = [delivered + sent, failed + lost];
      // A target's trouble or recovery is news for the others, who may have been done before.
      more = sent + lost > 0;
    }
    const { store, clock } = this.options;
    const state = await store.change((before) => [trimmed(before, clock.now()), before]);
    const [nextAt] = ends.flatMap((end) => end.nextAt ?? []).sort();
    return {
      delivered,
      failed,
      waiting: state.outbox.length,
      dead: state.dead.length,
      ...(nextAt === undefined ? {} : { nextAt }),
    };
  }

  /** Sends whenever something is due, until `signal`. `wakeMs` is how soon what others took in is noticed. */
  async run({ signal, wakeMs = 5_000 }: { readonly signal: AbortSignal; readonly wakeMs?: number }): Promise<void> {
    const { clock } = this.options;
    while (!signal.aborted) {
      const { nextAt } = await this.deliver({ signal });
      const wait =
        nextAt === undefined ? wakeMs : Math.min(wakeMs, Math.max(0, Date.parse(nextAt) - clock.now().getTime()));
      await clock.sleep(Math.max(wait, 1), signal);
    }
  }

  /** What is remembered: incidents, what waits, what was given up. */
  state(): Promise<AlertState> {
    return this.options.store.read();
  }

  /** Messages that were given up, oldest first. */
  async deadLetters(): Promise<readonly DeadLetter[]> {
    return (await this.state()).dead;
  }

  /** Sends dead letters once more; all unless ids are given. @returns how many */
  async replay(ids?: readonly string[]): Promise<number> {
    return this.options.store.change((state) => {
      const next = replay(state, ids);
      return [next, state.dead.length - next.dead.length] as const;
    });
  }

  /** Opens a test incident of a severity and ends it at once, so that every receiver of that route is seen to work. */
  async test(severity: Severity): Promise<void> {
    const now = this.options.clock.now();
    const key = `alerts/test/${severity}/${now.toISOString()}`;
    await this.accept(testObservation(key, severity, now));
    await this.accept({ format: 1, at: new Date(now.getTime() + 1).toISOString(), findings: [], cleared: [key] });
  }

  async #deliverTo(target: string, { channel, key }: Way, signal?: AbortSignal): Promise<TargetEnd> {
    const { store, alerts, clock, random = Math.random } = this.options;
    let [delivered, failed] = [0, 0];
    for (;;) {
      if (signal?.aborted) return { delivered, failed };
      let claim = await this.#claim({ target, gathers: channel.gathers });
      // Where people had to mend something, what waits goes out as soon as they have.
      if (claim.kind === "wait" && claim.refused !== undefined)
        claim = await this.#claim({ target, gathers: channel.gathers, key: await key.current() });
      if (claim.kind === "idle") return { delivered, failed };
      if (claim.kind === "wait") return { delivered, failed, nextAt: claim.until.toISOString() };
      const { delivery } = claim;
      const thread = claim.state.threads[`${target}/${delivery.incident}`];
      const outcome = await attempt(channel, delivery, thread);
      if (outcome.kind === "delivered") delivered += 1;
      else failed += 1;
      const settling = { now: clock.now(), chance: random(), alerts, key: key.used() };
      await store.change((state) => [settle(state, delivery, outcome, settling), undefined]);
      this.options.onAttempt?.(report(delivery, outcome));
    }
  }

  /** Takes the next delivery to a target, so that nobody else does. */
  #claim(asked: Pick<ClaimOptions, "target" | "gathers" | "key">): Promise<Claim> {
    const { store, alerts, clock } = this.options;
    return store.change((state) => {
      const next = claimNext(state, { ...asked, now: clock.now(), alerts });
      return [next.kind === "send" ? next.state : state, next] as const;
    });
  }
}

/** How a target is reached. */
interface Way {
  readonly channel: Channel;
  readonly key: TargetKey;
}

interface TargetEnd {
  readonly delivered: number;
  readonly failed: number;
  readonly nextAt?: string;
}

function sum(ends: readonly TargetEnd[], of: "delivered" | "failed"): number {
  return ends.reduce((all, end) => all + end[of], 0);
}

async function attempt(channel: Channel, delivery: Delivery, thread: string | undefined): Promise<Outcome> {
  const [first, ...more] = messagesOf(delivery);
  if (first === undefined) return { kind: "delivered" };
  const { id, at, unsure = false } = delivery;
  try {
    const named =
      thread === undefined || delivery.gathered?.some(({ incident }) => incident !== delivery.incident)
        ? {}
        : { thread };
    const answer = await channel.send({ id, at, unsure, messages: [first, ...more], ...named });
    return { kind: "delivered", ...(answer === undefined ? {} : { thread: answer }) };
  } catch (error) {
    if (!(error instanceof SendError)) {
      const failure = error instanceof MonitoringError ? { unsure: false, needsPeople: true } : { unsure: true };
      return { kind: "failed", because: secretless(error), failure };
    }
    const because = error.message;
    return error.failure === undefined
      ? { kind: "refused", because }
      : { kind: "failed", because, failure: error.failure };
  }
}

/** An error of our own says what it is; what a library says may hold anything. */
function secretless(error: unknown): string {
  return error instanceof MonitoringError ? error.message : `sending failed (${(error as Error)?.name ?? "unknown"})`;
}

function report(delivery: Delivery, outcome: Outcome): Attempt {
  return {
    target: delivery.target,
    delivery: delivery.id,
    incidents: incidentsOf(delivery),
    attempt: delivery.attempts,
    outcome: outcome.kind,
    ...(outcome.kind === "delivered" ? {} : { because: outcome.because }),
  };
}

/** Forgets once a day rather than with every message. */
function trimmed(state: AlertState, now: Date): AlertState {
  const next = forget(state, now);
  const sizes = (each: AlertState) =>
    [each.incidents, each.marks, each.threads].map((part) => Object.keys(part).length);
  return sizes(next).join() === sizes(state).join() ? state : next;
}

function checkedObservation(given: unknown): Observation {
  const parsed = observationSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined ? "" : `${issue.path.join(".")}: ${issue.message}`;
  throw new MonitoringError("observation_invalid", `An observation is not valid: ${where}. Nothing was taken in.`, {
    facts: { issues: parsed.error.issues },
  });
}

function testObservation(key: string, severity: Severity, now: Date): Observation {
  const at = now.toISOString();
  return {
    format: 1,
    at,
    cleared: [],
    findings: [
      {
        key,
        kind: "test",
        severity,
        subject: "test",
        what: "This is a test of alerts.",
        extent: "Nothing is wrong: somebody wanted to see that alerts arrive.",
        since: at,
        model: { name: "alerts" },
        action: "Nothing: a second message will say that it is over.",
        runbook: "test-alert",
      },
    ],
  };
}
