import type { DescribeLogStreamsResponse } from "@aws-sdk/client-cloudwatch-logs";
import type { DescribeTrainingJobResponse, TrainingJobStatus } from "@aws-sdk/client-sagemaker";
import { ServiceError } from "../../../errors";
import type { RoomDeps } from "../../../room";
import type { Collection } from "../../../state/store";
import { inBackground } from "../background/in-background";
import { hopelessTrials } from "./early-stopping";
import { neededBefore, type Searcher, type SearchPlan, searchPlan, suggest, turnOf } from "./strategy";
import { trialName, trialRequest } from "./trial-request";
import { definitionsOf, isEnded, nextStep, objectiveOf, type Trial, type TuningJob } from "./tuning-job";
import { tuningDescription } from "./tuning-views";

/** What the runner works with. */
export interface RunnerDeps extends Pick<RoomDeps, "bus" | "clock" | "invoke" | "logs" | "region" | "accountId"> {
  readonly jobs: Collection<TuningJob>;
  /** The model-based search with the Python of an image. */
  readonly searcher: (image: string) => Searcher;
}

/** Runs tuning jobs: starts trials when their time has come, takes their results, ends the job. */
export interface TuningRunner {
  /** Takes a new or a half-done job up. */
  take(job: TuningJob): void;
  /** Asks a job's running trials to stop. */
  stop(name: string): Promise<void>;
  /** Lets go of all jobs; their records stay as they are. Resolves when what was under way is written. */
  close(): Promise<void>;
}

/** Detail type under which tuning jobs announce themselves. */
export const TUNING_EVENT = "SageMaker HyperParameter Tuning Job State Change";

const EARLY_STOPPING_LOOK_MS = 1_000;
const TRAINING_LOGS = "/aws/sagemaker/TrainingJobs";
const TRAINING_EVENT = "SageMaker Training Job State Change";

/** Makes the runner. It learns from the bus when a trial ended. */
export function tuningRunner(deps: RunnerDeps): TuningRunner {
  const { bus, jobs } = deps;
  const plans = new Map<string, SearchPlan>();
  const owners = new Map<string, string>();
  const turns = new Map<string, Promise<void>>();
  let closed = false;

  /** One thing at a time per job: every turn sees what the one before it decided. */
  const turn = (name: string, work: () => Promise<void>): Promise<void> => {
    const timed = () => deps.clock.during(`tuning job ${name}`, work());
    const next = (turns.get(name) ?? Promise.resolve()).then(timed).catch(async (error: unknown) => {
      // What fails because the cloud is closing is no failure of the job: it goes on when the state is opened again.
      if (!closed) await fail(deps, name, error);
    });
    turns.set(name, next);
    return next;
  };

  const advance = async (name: string): Promise<void> => {
    for (;;) {
      const job = jobs.get(name);
      const plan = plans.get(name);
      if (job === undefined || plan === undefined || isEnded(job.status)) return;
      const next = nextStep(job, plan, (index) => neededBefore(plan, index));
      if (next.kind === "wait") {
        if (job.status === "InProgress" && plan.learns) deps.searcher(imageOfJob(job)).warm();
        return;
      }
      if (next.kind === "end") {
        plans.delete(name);
        const endTime = deps.clock.now().getTime();
        await save(deps, {
          ...job,
          status: next.status,
          endTime,
          ...(next.reason === undefined ? {} : { failureReason: next.reason }),
        });
        return;
      }
      const trial = await newTrial(deps, job, plan, next.index);
      owners.set(trial.name, name);
      // Kept before the training job is made: a crash between the two finds the trial and makes its job.
      const current = jobs.get(name) ?? job;
      if (current.status !== "InProgress") continue;
      const withTrial = { ...current, trials: [...current.trials, trial], lastModifiedTime: trial.creationTime };
      await jobs.put(name, withTrial);
      await launch(deps, withTrial, trial);
    }
  };

  const collect = async (name: string, trial: string): Promise<void> => {
    await collectTrial(deps, name, trial);
    await advance(name);
  };

  /** Early stopping looks into the logs of running trials; nothing tells it of a new line, so it asks from time to time. */
  const watch = async (name: string): Promise<void> => {
    for (;;) {
      await deps.clock.sleep(EARLY_STOPPING_LOOK_MS);
      const job = jobs.get(name);
      if (closed || job === undefined || isEnded(job.status)) return;
      if (job.status !== "InProgress") continue;
      for (const trial of await hopelessTrials(job, (one) => messagesOf(deps, one))) await stopTrial(deps, trial);
    }
  };

  const unsubscribe = bus.subscribe(({ detailType, detail }) => {
    if (detailType !== TRAINING_EVENT) return;
    const trial = detail.TrainingJobName as string;
    const name = owners.get(trial);
    if (name === undefined || !isEnded(String(detail.TrainingJobStatus))) return;
    owners.delete(trial);
    inBackground(turn(name, () => collect(name, trial)));
  });

  return {
    take(job) {
      plans.set(job.name, searchPlan(job.request));
      if (job.request.HyperParameterTuningJobConfig?.TrainingJobEarlyStoppingType === "Auto")
        inBackground(watch(job.name));
      for (const { name, status } of job.trials) if (!isEnded(status)) owners.set(name, job.name);
      const begin = async () => {
        for (const trial of job.trials.filter(({ status }) => !isEnded(status))) await resume(deps, job, trial);
        await advance(job.name);
      };
      inBackground(turn(job.name, begin));
    },
    stop(name) {
      return turn(name, async () => {
        for (const trial of jobs.get(name)?.trials ?? []) if (!isEnded(trial.status)) await stopTrial(deps, trial);
        await advance(name);
      });
    },
    async close() {
      closed = true;
      unsubscribe();
      plans.clear();
      owners.clear();
      await Promise.allSettled(turns.values());
    },
  };
}

