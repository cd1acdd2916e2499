import type { FlexibleTimeWindow, ScheduleState, Target } from "@aws-sdk/client-scheduler";

/** A schedule as it is kept. Times are epoch milliseconds. */
export interface ScheduleRecord {
  readonly name: string;
  readonly group: string;
  readonly arn: string;
  readonly expression: string;
  readonly zone?: string;
  readonly start?: number;
  readonly end?: number;
  readonly state: ScheduleState;
  readonly description?: string;
  readonly window: FlexibleTimeWindow;
  readonly target: Target;
  readonly afterCompletion?: string;
  readonly kmsKeyArn?: string;
  readonly created: number;
  readonly modified: number;
  readonly token?: string;
  /** When it falls due next, and when it then calls its target. */
  readonly next?: { readonly due: number; readonly call: number };
}

/** A group as it is kept. */
export interface GroupRecord {
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  readonly modified: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** A key of the schedules' collection. */
export const scheduleKey = (group: string, name: string): string => `${group}/${name}`;
