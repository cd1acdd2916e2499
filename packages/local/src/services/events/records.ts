import type { RuleState, Target } from "@aws-sdk/client-eventbridge";

/** A bus as it is kept. */
export interface BusRecord {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly policy?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: number;
}

/** A rule as it is kept, with its targets. */
export interface RuleRecord {
  readonly name: string;
  readonly bus: string;
  readonly arn: string;
  readonly pattern?: string;
  readonly schedule?: string;
  readonly state: RuleState;
  readonly description?: string;
  readonly role?: string;
  readonly targets: readonly Target[];
  readonly tags: Readonly<Record<string, string>>;
  /** From when rates count, epoch milliseconds. */
  readonly began: number;
  /** When the schedule falls due next, epoch milliseconds. */
  readonly next?: number;
}

/** An event as targets get it. */
export interface WireEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** A key of the rules' collection. */
export const ruleKey = (bus: string, name: string): string => `${bus}/${name}`;
