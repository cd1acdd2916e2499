import { mkdir, rm } from "node:fs/promises";
import type {
  DescribeTrainingJobRequest,
  DescribeTrainingJobResponse,
  ListTrainingJobsRequest,
  ListTrainingJobsResponse,
  StopTrainingJobRequest,
} from "@aws-sdk/client-sagemaker";
import { ServiceError, validationException } from "../../../errors";
import { imageOf } from "../../../jobs/images";
import type { ContainerRuntime } from "../../../jobs/runtime";
import { hasObjects } from "../../../jobs/transfer";
import type { Room, RoomDeps } from "../../../room";
import { operation } from "../../../service";
import { nameOfText } from "../../../state/safe-name";
import { createdWithin, modifiedWithin, pageOf } from "../listing/page";
import { describeTrainingJob, summarizeTrainingJob, trainingEvent } from "./describe";
import { type Ending, endJob, enterPhase, hasEnded, phaseMessages, type TrainingRecord } from "./record";
import type { TrainingRequest } from "./request";
import { TrainingRun } from "./run";

/** What the training room needs. */
export interface TrainingRoomDeps extends RoomDeps {
  readonly runtime: ContainerRuntime;
  /**
   * When a spot job loses its instance, in seconds of running.
   * @default the first attempt after `SAGEWRIGHT_SPOT_INTERRUPT_SECONDS` when that is set, else never
   */
  readonly interruptAfterSeconds?: (request: TrainingRequest, attempt: number) => number | undefined;
}

/** Training jobs. */
export interface TrainingRoom extends Room {
  /** Takes the instance of a running spot job away; false when there is no such job running. */
  interrupt(name: string): boolean;
}

const logGroup = "/aws/sagemaker/TrainingJobs";