/** Keeps a job's new state and tells the bus when its status changed. */
export async function save(deps: RunnerDeps, job: TuningJob): Promise<void> {
  const before = deps.jobs.get(job.name)?.status;
  const kept = { ...job, lastModifiedTime: deps.clock.now().getTime() };
  await deps.jobs.put(job.name, kept);
  if (before === job.status) return;
  deps.bus.publish({
    source: "aws.sagemaker",
    detailType: TUNING_EVENT,
    time: deps.clock.now(),
    resources: [job.arn],
    detail: { ...tuningDescription(kept), Tags: {} },
  });
}

async function newTrial(deps: RunnerDeps, job: TuningJob, plan: SearchPlan, index: number): Promise<Trial> {
  const parameters = await suggest(job, plan, index, deps.searcher(imageOfJob(job)));
  const name = trialName(job.name, index, parameters);
  return {
    index,
    name,
    arn: `arn:aws:sagemaker:${deps.region}:${deps.accountId}:training-job/${name}`,
    definition: turnOf(index, plan.spaces.length).definition,
    parameters,
    status: "InProgress",
    objectiveStatus: "Pending",
    creationTime: deps.clock.now().getTime(),
  };
}

async function messagesOf(deps: RunnerDeps, trial: string): Promise<string[]> {
  const wish = { logGroupName: TRAINING_LOGS, logStreamNamePrefix: `${trial}/` };
  const found = await deps
    .invoke<DescribeLogStreamsResponse>("logs", "DescribeLogStreams", wish)
    // The group comes into being with the first line of the first job.
    .catch((): DescribeLogStreamsResponse => ({ logStreams: [] }));
  return (found.logStreams ?? []).flatMap(({ logStreamName }) =>
    (deps.logs.read(TRAINING_LOGS, logStreamName ?? "") ?? []).map(({ message }) => message),
  );
}

function imageOfJob(job: TuningJob): string {
  return definitionsOf(job.request)[0]?.AlgorithmSpecification?.TrainingImage ?? "";
}

async function launch(deps: RunnerDeps, job: TuningJob, trial: Trial): Promise<void> {
  try {
    await deps.invoke("sagemaker", "CreateTrainingJob", trialRequest(job, trial));
  } catch (error) {
    // Already there: this very trial was started before the process ended.
    if (error instanceof ServiceError && error.code === "ResourceInUse") return;
    throw error;
  }
}

/** After a restart: a trial that was never launched is launched, one that ended meanwhile is read, others are awaited. */
async function resume(deps: RunnerDeps, job: TuningJob, trial: Trial): Promise<void> {
  await launch(deps, job, trial);
  const found = await deps.invoke<DescribeTrainingJobResponse>("sagemaker", "DescribeTrainingJob", {
    TrainingJobName: trial.name,
  });
  if (isEnded(found.TrainingJobStatus ?? "")) await collectTrial(deps, job.name, trial.name);
  else if (job.status === "Stopping") {
    await stopTrial(deps, trial);
  }
}

async function collectTrial(deps: RunnerDeps, name: string, trialNamed: string): Promise<void> {
  const found = await deps.invoke<DescribeTrainingJobResponse>("sagemaker", "DescribeTrainingJob", {
    TrainingJobName: trialNamed,
  });
  const job = deps.jobs.get(name);
  if (job === undefined) return;
  const trials = job.trials.map((trial) =>
    trial.name === trialNamed && !isEnded(trial.status)
      ? ended(trial, found, objectiveOf(job.request, trial.definition)?.MetricName)
      : trial,
  );
  await deps.jobs.put(name, { ...job, trials, lastModifiedTime: deps.clock.now().getTime() });
}

function ended(trial: Trial, found: DescribeTrainingJobResponse, metric: string | undefined): Trial {
  const status = (found.TrainingJobStatus ?? "Failed") as TrainingJobStatus;
  const value = found.FinalMetricDataList?.findLast(({ MetricName }) => MetricName === metric)?.Value;
  const counts = status !== "Failed" && value !== undefined && Number.isFinite(value);
  return {
    ...trial,
    status,
    objectiveStatus: counts ? "Succeeded" : "Failed",
    ...(counts ? { value } : {}),
    ...(found.TrainingStartTime === undefined ? {} : { startTime: new Date(found.TrainingStartTime).getTime() }),
    ...(found.TrainingEndTime === undefined ? {} : { endTime: new Date(found.TrainingEndTime).getTime() }),
    ...(found.FailureReason === undefined ? {} : { failureReason: found.FailureReason }),
  };
}

/** A refused call or a search without Python ends the tuning job, with the reason, and stops what still runs. */
async function fail(deps: RunnerDeps, name: string, error: unknown): Promise<void> {
  const job = deps.jobs.get(name);
  if (job === undefined || isEnded(job.status)) return;
  const message = error instanceof Error ? error.message : String(error);
  for (const trial of job.trials) if (!isEnded(trial.status)) await stopTrial(deps, trial);
  const endTime = deps.clock.now().getTime();
  const trials = job.trials.map(
    (trial): Trial =>
      isEnded(trial.status) ? trial : { ...trial, status: "Failed", objectiveStatus: "Failed", failureReason: message },
  );
  await save(deps, {
    ...job,
    trials,
    status: "Failed",
    endTime,
    failureReason: `ClientError: ${message}`.slice(0, 1_024),
  });
}

/** Stops a trial; one that ended in the same moment refuses, and its end is heard of anyway. */
async function stopTrial(deps: RunnerDeps, trial: Trial): Promise<void> {
  try {
    await deps.invoke("sagemaker", "StopTrainingJob", { TrainingJobName: trial.name });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}
