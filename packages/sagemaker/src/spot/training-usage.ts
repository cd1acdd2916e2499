import type { Clients } from "../clients";
import type { StepView } from "../execution-events";
import { type StepJobs, trainingJobs } from "./training-jobs";

/** Machine time of an execution's training jobs, as AWS counts it once they have ended. */
export interface TrainingUsage {
  readonly jobs: number;
  /** Of these on managed spot. */
  readonly spotJobs: number;
  /** Seconds that the jobs on spot trained, over all their machines. */
  readonly spotTrainingSeconds: number;
  /** Seconds of it that are billed. */
  readonly spotBillableSeconds: number;
  /** Seconds of the jobs on demand, all of them billed. */
  readonly onDemandSeconds: number;
  /** Part of the price on demand that spot saved, 1 - billable / training, as AWS computes it. @default absent without spot */
  readonly saving?: number;
}

/** What the training of an execution took and what spot saved; undefined when it started no training job. */
export async function trainingUsage(
  clients: Pick<Clients, "sagemaker">,
  steps: readonly StepView[],
): Promise<TrainingUsage | undefined> {
  const found = await trainingJobs(clients, steps);
  return found.length === 0 ? undefined : usageOfJobs(found);
}

/** {@link trainingUsage} of jobs that are known. */
function usageOfJobs(steps: readonly StepJobs[]): TrainingUsage {
  const jobs = steps.flatMap((step) => step.jobs);
  const onSpot = jobs.filter(({ EnableManagedSpotTraining }) => EnableManagedSpotTraining === true);
  const onDemand = jobs.filter(({ EnableManagedSpotTraining }) => EnableManagedSpotTraining !== true);
  const sum = (list: typeof jobs, seconds: (job: (typeof jobs)[number]) => number | undefined) =>
    list.reduce((total, job) => total + (seconds(job) ?? 0) * (job.ResourceConfig?.InstanceCount ?? 1), 0);
  const trained = sum(onSpot, ({ TrainingTimeInSeconds }) => TrainingTimeInSeconds);
  const billed = sum(onSpot, ({ BillableTimeInSeconds }) => BillableTimeInSeconds);
  return {
    jobs: jobs.length,
    spotJobs: onSpot.length,
    spotTrainingSeconds: trained,
    spotBillableSeconds: billed,
    onDemandSeconds: sum(onDemand, (job) => job.BillableTimeInSeconds ?? job.TrainingTimeInSeconds),
    ...(trained > 0 ? { saving: 1 - billed / trained } : {}),
  };
}
