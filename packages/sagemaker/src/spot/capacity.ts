import type { DescribeTrainingJobResponse } from "@aws-sdk/client-sagemaker";
import type { Clients } from "../clients";
import type { ExecutionSnapshot } from "../execution-snapshot";
import { type StepJobs, trainingJobs } from "./training-jobs";

/** A step whose jobs waited for spot machines in vain. */
export interface WaitedInVain {
  readonly step: string;
  /** Jobs that ended without the machines. */
  readonly jobs: number;
  /** The longest that one of them waited. */
  readonly seconds: number;
}

/**
 * The steps that ended an execution because spot capacity did not come; none when anything else did, somebody's hand among it.
 *
 * @param options - `endedEarly`: it was stopped because its search waited in vain, and trials that still waited count too
 */
export async function waitedInVain(
  clients: Pick<Clients, "sagemaker">,
  { status, steps }: Pick<ExecutionSnapshot, "status" | "steps">,
  { endedEarly = false }: { readonly endedEarly?: boolean } = {},
): Promise<WaitedInVain[]> {
  if (status !== "Failed" && status !== "Stopped") return [];
  const ended = steps.filter(({ state }) => state === "failed" || state === "stopped");
  const found = (await trainingJobs(clients, ended)).map((step) => ({
    ...step,
    inVain: endedInVain(step, endedEarly),
  }));
  const all = found.length === ended.length && found.every(({ inVain }) => inVain.length > 0);
  if (!all) return [];
  return found.map(({ step, inVain }) => ({ step, jobs: inVain.length, seconds: Math.max(...inVain.map(waited)) }));
}

/**
 * Whether a search has no machines to hope for: a trial has used up its wait, none has ever had a machine. The trials to come
 * would each wait as long.
 */
export async function searchWaitsInVain(
  clients: Pick<Clients, "sagemaker">,
  step: Parameters<typeof trainingJobs>[1][number],
): Promise<boolean> {
  const [found] = await trainingJobs(clients, [step]);
  const jobs = found?.jobs ?? [];
  const waiting = (job: DescribeTrainingJobResponse) =>
    job.TrainingJobStatus === "InProgress" && job.TrainingStartTime === undefined;
  return jobs.some(isInVain) && jobs.every((job) => isInVain(job) || waiting(job));
}

/** Jobs of a step that got no machines, if that is why nothing came of it. */
function endedInVain({ jobs }: StepJobs, endedEarly: boolean): DescribeTrainingJobResponse[] {
  const inVain = jobs.filter(isInVain);
  const stoppedWaiting = (job: DescribeTrainingJobResponse) =>
    endedEarly && isStopped(job) && job.TrainingStartTime === undefined;
  const others = jobs.filter((job) => !isInVain(job) && !stoppedWaiting(job));
  return others.length === 0 ? inVain : [];
}

function isInVain(job: DescribeTrainingJobResponse): boolean {
  if (job.EnableManagedSpotTraining !== true) return false;
  if (isStopped(job)) return job.SecondaryStatus === "MaxWaitTimeExceeded";
  return job.TrainingJobStatus === "Failed" && /CapacityError|insufficient.*capacity/i.test(job.FailureReason ?? "");
}

function isStopped({ TrainingJobStatus }: DescribeTrainingJobResponse): boolean {
  return TrainingJobStatus === "Stopped" || TrainingJobStatus === "Stopping";
}

function waited({ CreationTime, TrainingEndTime, LastModifiedTime, StoppingCondition }: DescribeTrainingJobResponse) {
  const end = TrainingEndTime ?? LastModifiedTime;
  if (CreationTime === undefined || end === undefined) return StoppingCondition?.MaxWaitTimeInSeconds ?? 0;
  return (end.getTime() - CreationTime.getTime()) / 1_000;
}
