import type { EventBus } from "../event-bus";
import type { JobLife } from "./steps/step-kind";

const ends: ReadonlySet<unknown> = new Set(["Completed", "Failed", "Stopped"]);

interface Expectation {
  readonly ended: Promise<void>;
  readonly resolve: () => void;
}

/** Learns from the event bus when jobs end. */
export class JobWatch {
  private readonly expected = new Map<string, Expectation>();
  private readonly lives = new Map<string, JobLife>();
  private readonly unsubscribe: () => void;

  constructor(bus: EventBus) {
    this.unsubscribe = bus.subscribe(({ detailType, detail }) => {
      const life = this.lives.get(detailType);
      if (!life || !ends.has(detail[life.statusMember])) return;
      this.expected.get(keyOf(life, String(detail[life.nameMember])))?.resolve();
    });
  }

  /** From now on the job's end is noticed. Call it before the job is created, so that a fast one is not missed. */
  expect(life: JobLife, name: string): Promise<void> {
    const key = keyOf(life, name);
    const known = this.expected.get(key);
    if (known) return known.ended;
    this.lives.set(life.detailType, life);
    let resolve: () => void = () => undefined;
    const ended = new Promise<void>((done) => {
      resolve = done;
    });
    this.expected.set(key, { ended, resolve });
    return ended;
  }

  /** Whether the job's end is already being waited for. */
  expects(life: JobLife, name: string): boolean {
    return this.expected.has(keyOf(life, name));
  }

  /** The job's end was dealt with. */
  forget(life: JobLife, name: string): void {
    this.expected.delete(keyOf(life, name));
  }

  /** Stops listening. */
  close(): void {
    this.unsubscribe();
  }
}

const keyOf = (life: JobLife, name: string): string => `${life.detailType}\n${name}`;

/** Whether a job's status is a final one. */
export const isJobEnd = (status: unknown): boolean => ends.has(status);
