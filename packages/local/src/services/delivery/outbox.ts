import { randomUUID } from "node:crypto";
import type { RoomDeps } from "../../room";
import type { Collection } from "../../state/store";
import { inBackground } from "../sagemaker/background/in-background";

/** Something on its way. Times are epoch milliseconds. */
export interface Parcel<P> {
  readonly id: string;
  readonly content: P;
  readonly posted: number;
  /** Attempts that failed. */
  readonly attempts: number;
  /** When the next attempt is due. */
  readonly due: number;
  readonly error?: string;
}

/** How parcels are carried. */
export interface Carrier<P> {
  /** For people: "rule monthly → pipeline churn". */
  name(content: P): string;
  /** Delivers once. @throws whatever the receiver answers */
  attempt(parcel: Parcel<P>): Promise<void>;
  /** Milliseconds until the next attempt; undefined gives up. `attempts` counts the failed one. */
  retryAfter(parcel: Parcel<P>, error: unknown): number | undefined;
  /** What becomes of a parcel that is given up. */
  giveUp(parcel: Parcel<P>, error: unknown): Promise<void>;
}

/** Deliveries that outlive the process: kept until they have arrived or are given up. At least once, as AWS delivers. */
export class Outbox<P> {
  readonly #parcels: Collection<Parcel<P>>;
  readonly #closing = new AbortController();

  constructor(
    private readonly deps: RoomDeps,
    collection: string,
    private readonly carrier: Carrier<P>,
  ) {
    this.#parcels = deps.store.collection(collection);
  }

  /** Takes a parcel over; durable when resolved, delivered later. */
  async post(content: P, delayMs = 0): Promise<void> {
    const now = this.deps.clock.now().getTime();
    const parcel: Parcel<P> = { id: randomUUID(), content, posted: now, attempts: 0, due: now + delayMs };
    await this.#parcels.put(parcel.id, parcel);
    inBackground(this.#carry(parcel));
  }

  /** Takes up what a process that died left. */
  recover(): void {
    for (const parcel of this.#parcels.values()) inBackground(this.#carry(parcel));
  }

  close(): void {
    this.#closing.abort();
  }

  async #carry(first: Parcel<P>): Promise<void> {
    const { clock } = this.deps;
    let parcel = first;
    for (;;) {
      await clock.sleep(parcel.due - clock.now().getTime(), this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      const next = await clock.during(this.carrier.name(parcel.content), this.#try(parcel));
      if (!next) return;
      parcel = next;
    }
  }

  async #try(parcel: Parcel<P>): Promise<Parcel<P> | undefined> {
    try {
      await this.carrier.attempt(parcel);
    } catch (error) {
      if (this.#closing.signal.aborted) return undefined;
      const message = error instanceof Error ? error.message : String(error);
      const failed: Parcel<P> = { ...parcel, attempts: parcel.attempts + 1, error: message };
      const delay = this.carrier.retryAfter(failed, error);
      if (delay !== undefined) {
        const next = { ...failed, due: this.deps.clock.now().getTime() + delay };
        await this.#parcels.put(next.id, next);
        return next;
      }
      await this.carrier.giveUp(failed, error);
    }
    await this.#parcels.delete(parcel.id);
    return undefined;
  }
}
