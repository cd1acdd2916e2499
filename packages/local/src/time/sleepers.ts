/** Somebody who sleeps until a moment. */
export interface Sleeper {
  /** Epoch milliseconds. */
  readonly due: number;
  /** Who fell asleep first wakes first. */
  readonly order: number;
  wake(): void;
}

/** Sleepers by moment, then by when they fell asleep: a binary heap with removal. */
export class Sleepers {
  readonly #all: Sleeper[] = [];
  readonly #gone = new Set<Sleeper>();

  add(sleeper: Sleeper): void {
    this.#all.push(sleeper);
    this.#up(this.#all.length - 1);
  }

  remove(sleeper: Sleeper): void {
    this.#gone.add(sleeper);
    this.#clear();
  }

  first(): Sleeper | undefined {
    return this.#all[0];
  }

  moments(limit: number): Date[] {
    return this.#all
      .filter((sleeper) => !this.#gone.has(sleeper))
      .sort(before)
      .slice(0, limit)
      .map(({ due }) => new Date(due));
  }

  /** Takes removed sleepers off the top; the others stay until they come there. */
  #clear(): void {
    for (let top = this.#all[0]; top !== undefined && this.#gone.delete(top); top = this.#all[0]) {
      const end = this.#all.pop() as Sleeper;
      if (this.#all.length > 0) {
        this.#all[0] = end;
        this.#down();
      }
    }
  }

  #up(from: number): void {
    const all = this.#all;
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (before(all[parent] as Sleeper, all[index] as Sleeper) <= 0) return;
      [all[parent], all[index]] = [all[index] as Sleeper, all[parent] as Sleeper];
      index = parent;
    }
  }

  #down(): void {
    const all = this.#all;
    for (let index = 0; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < all.length && before(all[child] as Sleeper, all[least] as Sleeper) < 0) least = child;
      }
      if (least === index) return;
      [all[least], all[index]] = [all[index] as Sleeper, all[least] as Sleeper];
      index = least;
    }
  }
}

const before = (a: Sleeper, b: Sleeper): number => a.due - b.due || a.order - b.order;