/** Opens the training room over the records of the state folder. */
export function trainingRoom(deps: TrainingRoomDeps): TrainingRoom {
  const records = deps.store.collection<TrainingRecord>("training-jobs");
  const running = new Map<string, { run: TrainingRun; ended: Promise<void> }>();
  let closing = false;
  const now = () => deps.clock.now().getTime();
  const current = (name: string): TrainingRecord => {
    const record = running.get(name)?.run.record ?? records.get(name);
    if (record) return record;
    throw validationException("Requested resource not found.");
  };
  const folderOf = (name: string) => deps.store.path("jobs", "training", nameOfText(name));

  const launch = (record: TrainingRecord): void => {
    const folder = folderOf(record.name);
    const run = new TrainingRun(
      {
        objects: deps.objects,
        clock: deps.clock,
        runtime: deps.runtime,
        region: deps.region,
        folder,
        interruptAfterSeconds: deps.interruptAfterSeconds ?? interruptByEnvironment,
        onChange: (changed) => deps.bus.publish(trainingEvent(changed)),
      },
      record,
    );
    const ended = (async () => {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await deps.logs.registerFile(logGroup, record.logStream, `${folder}/log.txt`);
      const { record: last, ending } = await run.run();
      if (closing) return;
      await conclude(last, ending);
      await Promise.all(["opt-ml", "tmp"].map((part) => rm(`${folder}/${part}`, { recursive: true, force: true })));
    })();
    running.set(record.name, {
      run,
      ended: ended.catch((error: unknown) => (closing ? undefined : conclude(run.record, broken(error)))),
    });
  };

  /** The end is durable before anyone hears of it. */
  const conclude = async (record: TrainingRecord, ending: Ending): Promise<void> => {
    const final = endJob(record, ending, now());
    await records.put(final.name, final);
    running.delete(final.name);
    deps.bus.publish(trainingEvent(final));
  };

  const create = async (request: TrainingRequest): Promise<{ TrainingJobArn: string }> => {
    const name = request.TrainingJobName;
    const arn = `arn:aws:sagemaker:${deps.region}:${deps.accountId}:training-job/${name}`;
    if (running.has(name) || records.has(name)) {
      throw new ServiceError(
        "ResourceInUse",
        `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
      );
    }
    refuseWhatIsNotEmulated(request);
    await refuseEmptyChannels(request, deps);
    const moment = now();
    const record = enterPhase(firstRecord(request, arn, moment), "Starting", phaseMessages.preparing, moment);
    await records.put(name, record);
    deps.bus.publish(trainingEvent(record));
    launch(record);
    return { TrainingJobArn: arn };
  };

  const stop = async (name: string): Promise<void> => {
    const record = current(name);
    if (record.status !== "InProgress") {
      throw validationException(`The request was rejected because the training job is in status ${record.status}.`);
    }
    const found = running.get(name);
    if (!found) return;
    found.run.stop();
    await records.put(name, found.run.record);
  };

  return {
    operations: {
      CreateTrainingJob: operation<TrainingRequest, { TrainingJobArn: string }>((input) => create(input)),
      DescribeTrainingJob: operation<DescribeTrainingJobRequest, DescribeTrainingJobResponse>((input) =>
        describeTrainingJob(current(input.TrainingJobName ?? "")),
      ),
      ListTrainingJobs: operation<ListTrainingJobsRequest, ListTrainingJobsResponse>((input) =>
        list(
          input,
          records.values().map((record) => running.get(record.name)?.run.record ?? record),
        ),
      ),
      StopTrainingJob: operation<StopTrainingJobRequest, object>(async (input) => {
        await stop(input.TrainingJobName ?? "");
        return {};
      }),
      DeleteTrainingJob: operation<{ TrainingJobName: string }, object>(async ({ TrainingJobName }) => {
        const record = current(TrainingJobName);
        if (!hasEnded(record)) {
          throw validationException(`The request was rejected because the training job is in status ${record.status}.`);
        }
        await records.delete(TrainingJobName);
        await rm(folderOf(TrainingJobName), { recursive: true, force: true });
        return {};
      }),
    },
    interrupt(name) {
      return running.get(name)?.run.interrupt() ?? false;
    },
    async recover() {
      for (const record of records.values()) {
        if (hasEnded(record) || running.has(record.name)) continue;
        if (record.status === "Stopping") await conclude(record, { status: "Stopped", message: phaseMessages.stopped });
        else launch(enterPhase({ ...record, runSeconds: 0 }, "Restarting", phaseMessages.preparing, now()));
      }
    },
    async close() {
      closing = true;
      for (const { run } of running.values()) run.abandon();
      await Promise.allSettled([...running.values()].map(({ ended }) => ended));
    },
  };
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

function list(input: ListTrainingJobsRequest, all: readonly TrainingRecord[]): ListTrainingJobsResponse {
  const created = createdWithin(input);
  const modified = modifiedWithin(input);
  const wanted = all.filter(
    (record) =>
      created(record) &&
      modified(record) &&
      (input.NameContains === undefined || record.name.includes(input.NameContains)) &&
      (input.StatusEquals === undefined || record.status === input.StatusEquals),
  );
  const keys = {
    Name: (record: TrainingRecord) => record.name,
    Status: (record: TrainingRecord) => record.status,
    CreationTime: (record: TrainingRecord) => record.creationTime,
  };
  const page = pageOf(wanted, input, {
    descending: (input.SortOrder ?? "Descending") === "Descending",
    key: keys[input.SortBy ?? "CreationTime"],
    id: (record) => record.name,
  });
  return { TrainingJobSummaries: page.items.map(summarizeTrainingJob), NextToken: page.NextToken };
}

const broken = (error: unknown): Ending => ({
  status: "Failed",
  message: phaseMessages.failed,
  failureReason: `InternalServerError: We encountered an internal error. Please try again. (${
    error instanceof Error ? error.message : String(error)
  })`,
});

function interruptByEnvironment(_request: TrainingRequest, attempt: number): number | undefined {
  const seconds = Number(process.env.SAGEWRIGHT_SPOT_INTERRUPT_SECONDS ?? Number.NaN);
  return attempt === 1 && Number.isFinite(seconds) ? seconds : undefined;
}
