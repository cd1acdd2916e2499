import { DescribeTrainingJobCommand, type DescribeTrainingJobResponse } from "@aws-sdk/client-sagemaker";
import { isNotFound } from "../aws-errors";
import { listTrials } from "../catalogue";
import type { Clients } from "../clients";
import type { StepView } from "../execution-events";
import { inParallel } from "../in-parallel";

const DESCRIPTIONS_AT_ONCE = 8;

/** Training jobs of one step: its own, or the trials of its search. */
export interface StepJobs {
  readonly step: string;
  readonly kind: "TrainingJob" | "TuningJob";
  readonly jobs: readonly DescribeTrainingJobResponse[];
}

/** The training jobs that an execution started itself; what it took from the cache was paid for by another one. */
export async function trainingJobs(
  clients: Pick<Clients, "sagemaker">,
  steps: readonly StepView[],
): Promise<StepJobs[]> {
  const found: StepJobs[] = [];
  for (const { name, state, job } of steps) {
    if (state === "cached" || (job?.kind !== "TrainingJob" && job?.kind !== "TuningJob")) continue;
    const names = job.kind === "TuningJob" ? (await listTrials(clients, job.name)).map(({ name }) => name) : [job.name];
    const jobs = await inParallel(names, DESCRIPTIONS_AT_ONCE, (each) => described(clients, each));
    found.push({ step: name, kind: job.kind, jobs: jobs.filter((each) => each !== undefined) });
  }
  return found;
}

async function described(
  { sagemaker }: Pick<Clients, "sagemaker">,
  TrainingJobName: string,
): Promise<DescribeTrainingJobResponse | undefined> {
  try {
    return await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
