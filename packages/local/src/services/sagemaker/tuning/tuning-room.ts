import { createHash } from "node:crypto";
import { join } from "node:path";
import type {
  CreateHyperParameterTuningJobRequest,
  CreateHyperParameterTuningJobResponse,
  DeleteHyperParameterTuningJobRequest,
  DescribeHyperParameterTuningJobRequest,
  DescribeHyperParameterTuningJobResponse,
  ListHyperParameterTuningJobsRequest,
  ListHyperParameterTuningJobsResponse,
  ListTrainingJobsForHyperParameterTuningJobRequest,
  ListTrainingJobsForHyperParameterTuningJobResponse,
  StopHyperParameterTuningJobRequest,
} from "@aws-sdk/client-sagemaker";
import { ServiceError, validationException } from "../../../errors";
import { pythonFolder } from "../../../jobs/python-folder";
import type { ContainerRuntime } from "../../../jobs/runtime";
import type { Room, RoomDeps } from "../../../room";
import { operation } from "../../../service";
import { inBackground } from "../background/in-background";
import { createdWithin, modifiedWithin, pageOf } from "../listing/page";
import { type Searcher, searchPlan } from "./strategy";
import { type TunerProcess, tunerProcess } from "./tuner-process";
import { isEnded, rankedTrials, type Trial, TUNING_JOBS, type TuningJob } from "./tuning-job";
import { save, TUNING_EVENT, tuningRunner } from "./tuning-runner";
import { trialSummary, tuningDescription, tuningSummary } from "./tuning-views";

/** What the room needs beside the cloud's own: the environments that hold the model-based search. */
export interface TuningRoomDeps extends RoomDeps {
  readonly runtime: Pick<ContainerRuntime, "environment">;
}

/** Hyperparameter tuning jobs. */
export function tuningRoom(deps: TuningRoomDeps): Room {
  const jobs = deps.store.collection<TuningJob>(TUNING_JOBS);
  const closing = new AbortController();
  const searchers = new Map<string, TunerProcess>();
  const searcher = (image: string): Searcher => {
    const known =
      searchers.get(image) ??
      tunerProcess({
        python: async () => (await deps.runtime.environment(image, closing.signal)).python,
        program: join(pythonFolder, "tuner.py"),
      });
    searchers.set(image, known);
    return known;
  };
  const runnerDeps = { ...deps, jobs, searcher };
  const runner = tuningRunner(runnerDeps);
  const find = (named: string | undefined): TuningJob => {
    const job = jobs.get(nameIn(named));
    if (job === undefined) throw notFound(named);
    return job;
  };
  return {
    operations: {
      CreateHyperParameterTuningJob: operation<
        CreateHyperParameterTuningJobRequest,
        CreateHyperParameterTuningJobResponse
      >(async (request) => {
        const job = newJob(deps, request);
        if (jobs.has(job.name)) throw alreadyThere(job.name);
        searchPlan(request);
        await jobs.put(job.name, job);
        announce(deps, job);
        runner.take(job);
        return { HyperParameterTuningJobArn: job.arn };
      }),
      DescribeHyperParameterTuningJob: operation<
        DescribeHyperParameterTuningJobRequest,
        DescribeHyperParameterTuningJobResponse
      >((request) => tuningDescription(find(request.HyperParameterTuningJobName))),
      ListHyperParameterTuningJobs: operation<
        ListHyperParameterTuningJobsRequest,
        ListHyperParameterTuningJobsResponse
      >((request) => {
        const { items, NextToken } = pageOf(jobs.values().filter(listed(request)), request, {
          size: 10,
          descending: request.SortOrder === "Descending",
          key: (job) => sortKey(job, request.SortBy ?? "Name"),
          id: (job) => job.name,
        });
        return { HyperParameterTuningJobSummaries: items.map(tuningSummary), NextToken };
      }),
      ListTrainingJobsForHyperParameterTuningJob: operation<
        ListTrainingJobsForHyperParameterTuningJobRequest,
        ListTrainingJobsForHyperParameterTuningJobResponse
      >((request) => {
        const job = find(request.HyperParameterTuningJobName);
        const { items, NextToken } = listTrials(job, request);
        return { TrainingJobSummaries: items.map((trial) => trialSummary(job, trial)), NextToken };
      }),
      StopHyperParameterTuningJob: operation<StopHyperParameterTuningJobRequest, object>(async (request) => {
        const job = find(request.HyperParameterTuningJobName);
        if (isEnded(job.status)) {
          throw validationException(
            `The request was rejected because the hyperparameter tuning job is in status ${job.status}.`,
          );
        }
        await save(runnerDeps, { ...job, status: "Stopping" });
        inBackground(runner.stop(job.name));
        return {};
      }),
      DeleteHyperParameterTuningJob: operation<DeleteHyperParameterTuningJobRequest, object>(async (request) => {
        const job = jobs.get(nameIn(request.HyperParameterTuningJobName));
        // Deleting what is not there succeeds, as the service model says of this operation.
        if (job === undefined) return {};
        if (!isEnded(job.status)) {
          throw validationException(
            `The request was rejected because the hyperparameter tuning job is in status ${job.status}.`,
          );
        }
        await jobs.delete(job.name);
        return {};
      }),
    },
    async recover() {
      for (const job of jobs.values()) if (!isEnded(job.status)) runner.take(job);
    },
    async close() {
      const letGo = runner.close();
      closing.abort(new Error("The embedded cloud was closed."));
      for (const search of searchers.values()) search.close();
      await letGo;
    },
  };
}

