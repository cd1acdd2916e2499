import type {
  DescribeTrainingJobRequest,
  DescribeTrainingJobResponse,
  ListTrainingJobsRequest,
  ListTrainingJobsResponse,
  StopTrainingJobRequest,
} from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import { imageOf } from "../../../jobs/images";
import type { ContainerRuntime } from "../../../jobs/runtime";
import { hasObjects } from "../../../jobs/transfer";
import type { Room, RoomDeps } from "../../../room";
import { operation } from "../../../service";
import { instancesCome, noCapacity } from "../container-jobs/capacity";
import { ContainerJobs } from "../container-jobs/container-jobs";
import { listJobs } from "../container-jobs/list-jobs";
import { tuningJobOf } from "../tuning/trial-request";
import { TUNING_JOBS, type TuningJob } from "../tuning/tuning-job";
import { describeTrainingJob, summarizeTrainingJob, trainingEvent } from "./describe";
import { type Ending, endJob, enterPhase, phaseMessages, type TrainingRecord } from "./record";
import type { TrainingRequest } from "./request";
import { TrainingRun } from "./run";

/** What the training room needs. */
export interface TrainingRoomDeps extends RoomDeps {
  readonly runtime: ContainerRuntime;
  /**
   * When a spot job loses its instance, in seconds of running.
   * @default as injected faults say; the first attempt after `SAGEWRIGHT_SPOT_INTERRUPT_SECONDS` when that is set; else never
   */
  readonly interruptAfterSeconds?: (request: TrainingRequest, attempt: number) => number | undefined;
}

/** Training jobs. */
export interface TrainingRoom extends Room {
  /** Takes the instance of a running spot job away; false when there is no such job running. */
  interrupt(name: string): boolean;
}

/** Opens the training room over the records of the state folder. */
export function trainingRoom(deps: TrainingRoomDeps): TrainingRoom {
  const { objects, clock, runtime, region, accountId, bus } = deps;
  const interruptAfterSeconds =
    deps.interruptAfterSeconds ??
    ((request, attempt) =>
      deps.faults.spotInterruption("CreateTrainingJob") ?? interruptByEnvironment(request, attempt));
  const tuningJobs = deps.store.collection<TuningJob>(TUNING_JOBS);
  const onChange = (changed: TrainingRecord) => bus.publish(trainingEvent(changed));
  const jobs = new ContainerJobs<TrainingRecord, Ending, TrainingRun>(deps, {
    noun: "training job",
    collection: "training-jobs",
    folder: "training",
    logGroup: "/aws/sagemaker/TrainingJobs",
    notFound: () => "Requested resource not found.",
    start: (record, folder) =>
      new TrainingRun({ objects, clock, runtime, region, folder, interruptAfterSeconds, onChange }, record),
    end: endJob,
    event: trainingEvent,
    failed: (failureReason) => ({ status: "Failed", message: phaseMessages.failed, failureReason }),
    stopped: { status: "Stopped", message: phaseMessages.stopped },
    capacity: (record, signal) => withoutInstances(deps, record, signal),
  });

  const create = async (request: TrainingRequest): Promise<{ TrainingJobArn: string }> => {
    const arn = `arn:aws:sagemaker:${region}:${accountId}:training-job/${request.TrainingJobName}`;
    jobs.refuseTaken(request.TrainingJobName, arn);
    refuseWhatIsNotEmulated(request);
    await refuseEmptyChannels(request, deps);
    const moment = jobs.now();
    const tuningJobArn = tuningJobOf(tuningJobs, request.TrainingJobName);
    const first = { ...firstRecord(request, arn, moment), ...(tuningJobArn !== undefined && { tuningJobArn }) };
    await jobs.create(enterPhase(first, "Starting", phaseMessages.preparing, moment));
    return { TrainingJobArn: arn };
  };

  return {
    operations: {
      CreateTrainingJob: operation<TrainingRequest, { TrainingJobArn: string }>((input) => create(input)),
      DescribeTrainingJob: operation<DescribeTrainingJobRequest, DescribeTrainingJobResponse>((input) =>
        describeTrainingJob(jobs.get(input.TrainingJobName ?? "")),
      ),
      ListTrainingJobs: operation<ListTrainingJobsRequest, ListTrainingJobsResponse>((input) => {
        const { items, NextToken } = listJobs(input, jobs.all());
        return { TrainingJobSummaries: items.map(summarizeTrainingJob), NextToken };
      }),
      StopTrainingJob: operation<StopTrainingJobRequest, object>(async ({ TrainingJobName = "" }) => {
        await jobs.stop(TrainingJobName);
        return {};
      }),
      DeleteTrainingJob: operation<{ TrainingJobName: string }, object>(async ({ TrainingJobName }) => {
        await jobs.delete(TrainingJobName);
        return {};
      }),
    },
    interrupt: (name) => jobs.run(name)?.interrupt() ?? false,
    recover: () =>
      jobs.recover((record) =>
        enterPhase({ ...record, runSeconds: 0 }, "Restarting", phaseMessages.preparing, jobs.now()),
      ),
    close: () => jobs.close(),
  };
}

