import type {
  DescribeProcessingJobRequest,
  DescribeProcessingJobResponse,
  ListProcessingJobsRequest,
  ListProcessingJobsResponse,
  StopProcessingJobRequest,
} from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import { imageOf } from "../../../jobs/images";
import type { ContainerRuntime } from "../../../jobs/runtime";
import type { Room, RoomDeps } from "../../../room";
import { operation } from "../../../service";
import { instancesCome, noCapacity } from "../container-jobs/capacity";
import { ContainerJobs } from "../container-jobs/container-jobs";
import { listJobs } from "../container-jobs/list-jobs";
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

/** Opens the processing room over the records of the state folder. */
export function processingRoom(deps: ProcessingRoomDeps): Room {
  const { objects, clock, runtime, region, accountId, bus } = deps;
  const onChange = (changed: ProcessingRecord) => bus.publish(processingEvent(changed));
  const jobs = new ContainerJobs<ProcessingRecord, ProcessingEnding, ProcessingRun>(deps, {
    noun: "processing job",
    collection: "processing-jobs",
    folder: "processing",
    logGroup: "/aws/sagemaker/ProcessingJobs",
    notFound: (name) => `Could not find requested job with name: ${name}`,
    start: (record, folder) => new ProcessingRun({ objects, clock, runtime, region, folder, onChange }, record),
    end: endProcessing,
    event: processingEvent,
    failed: (failureReason) => ({ status: "Failed", failureReason }),
    stopped: { status: "Stopped" },
    async capacity({ request }, signal) {
      const instanceType = request.ProcessingResources.ClusterConfig?.InstanceType;
      const come = await instancesCome(deps, "CreateProcessingJob", { instanceType }, signal);
      return come ? undefined : { status: "Failed", failureReason: noCapacity };
    },
  });

  const create = async (request: ProcessingRequest): Promise<{ ProcessingJobArn: string }> => {
    const arn = `arn:aws:sagemaker:${region}:${accountId}:processing-job/${request.ProcessingJobName}`;
    jobs.refuseTaken(request.ProcessingJobName, arn);
    refuseWhatIsNotEmulated(request);
    await jobs.create(firstRecord(request, arn, jobs.now()));
    return { ProcessingJobArn: arn };
  };

  return {
    operations: {
      CreateProcessingJob: operation<ProcessingRequest, { ProcessingJobArn: string }>((input) => create(input)),
      DescribeProcessingJob: operation<DescribeProcessingJobRequest, DescribeProcessingJobResponse>((input) =>
        describeProcessingJob(jobs.get(input.ProcessingJobName ?? "")),
      ),
      ListProcessingJobs: operation<ListProcessingJobsRequest, ListProcessingJobsResponse>((input) => {
        const { items, NextToken } = listJobs(input, jobs.all());
        return { ProcessingJobSummaries: items.map(summarizeProcessingJob), NextToken };
      }),
      StopProcessingJob: operation<StopProcessingJobRequest, object>(async ({ ProcessingJobName = "" }) => {
        await jobs.stop(ProcessingJobName);
        return {};
      }),
      DeleteProcessingJob: operation<{ ProcessingJobName: string }, object>(async ({ ProcessingJobName }) => {
        await jobs.delete(ProcessingJobName);
        return {};
      }),
    },
    recover: () => jobs.recover((record) => ({ ...record, lastModifiedTime: jobs.now() })),
    close: () => jobs.close(),
  };
}

function firstRecord(request: ProcessingRequest, arn: string, moment: number): ProcessingRecord {
  const name = request.ProcessingJobName;
  return {
    name,
    arn,
    request,
    status: "InProgress",
    creationTime: moment,
    lastModifiedTime: moment,
    logStream: `${name}/algo-1-${Math.floor(moment / 1000)}`,
    tags: (request.Tags ?? []).map(({ Key, Value }) => ({ Key: Key ?? "", Value: Value ?? "" })),
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
