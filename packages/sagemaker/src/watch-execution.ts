import type { Clients } from "./clients";
import {
  type ExecutionEvent,
  type ExecutionStatus,
  isFinal,
  type StepView,
  type TuningProgress,
} from "./execution-events";
import { type ExecutionReport, executionReport } from "./execution-report";
import { type ExecutionSnapshot, takeSnapshot } from "./execution-snapshot";
import { delayCause, Pace } from "./pace";
import { type Surroundings, systemSurroundings } from "./surroundings";

/** How to watch. */
export interface WatchOptions {
  /** Ends the watching, not the execution: the iteration throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * News of an execution, from what has happened already to its end. Throttling, lost connections and credentials that ended
 * meanwhile are reported as `delay` events and waited out; a step's state is never reported twice.
 *
 * @example
 * for await (const event of watchExecution(clients, executionArn)) console.log(event.type);
 * @throws OperationError `execution_unreachable` when the cloud does not answer twelve times in a row.
 */
export function watchExecution(
  clients: Pick<Clients, "sagemaker" | "polling" | "renewCredentials">,
  executionArn: string,
  options: WatchOptions = {},
): AsyncGenerator<ExecutionEvent, void, void> {
  return watchExecutionWith(clients, executionArn, options, systemSurroundings);
}

/**
 * Watches an execution to its end.
 *
 * @param options - `onEvent` is called for every piece of news.
 * @returns The report of the ended execution.
 */
export async function waitForExecution(
  clients: Pick<Clients, "sagemaker" | "s3" | "polling" | "renewCredentials">,
  executionArn: string,
  options: WatchOptions & { readonly onEvent?: (event: ExecutionEvent) => void } = {},
): Promise<ExecutionReport> {
  for await (const event of watchExecution(clients, executionArn, options)) options.onEvent?.(event);
  return await executionReport(clients, executionArn);
}

/** {@link watchExecution} with time and chance handed in. */
export async function* watchExecutionWith(
  clients: Pick<Clients, "sagemaker" | "polling" | "renewCredentials">,
  executionArn: string,
  { signal }: WatchOptions,
  surroundings: Surroundings,
): AsyncGenerator<ExecutionEvent, void, void> {
  const pace = new Pace(clients, surroundings);
  let seen = nothingSeen();
  for (;;) {
    signal?.throwIfAborted();
    let snapshot: ExecutionSnapshot;
    try {
      snapshot = await takeSnapshot(clients, executionArn, surroundings.now(), seen.settledTuning);
    } catch (error) {
      const retryAfterMs = pace.delayAfter(error);
      const cause = delayCause(error) ?? "server";
      yield { type: "delay", at: new Date(surroundings.now()), cause, message: (error as Error).message, retryAfterMs };
      await pace.pause(retryAfterMs, signal);
      continue;
    }
    const { events, seen: next } = news(seen, snapshot, new Date(surroundings.now()));
    seen = next;
    yield* events;
    if (isFinal(snapshot.status)) return;
    await pace.next(events.length > 0, signal);
  }
}

/** What has been reported. */
interface Seen {
  readonly status?: ExecutionStatus;
  readonly steps: ReadonlyMap<string, string>;
  readonly tuning: ReadonlyMap<string, string>;
  readonly settledTuning: ReadonlySet<string>;
}

/** The beginning of a watch. */
function nothingSeen(): Seen {
  return { steps: new Map(), tuning: new Map(), settledTuning: new Set() };
}

/** What a snapshot adds to what was reported. The execution's end comes last, its beginning first. */
function news(seen: Seen, snapshot: ExecutionSnapshot, at: Date): { events: ExecutionEvent[]; seen: Seen } {
  const steps = new Map(seen.steps);
  const tuning = new Map(seen.tuning);
  const settledTuning = new Set(seen.settledTuning);
  const middle: ExecutionEvent[] = [];
  for (const step of snapshot.steps) {
    const progress = snapshot.tuning.get(step.name);
    if (progress !== undefined && tuning.get(step.name) !== progressKey(progress)) {
      tuning.set(step.name, progressKey(progress));
      middle.push({ type: "tuning", at, step: step.name, progress });
    }
    if (steps.get(step.name) !== stateKey(step)) {
      steps.set(step.name, stateKey(step));
      middle.push({ type: "step", at, step });
    }
    if (progress !== undefined && step.endedAt !== undefined) settledTuning.add(step.name);
  }
  const { status, executionArn, reason } = snapshot;
  const change: ExecutionEvent[] =
    status === seen.status
      ? []
      : [{ type: "execution", at, executionArn, status, ...(reason === undefined ? {} : { reason }) }];
  const events = isFinal(status) ? [...middle, ...change] : [...change, ...middle];
  return { events, seen: { status, steps, tuning, settledTuning } };
}

function stateKey(step: StepView): string {
  return `${step.state}/${step.attempts}/${step.job?.arn ?? ""}`;
}

function progressKey(progress: TuningProgress): string {
  const { completed, inProgress, failed, stopped, best } = progress;
  return [completed, inProgress, failed, stopped, best?.trainingJob ?? ""].join("/");
}