/** Spot jobs wait for instances up to MaxWaitTime after they were made, others fail. */
async function withoutInstances(
  deps: TrainingRoomDeps,
  { request, creationTime }: TrainingRecord,
  signal: AbortSignal,
): Promise<Ending | undefined> {
  const instanceType = request.ResourceConfig.InstanceType;
  const maxWaitSeconds = request.StoppingCondition?.MaxWaitTimeInSeconds;
  const spot = request.EnableManagedSpotTraining === true && maxWaitSeconds !== undefined;
  const until = spot ? creationTime + maxWaitSeconds * 1000 : undefined;
  if (await instancesCome(deps, "CreateTrainingJob", { instanceType, spot, until }, signal)) return undefined;
  if (!spot) return { status: "Failed", message: phaseMessages.failed, failureReason: noCapacity };
  return { status: "Stopped", secondaryStatus: "MaxWaitTimeExceeded", message: phaseMessages.maxWait };
}

function firstRecord(request: TrainingRequest, arn: string, moment: number): TrainingRecord {
  const name = request.TrainingJobName;
  return {
    name,
    arn,
    request,
    status: "InProgress",
    secondaryStatus: "Starting",
    transitions: [{ status: "Starting", startTime: moment, message: phaseMessages.starting }],
    creationTime: moment,
    lastModifiedTime: moment,
    runSeconds: 0,
    finalMetrics: [],
    logStream: `${name}/algo-1-${Math.floor(moment / 1000)}`,
    tags: (request.Tags ?? []).map(({ Key, Value }) => ({ Key: Key ?? "", Value: Value ?? "" })),
  };
}

function refuseWhatIsNotEmulated(request: TrainingRequest): void {
  const refuse = (member: string, value: unknown, remedy: string): never => {
    throw validationException(`${member}: ${JSON.stringify(value)} is not emulated by the embedded cloud. ${remedy}`);
  };
  const { TrainingImage, TrainingInputMode } = request.AlgorithmSpecification;
  try {
    imageOf(TrainingImage ?? "");
  } catch (error) {
    throw validationException(
      `AlgorithmSpecification.TrainingImage: ${error instanceof Error ? error.message : error}`,
    );
  }
  const count = request.ResourceConfig.InstanceCount ?? 1;
  if (count !== 1 || request.ResourceConfig.InstanceGroups)
    refuse("ResourceConfig.InstanceCount", count, "Use one instance.");
  for (const channel of request.InputDataConfig ?? []) {
    const member = `InputDataConfig.${channel.ChannelName}`;
    const mode = channel.InputMode ?? TrainingInputMode;
    if (mode === "Pipe") refuse(`${member}.InputMode`, mode, "Use File or FastFile.");
    const source = channel.DataSource?.S3DataSource;
    if (!source) refuse(`${member}.DataSource`, Object.keys(channel.DataSource ?? {}), "Use an S3DataSource.");
    const type = source?.S3DataType;
    if (type !== "S3Prefix" && type !== "ManifestFile")
      refuse(`${member}.S3DataType`, type, "Use S3Prefix or ManifestFile.");
  }
}

async function refuseEmptyChannels(request: TrainingRequest, deps: TrainingRoomDeps): Promise<void> {
  for (const channel of request.InputDataConfig ?? []) {
    const uri = channel.DataSource?.S3DataSource?.S3Uri ?? "";
    if (await hasObjects(deps.objects, uri)) continue;
    throw validationException(
      `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in ` +
        `the selected region (${deps.region}), that objects exist under that S3 prefix, and that the role ` +
        `"${request.RoleArn}" has "s3:ListBucket" permissions on the bucket.`,
    );
  }
}

function interruptByEnvironment(_request: TrainingRequest, attempt: number): number | undefined {
  const seconds = Number(process.env.SAGEWRIGHT_SPOT_INTERRUPT_SECONDS ?? Number.NaN);
  return attempt === 1 && Number.isFinite(seconds) ? seconds : undefined;
}
