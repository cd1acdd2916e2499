/** How calls to an endpoint are made. */
export interface CallProfile {
  /** How long one call may take. */
  readonly callTimeoutMs: number;
  /** How long a row may wait for its answer, with its time in the queue and every attempt. */
  readonly deadlineMs: number;
  /** Calls under way at most. */
  readonly concurrency: number;
  /** Attempts for one call, the first included. */
  readonly attempts: number;
  /** The longest pause before the second attempt; it doubles for each further one. */
  readonly pauseMs: number;
  /** Whether fewer calls are made at once after a throttled one, and more again as they succeed. */
  readonly adaptive: boolean;
  /** How long an answer counts as proof that the endpoint is ready. */
  readonly readyForMs: number;
}

/**
 * A real-time endpoint is always warm and answers in milliseconds: what takes seconds has gone wrong, and waiting costs
 * more than saying so. Throttling is a sudden peak, so it is asked again soon and seldom.
 */
export const REAL_TIME: CallProfile = {
  callTimeoutMs: 3_000,
  deadlineMs: 8_000,
  concurrency: 4,
  attempts: 3,
  pauseMs: 100,
  adaptive: false,
  readyForMs: 5_000,
};

/**
 * A serverless endpoint may have no container: the first call after a pause takes seconds and is no failure. It refuses
 * what exceeds its `MaxConcurrency`, which is set on the endpoint and unknown here, so calls queue here and their number
 * follows what is refused. A check of health would start a container and cost money: an answer counts for a minute.
 * The deadline leaves API Gateway's 29 seconds time to answer.
 */
export const SERVERLESS: CallProfile = {
  callTimeoutMs: 20_000,
  deadlineMs: 26_000,
  concurrency: 5,
  attempts: 6,
  pauseMs: 400,
  adaptive: true,
  readyForMs: 60_000,
};
