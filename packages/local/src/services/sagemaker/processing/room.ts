import { mkdir, rm } from "node:fs/promises";
import type {
  DescribeProcessingJobRequest,
  DescribeProcessingJobResponse,
  ListProcessingJobsRequest,
  ListProcessingJobsResponse,
  StopProcessingJobRequest,
} from "@aws-sdk/client-sagemaker";
import { ServiceError, validationException } from "../../../errors";
import { imageOf } from "../../../jobs/images";
import type { ContainerRuntime } from "../../../jobs/runtime";
import type { Room, RoomDeps } from "../../../room";
import { operation } from "../../../service";
import { nameOfText } from "../../../state/safe-name";
import { createdWithin, modifiedWithin, pageOf } from "../listing/page";
import { hasEnded } from "../training/record";
import {
  describeProcessingJob,
  endProcessing,
  type ProcessingEnding,
  type ProcessingRecord,
  processingEvent,
  summarizeProcessingJob,
} from "./record";
import type { ProcessingRequest } from "./request";
import { ProcessingRun } from "./run";

/** What the processing room needs. */
export interface ProcessingRoomDeps extends RoomDeps {
  readonly runtime: ContainerRuntime;
}

const logGroup = "/aws/sagemaker/ProcessingJobs";

/** Opens the processing room over the records of the state folder. */
export function processingRoom(deps: ProcessingRoomDeps): Room {
  const records = deps.store.collection<ProcessingRecord>("processing-jobs");
  const running = new Map<string, { run: ProcessingRun; ended: Promise<void> }>();
  let closing = false;
  const now = () => deps.clock.now().getTime();
  const folderOf = (name: string) => deps.store.path("jobs", "processing", nameOfText(name));
  const current = (name: string): ProcessingRecord => {
    const record = running.get(name)?.run.record ?? records.get(name);
    if (record) return record;
    throw validationException(`Could not find requested job with name: ${name}`);
  };

  /** The end is durable before anyone hears of it. */
  const conclude = async (record: ProcessingRecord, ending: ProcessingEnding): Promise<void> => {
    const final = endProcessing(record, ending, now());
    await records.put(final.name, final);
    running.delete(final.name);
    deps.bus.publish(processingEvent(final));
  };

  const launch = (record: ProcessingRecord): void => {
    const folder = folderOf(record.name);
    const onChange = (changed: ProcessingRecord) => deps.bus.publish(processingEvent(changed));
    const { objects, clock, runtime, region } = deps;
    const run = new ProcessingRun({ objects, clock, runtime, region, folder, onChange }, record);
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

  const create = async (request: ProcessingRequest): Promise<{ ProcessingJobArn: string }> => {
    const name = request.ProcessingJobName;
    const arn = `arn:aws:sagemaker:${deps.region}:${deps.accountId}:processing-job/${name}`;
    if (running.has(name) || records.has(name)) {
      throw new ServiceError(
        "ResourceInUse",
        `Processing job names must be unique within an AWS account and region, and a processing job with this name already exists (${arn})`,
      );
    }
    refuseWhatIsNotEmulated(request);
    const moment = now();
    const record: ProcessingRecord = {
      name,
      arn,
      request,
      status: "InProgress",
      creationTime: moment,
      lastModifiedTime: moment,
      logStream: `${name}/algo-1-${Math.floor(moment / 1000)}`,
      tags: (request.Tags ?? []).map(({ Key, Value }) => ({ Key: Key ?? "", Value: Value ?? "" })),
    };
    await records.put(name, record);
    deps.bus.publish(processingEvent(record));
    launch(record);
    return { ProcessingJobArn: arn };
  };

  return {
    operations: {
      CreateProcessingJob: operation<ProcessingRequest, { ProcessingJobArn: string }>((input) => create(input)),
      DescribeProcessingJob: operation<DescribeProcessingJobRequest, DescribeProcessingJobResponse>((input) =>
        describeProcessingJob(current(input.ProcessingJobName ?? "")),
      ),
      ListProcessingJobs: operation<ListProcessingJobsRequest, ListProcessingJobsResponse>((input) =>
        list(
          input,
          records.values().map((record) => running.get(record.name)?.run.record ?? record),
        ),
      ),
      StopProcessingJob: operation<StopProcessingJobRequest, object>(async ({ ProcessingJobName = "" }) => {
        const record = current(ProcessingJobName);
        if (record.status !== "InProgress") {
          throw validationException(
            `The request was rejected because the processing job is in status ${record.status}.`,
          );
        }
        const found = running.get(ProcessingJobName);
        found?.run.stop();
        if (found) await records.put(ProcessingJobName, found.run.record);
        return {};
      }),
      DeleteProcessingJob: operation<{ ProcessingJobName: string }, object>(async ({ ProcessingJobName }) => {
        const record = current(ProcessingJobName);
        if (!hasEnded(record)) {
          throw validationException(
            `The request was rejected because the processing job is in status ${record.status}.`,
          );
        }
        await records.delete(ProcessingJobName);
        await rm(folderOf(ProcessingJobName), { recursive: true, force: true });
        return {};
      }),
    },
    async recover() {
      for (const record of records.values()) {
        if (hasEnded(record) || running.has(record.name)) continue;
        if (record.status === "Stopping") await conclude(record, { status: "Stopped" });
        else launch({ ...record, lastModifiedTime: now() });
      }
    },
    async close() {
      closing = true;
      for (const { run } of running.values()) run.abandon();
      await Promise.allSettled([...running.values()].map(({ ended }) => ended));
    },
  };
}

function refuseWhatIsNotEmulated(request: ProcessingRequest): void {
  const refuse = (member: string, value: unknown, remedy: string): never => {
    throw validationException(`${member}: ${JSON.stringify(value)} is not emulated by the embedded cloud. ${remedy}`);
  };
  try {
    imageOf(request.AppSpecification.ImageUri);
  } catch (error) {
    throw validationException(`AppSpecification.ImageUri: ${error instanceof Error ? error.message : error}`);
  }
  if (!request.AppSpecification.ContainerEntrypoint?.length) {
    refuse(
      "AppSpecification.ContainerEntrypoint",
      null,
      "The scikit-learn image has no entry point for processing: name one.",
    );
  }
  const count = request.ProcessingResources.ClusterConfig?.InstanceCount ?? 1;
  if (count !== 1) refuse("ProcessingResources.ClusterConfig.InstanceCount", count, "Use one instance.");
  for (const input of request.ProcessingInputs ?? []) {
    const member = `ProcessingInputs.${input.InputName}`;
    if (input.DatasetDefinition) refuse(`${member}.DatasetDefinition`, "given", "Use an S3Input.");
    if (input.S3Input?.S3InputMode === "Pipe") refuse(`${member}.S3InputMode`, "Pipe", "Use File.");
  }
}

function list(input: ListProcessingJobsRequest, all: readonly ProcessingRecord[]): ListProcessingJobsResponse {
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
    Name: (record: ProcessingRecord) => record.name,
    Status: (record: ProcessingRecord) => record.status,
    CreationTime: (record: ProcessingRecord) => record.creationTime,
  };
  const page = pageOf(wanted, input, {
    descending: (input.SortOrder ?? "Descending") === "Descending",
    key: keys[input.SortBy ?? "CreationTime"],
    id: (record) => record.name,
  });
  return { ProcessingJobSummaries: page.items.map(summarizeProcessingJob), NextToken: page.NextToken };
}

const broken = (error: unknown): ProcessingEnding => ({
  status: "Failed",
  failureReason: `InternalServerError: We encountered an internal error. Please try again. (${
    error instanceof Error ? error.message : String(error)
  })`,
});
