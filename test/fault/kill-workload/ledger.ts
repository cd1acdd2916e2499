/** Reads one fact from the cloud: anything JSON can say; undefined when there is nothing. */
export type Read = () => Promise<unknown>;

/** One fact that a request changes. */
export interface Change {
  readonly key: string;
  readonly read: Read;
  readonly to: unknown;
}

/** Work that ends by itself. */
export interface Work {
  readonly key: string;
  /** Its status; undefined when there is no such work. */
  readonly status: () => Promise<string | undefined>;
  readonly ends: readonly string[];
  /** What must hold once it has ended well. */
  readonly outcome?: (status: string) => Promise<void>;
  readonly sure: boolean;
}

/** The client's own book of what the cloud has acknowledged. */
export class Ledger {
  readonly #facts = new Map<string, { read: Read; allowed: Set<string> }>();
  readonly #works = new Map<string, Work>();
  acknowledged = 0;

  /** Value of a fact, or undefined when there is none or it is not sure. */
  known<T>(key: string): T | undefined {
    const allowed = this.#facts.get(key)?.allowed ?? new Set();
    const [only] = allowed;
    return allowed.size !== 1 || only === undefined || only === absent ? undefined : (JSON.parse(only) as T);
  }

  /** Makes changes by one request. Until it is acknowledged, either state may be found. */
  async write<T>(changes: readonly Change[], act: () => Promise<T>): Promise<T> {
    for (const { key, read, to } of changes) {
      const allowed = this.#facts.get(key)?.allowed ?? new Set([absent]);
      this.#facts.set(key, { read, allowed: new Set([...allowed, textOf(to)]) });
    }
    const answer = await act();
    for (const { key, read, to } of changes) this.#facts.set(key, { read, allowed: new Set([textOf(to)]) });
    this.acknowledged += 1;
    return answer;
  }

  /** Starts work by one request. */
  async begin<T>(work: Omit<Work, "sure">, act: () => Promise<T>): Promise<T> {
    this.#works.set(work.key, { ...work, sure: false });
    const answer = await act();
    this.#works.set(work.key, { ...work, sure: true });
    this.acknowledged += 1;
    return answer;
  }

  /** How much work has not ended yet. */
  async underWay(): Promise<number> {
    const statuses = await Promise.all(
      [...this.#works.values()].map(async ({ status, ends }) => {
        const now = await status();
        return now !== undefined && !ends.includes(now);
      }),
    );
    return statuses.filter(Boolean).length;
  }

  /** Waits for one piece of work, if there is such. @throws Error when it does not end as it should */
  async finish(key: string, patienceMs: number): Promise<void> {
    const work = this.#works.get(key);
    const problem = work && (await this.#end(work, patienceMs));
    if (problem !== undefined) throw new Error(problem);
  }

  /** Reads every fact and says which are not as they were acknowledged. */
  async verify(): Promise<string[]> {
    const problems: string[] = [];
    await inParallel([...this.#facts], async ([key, fact]) => {
      const found = textOf(await fact.read());
      if (!fact.allowed.has(found)) problems.push(`${key} is ${found}, and not ${[...fact.allowed].join(" or ")}`);
      fact.allowed = new Set([found]);
    });
    return problems;
  }

  /** Waits until all work has ended, and says what has not or has ended in another way. */
  async settle(patienceMs: number): Promise<string[]> {
    const problems: string[] = [];
    await inParallel([...this.#works.values()], async (work) => {
      const problem = await this.#end(work, patienceMs);
      if (problem !== undefined) problems.push(problem);
    });
    return problems;
  }

  async #end(work: Work, patienceMs: number): Promise<string | undefined> {
    const deadline = Date.now() + patienceMs;
    let status = await work.status();
    while (status !== undefined && !isFinal(status) && !work.ends.includes(status) && Date.now() < deadline) {
      await pause(100);
      status = await work.status();
    }
    this.#works.delete(work.key);
    if (status === undefined && !work.sure) return undefined;
    if (status === undefined || !work.ends.includes(status)) {
      return `${work.key} is ${status} after ${patienceMs} ms, and not ${work.ends.join(" or ")}`;
    }
    try {
      await work.outcome?.(status);
      return undefined;
    } catch (error) {
      return `${work.key}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  get size(): { facts: number; works: number } {
    return { facts: this.#facts.size, works: this.#works.size };
  }
}

const absent = "nothing";
const textOf = (value: unknown): string => (value === undefined ? absent : JSON.stringify(value));
const isFinal = (status: string): boolean => /^(Completed|Failed|Stopped|Succeeded)$/.test(status);

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Eight at a time: what is found does not depend on it. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