function newJob({ clock, region, accountId }: RoomDeps, request: CreateHyperParameterTuningJobRequest): TuningJob {
  const name = request.HyperParameterTuningJobName ?? "";
  const now = clock.now().getTime();
  return {
    name,
    arn: `arn:aws:sagemaker:${region}:${accountId}:hyper-parameter-tuning-job/${name}`,
    request,
    seed:
      request.HyperParameterTuningJobConfig?.RandomSeed ?? createHash("sha256").update(name).digest().readUInt32BE(0),
    status: "InProgress",
    trials: [],
    creationTime: now,
    lastModifiedTime: now,
  };
}

function announce({ bus, clock }: RoomDeps, job: TuningJob): void {
  const detail = { ...tuningDescription(job), Tags: {} };
  bus.publish({ source: "aws.sagemaker", detailType: TUNING_EVENT, time: clock.now(), resources: [job.arn], detail });
}

function listed(request: ListHyperParameterTuningJobsRequest): (job: TuningJob) => boolean {
  const created = createdWithin(request);
  const modified = modifiedWithin(request);
  return (job) =>
    (request.NameContains === undefined || job.name.includes(request.NameContains)) &&
    (request.StatusEquals === undefined || job.status === request.StatusEquals) &&
    created(job) &&
    modified(job);
}

function sortKey(job: TuningJob, by: string): string | number {
  if (by === "Name") return job.name;
  return by === "Status" ? job.status : job.creationTime;
}

function listTrials(job: TuningJob, request: ListTrainingJobsForHyperParameterTuningJobRequest) {
  const byObjective = request.SortBy === "FinalObjectiveMetricValue";
  const trials = (byObjective ? rankedTrials(job) : job.trials).filter(
    ({ status }) => request.StatusEquals === undefined || status === request.StatusEquals,
  );
  return pageOf(trials, request, {
    size: 10,
    descending: request.SortOrder === "Descending",
    key: (trial: Trial) => {
      if (byObjective) return trial.value ?? 0;
      if (request.SortBy === "CreationTime") return trial.creationTime;
      return request.SortBy === "Status" ? trial.status : trial.name;
    },
    // Of trials with equal objectives the earlier one comes first in both orders, as for the best trial.
    id: (trial: Trial) => trial.index,
    tiesAscending: true,
  });
}

/** A name, whether given as it is or as an ARN. */
function nameIn(named: string | undefined): string {
  return (named ?? "").slice((named ?? "").lastIndexOf("/") + 1);
}

function notFound(named: string | undefined): ServiceError {
  return new ServiceError("ResourceNotFound", `Amazon SageMaker can't find a tuning job with name ${nameIn(named)}.`);
}

function alreadyThere(name: string): ServiceError {
  return new ServiceError(
    "ResourceInUse",
    `A hyperparameter tuning job with the name, ${name}, already exists. Choose a different name.`,
  );
}
