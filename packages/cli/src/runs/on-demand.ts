import {
  type ExecutionEvent,
  type ExecutionReport,
  retryOnDemand,
  searchWaitsInVain,
  stopExecution,
  type WaitedInVain,
  waitedInVain,
} from "@sagewright/sagemaker";
import type { Session } from "../session";
import { duration, plural } from "../terminal/format";
import type { Output } from "../terminal/output";
import { runId } from "./report-file";

/** "Tune: no spot machine came within 60 min". */
export function waitedText({ step, jobs, seconds }: WaitedInVain): string {
  const several = jobs > 1 ? ` for ${plural(jobs, "job")}` : "";
  return `${step}: no spot machine came within ${duration(seconds * 1_000)}${several}`;
}

/**
 * Looks after the spot capacity of a run that is watched: a search that has no machines to hope for is ended, so that its
 * remaining trials do not each wait as long.
 */
export class CapacityWatch {
  #ended = false;

  constructor(
    private readonly session: Session,
    private readonly executionArn: string,
    private readonly output: Output,
  ) {}

  async see(event: ExecutionEvent, steps: ReadonlyMap<string, ExecutionReport["steps"][number]>): Promise<void> {
    if (this.#ended || event.type !== "tuning") return;
    const { completed, stopped, failed } = event.progress;
    const step = steps.get(event.step);
    if (completed > 0 || stopped + failed === 0 || step === undefined) return;
    const { clients } = this.session;
    // The watch goes on whatever becomes of this: the worst is that every trial waits.
    const inVain = await searchWaitsInVain(clients, step).catch(() => false);
    if (!inVain) return;
    this.#ended = true;
    this.output.progress(`${event.step}: no spot machine came for any trial; the run is ended`);
    await stopExecution(clients, this.executionArn).catch(() => {});
  }

  /** The steps that ended the run because no spot capacity came. */
  async inVain(report: ExecutionReport): Promise<WaitedInVain[]> {
    return waitedInVain(this.session.clients, report, { endedEarly: this.#ended });
  }
}

/** Whether a run whose spot capacity does not come goes on on demand: as the environment says, and without one it does. */
export function wantsOnDemand({ environment }: Session): boolean {
  return environment?.training.onDemandRetry ?? true;
}

/** Starts a run again on demand and says so. @returns its ARN */
export async function startOnDemand(
  { clients, target }: Session,
  executionArn: string,
  { waited, output }: { waited: readonly WaitedInVain[]; output: Output },
): Promise<string> {
  const started = await retryOnDemand(clients, { executionArn, bucket: target.bucket });
  for (const each of waited) output.progress(waitedText(each));
  output.progress(`${runId(executionArn)} is tried again on demand, as ${runId(started.executionArn)}`);
  output.event({ event: "onDemand", execution: started.executionArn, after: executionArn });
  return started.executionArn;
}
