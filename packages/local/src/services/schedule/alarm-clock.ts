import type { Clock } from "../../clock";
import { inBackground } from "../sagemaker/background/in-background";

/** Rings at moments, one per name. */
export class AlarmClock {
  readonly #set = new Map<string, AbortController>();

  constructor(
    private readonly clock: Clock,
    private readonly ring: (name: string) => Promise<void>,
  ) {}

  /** Rings once at a moment (epoch milliseconds), at once for one that is over; replaces an earlier setting. */
  set(name: string, moment: number): void {
    this.cancel(name);
    const cancelled = new AbortController();
    this.#set.set(name, cancelled);
    inBackground(this.#wait(name, moment, cancelled.signal));
  }

  cancel(name: string): void {
    this.#set.get(name)?.abort();
    this.#set.delete(name);
  }

  close(): void {
    for (const name of [...this.#set.keys()]) this.cancel(name);
  }

  async #wait(name: string, moment: number, signal: AbortSignal): Promise<void> {
    await this.clock.sleep(moment - this.clock.now().getTime(), signal);
    if (signal.aborted) return;
    this.#set.delete(name);
    await this.clock.during(name, this.ring(name));
  }
}
