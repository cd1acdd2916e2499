import type {
  CreateTransformJobRequest,
  CreateTransformJobResponse,
  DescribeTransformJobRequest,
  DescribeTransformJobResponse,
  ListTransformJobsRequest,
  ListTransformJobsResponse,
  StopTransformJobRequest,
} from "@aws-sdk/client-sagemaker";
import { ServiceError, validationException } from "../../../errors";
import type { Room } from "../../../room";
import { operation } from "../../../service";
import { inBackground } from "../background/in-background";
import { createdWithin, modifiedWithin, pageOf } from "../listing/page";
import { modelsOf } from "../models/models-room";
import { severalContainers } from "../models/resolve-container";
import { type TransformRecord, transformDescription } from "./transform-record";
import { runTransform, settingsOf, type TransformDeps } from "./transform-runner";

/** Detail type under which transform jobs announce themselves. */
const TRANSFORM_EVENT = "SageMaker Transform Job State Change";

/** Transform jobs: a model over files of S3. */
export function transformRoom(deps: TransformDeps): Room {
  const jobs = deps.store.collection<TransformRecord>("transform-jobs");
  const running = new Map<string, { readonly end: AbortController; readonly done: Promise<void> }>();
  const now = () => deps.clock.now().getTime();
  let closed = false;
  const find = (name = ""): TransformRecord => {
    const job = jobs.get(name);
    if (job === undefined) throw validationException(`Could not find requested job with name: ${name}`);
    return job;
  };
  const save = async (job: TransformRecord): Promise<void> => {
    const kept = { ...job, lastModifiedTime: now() };
    await jobs.put(job.name, kept);
    const detail = { ...transformDescription(kept), Tags: {} };
    deps.bus.publish({
      source: "aws.sagemaker",
      detailType: TRANSFORM_EVENT,
      time: deps.clock.now(),
      resources: [job.arn],
      detail,
    });
  };
  const run = async (name: string, signal: AbortSignal): Promise<void> => {
    const outcome = await deps.clock.during(`transform job ${name}`, runTransform(deps, find(name), signal));
    running.delete(name);
    const job = jobs.get(name);
    // A cloud that closes leaves the job in progress: it is run again when the state is opened again.
    if (closed || job === undefined) return;
    await save({ ...job, ...outcome, endTime: now() });
  };
  const start = (job: TransformRecord): void => {
    const end = new AbortController();
    const done = run(job.name, end.signal);
    inBackground(done);
    running.set(job.name, { end, done });
  };
  return {
    operations: {
      CreateTransformJob: operation<CreateTransformJobRequest, CreateTransformJobResponse>(async (request) => {
        const name = request.TransformJobName ?? "";
        const arn = `arn:aws:sagemaker:${deps.region}:${deps.accountId}:transform-job/${name}`;
        if (jobs.has(name))
          throw new ServiceError(
            "ResourceInUse",
            `Job name must be unique within an AWS account and region, and a job with this name already exists (${arn})`,
          );
        check(deps, request);
        const time = now();
        const job: TransformRecord = {
          name,
          arn,
          request,
          status: "InProgress",
          creationTime: time,
          lastModifiedTime: time,
          startTime: time,
        };
        await save(job);
        start(job);
        return { TransformJobArn: arn };
      }),
      DescribeTransformJob: operation<DescribeTransformJobRequest, DescribeTransformJobResponse>((request) =>
        transformDescription(find(request.TransformJobName)),
      ),
      ListTransformJobs: operation<ListTransformJobsRequest, ListTransformJobsResponse>((request) => {
        const created = createdWithin(request);
        const modified = modifiedWithin(request);
        const wanted = jobs
          .values()
          .filter(({ name }) => request.NameContains === undefined || name.includes(request.NameContains))
          .filter(({ status }) => request.StatusEquals === undefined || status === request.StatusEquals)
          .filter((job) => created(job) && modified(job));
        const { items, NextToken } = pageOf(wanted, request, {
          size: 10,
          descending: request.SortOrder !== "Ascending",
          key: (job) =>
            request.SortBy === "Name" ? job.name : request.SortBy === "Status" ? job.status : job.creationTime,
          id: (job) => job.name,
        });
        return { TransformJobSummaries: items.map(summary), NextToken };
      }),
      StopTransformJob: operation<StopTransformJobRequest, object>(async (request) => {
        const job = find(request.TransformJobName);
        if (job.status !== "InProgress" && job.status !== "Stopping") {
          throw validationException(`The request was rejected because the transform job is in status ${job.status}.`);
        }
        await save({ ...job, status: "Stopping" });
        running.get(job.name)?.end.abort();
        return {};
      }),
    },
    async recover() {
      for (const job of jobs.values()) {
        if (job.status === "InProgress") start(job);
        else if (job.status === "Stopping") await save({ ...job, status: "Stopped", endTime: now() });
      }
    },
    async close() {
      closed = true;
      const ending = [...running.values()];
      for (const { end } of ending) end.abort();
      await Promise.allSettled(ending.map(({ done }) => done));
    },
  };
}

function summary(job: TransformRecord) {
  const { TransformJobName, TransformJobArn, CreationTime, TransformEndTime, TransformJobStatus, FailureReason } =
    transformDescription(job);
  return {
    TransformJobName,
    TransformJobArn,
    CreationTime,
    TransformEndTime,
    LastModifiedTime: new Date(job.lastModifiedTime),
    TransformJobStatus,
    FailureReason,
  };
}

function check(deps: TransformDeps, request: CreateTransformJobRequest): void {
  const model = modelsOf(deps).get(request.ModelName ?? "");
  if (model === undefined) {
    throw validationException(
      `Could not find model "arn:aws:sagemaker:${deps.region}:${deps.accountId}:model/${request.ModelName}".`,
    );
  }
  if (model.served.length > 1) throw validationException(severalContainers(`Model ${model.name}`));
  const asked = {
    "SplitType RecordIO": request.TransformInput?.SplitType === "RecordIO",
    "SplitType TFRecord": request.TransformInput?.SplitType === "TFRecord",
    "S3DataType ManifestFile":
      (request.TransformInput?.DataSource?.S3DataSource?.S3DataType ?? "S3Prefix") !== "S3Prefix",
    DataCaptureConfig: request.DataCaptureConfig !== undefined,
  };
  for (const [member, given] of Object.entries(asked)) {
    if (given)
      throw validationException(`${member} is not emulated by Sagewright's embedded cloud. Leave it out here.`);
  }
  settingsOf(request);
}
