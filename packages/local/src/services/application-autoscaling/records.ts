import type {
  PutScalingPolicyRequest,
  PutScheduledActionRequest,
  ScalingActivityStatusCode,
  SuspendedState,
} from "@aws-sdk/client-application-auto-scaling";

/** A scalable target as it is kept. Times are epoch milliseconds. */
export interface TargetRecord {
  /** `endpoint/<endpoint>/variant/<variant>`. */
  readonly resource: string;
  readonly arn: string;
  readonly min: number;
  readonly max: number;
  readonly role?: string;
  readonly suspended: SuspendedState;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: number;
}

/** A policy as it is kept. */
export interface PolicyRecord {
  readonly name: string;
  readonly arn: string;
  readonly resource: string;
  readonly request: PutScalingPolicyRequest;
  /** Names of the alarms that it made. */
  readonly alarms: readonly string[];
  readonly created: number;
  /** The last change that counts for cooldowns. */
  readonly last?: { readonly at: number; readonly change: number };
}

/** A scheduled action as it is kept. */
export interface ScheduledRecord {
  readonly name: string;
  readonly arn: string;
  readonly resource: string;
  readonly request: PutScheduledActionRequest;
  readonly created: number;
  readonly next?: number;
}

/** A change of capacity as it is kept. */
export interface ActivityRecord {
  readonly id: string;
  readonly resource: string;
  readonly description: string;
  readonly cause: string;
  readonly start: number;
  readonly end?: number;
  readonly status: ScalingActivityStatusCode;
  readonly message?: string;
  readonly capacity: number;
}

/** The only dimension that is emulated. */
export const dimension = "sagemaker:variant:DesiredInstanceCount";

/** Endpoint and variant of a resource id. */
export function placeOf(resource: string): { endpoint: string; variant: string } | undefined {
  const [, endpoint, variant] = /^endpoint\/([^/]+)\/variant\/([^/]+)$/.exec(resource) ?? [];
  return endpoint === undefined || variant === undefined ? undefined : { endpoint, variant };
}
