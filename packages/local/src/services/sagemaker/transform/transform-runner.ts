import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CreateTransformJobRequest } from "@aws-sdk/client-sagemaker";
import type { ContainerRuntime } from "../../../jobs/runtime";
import { joinS3Uri, parseS3Uri } from "../../../jobs/s3-uri";
import type { RoomDeps } from "../../../room";
import { nameOfText } from "../../../state/safe-name";
import { noCapacity } from "../container-jobs/capacity";
import { type ModelServer, startModelServer } from "../models/model-server";
import { modelsOf } from "../models/models-room";
import { parseFilter } from "./json-path";
import { FileFailed, type TransformSettings, transformFile } from "./transform-file";
import type { TransformRecord } from "./transform-record";

/** What transform jobs run with. */
export interface TransformDeps extends RoomDeps {
  readonly runtime: ContainerRuntime;
}

/** How a job ended. */
export interface TransformOutcome {
  readonly status: "Completed" | "Failed" | "Stopped";
  readonly failureReason?: string;
}

const MEGABYTE = 1024 * 1024;

/**
 * Runs a transform job: hosts the model, sends every object through it, stores what came out. A file that fails gives
 * no output and fails the job; the others still come out. A stopped job stores nothing.
 */
export async function runTransform(
  deps: TransformDeps,
  job: TransformRecord,
  signal: AbortSignal,
): Promise<TransformOutcome> {
  if (deps.faults.lacksCapacity("CreateTransformJob", job.request.TransformResources?.InstanceType)) {
    return { status: "Failed", failureReason: noCapacity };
  }
  const folder = join(jobFolder(deps, job), "work");
  const log = jobLog(deps, job);
  let server: ModelServer | undefined;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(join(folder, "out"), { recursive: true });
    await mkdir(dirname(log.file), { recursive: true });
    await log.register();
    const inputs = await inputObjects(deps, job.request);
    server = await host(deps, job, { folder: join(folder, "container"), logFile: log.file, signal });
    const settings = await withContainersWishes(server, job.request);
    const { strategy, longestPayloadBytes } = settings;
    log.say(`MaxConcurrentTransforms=1, MaxPayloadInMB=${longestPayloadBytes / MEGABYTE}, BatchStrategy=${strategy}`);
    const outputs: { file: string; uri: string }[] = [];
    let blame: string | undefined;
    for (const [index, { bucket, key, file, path }] of inputs.entries()) {
      const output = join(folder, "out", String(index));
      try {
        await transformFile(server, settings, { input: file, output, signal });
        outputs.push({ file: output, uri: joinS3Uri(job.request.TransformOutput?.S3OutputPath ?? "", `${path}.out`) });
      } catch (error) {
        if (!(error instanceof FileFailed)) throw error;
        blame ??= error.blame;
        log.say(`${bucket}/${key}: ${error.blame}: ${error.message}`);
      }
      if (signal.aborted) return { status: "Stopped" };
    }
    for (const { file, uri } of outputs) {
      const place = parseS3Uri(uri);
      if (place !== undefined) await deps.objects.putFromFile(place.bucket, place.key, file, { move: true });
    }
    return blame === undefined
      ? { status: "Completed" }
      : { status: "Failed", failureReason: `${blame}: See job logs for more information` };
  } catch (error) {
    if (signal.aborted) return { status: "Stopped" };
    const reason = error instanceof Error ? error.message : String(error);
    log.say(reason);
    return { status: "Failed", failureReason: `ClientError: ${reason}`.slice(0, 1_024) };
  } finally {
    await server?.stop(0);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Settings of a request, before the container is asked. @throws ServiceError ValidationException for what is not emulated */
export function settingsOf(request: CreateTransformJobRequest): TransformSettings {
  const { TransformInput: input, TransformOutput: output, DataProcessing: processing } = request;
  return {
    split: input?.SplitType === "Line" ? "Line" : "None",
    strategy: request.BatchStrategy ?? "MultiRecord",
    longestPayloadBytes: (request.MaxPayloadInMB ?? 6) * MEGABYTE,
    assembleWithNewline: output?.AssembleWith === "Line",
    gzip: input?.CompressionType === "Gzip",
    shaping: {
      input: parseFilter("InputFilter", processing?.InputFilter),
      output: parseFilter("OutputFilter", processing?.OutputFilter),
      join: processing?.JoinSource === "Input",
      contentType: input?.ContentType ?? "application/octet-stream",
      accept: output?.Accept ?? "*/*",
    },
    timeoutMs: (request.ModelClientConfig?.InvocationsTimeoutInSeconds ?? 600) * 1_000,
    retries: request.ModelClientConfig?.InvocationsMaxRetries ?? 3,
  };
}

/** What the request leaves open, the container may decide by /execution-parameters. */
async function withContainersWishes(
  server: ModelServer,
  request: CreateTransformJobRequest,
): Promise<TransformSettings> {
  const settings = settingsOf(request);
  const answer = await server.send({ method: "GET", path: "/execution-parameters", timeoutMs: 10_000 });
  if (answer.status !== 200) return settings;
  const wishes = JSON.parse(answer.body.toString("utf8")) as { BatchStrategy?: string; MaxPayloadInMB?: number };
  const single = /^single_?record$/i.test(wishes.BatchStrategy ?? "");
  return {
    ...settings,
    strategy: request.BatchStrategy ?? (single ? "SingleRecord" : "MultiRecord"),
    longestPayloadBytes: (request.MaxPayloadInMB ?? wishes.MaxPayloadInMB ?? 6) * MEGABYTE,
  };
}

async function inputObjects({ objects, region }: TransformDeps, request: CreateTransformJobRequest) {
  const uri = request.TransformInput?.DataSource?.S3DataSource?.S3Uri ?? "";
  const place = parseS3Uri(uri);
  const listed = place === undefined ? [] : await objects.list(place.bucket, place.key);
  const found = [];
  for (const { key } of listed) {
    const object = key.endsWith("/") || place === undefined ? undefined : await objects.get(place.bucket, key);
    if (object !== undefined && place !== undefined) {
      found.push({ bucket: place.bucket, key, file: object.file, path: key.slice(place.key.lastIndexOf("/") + 1) });
    }
  }
  if (found.length === 0) {
    throw new Error(
      `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the selected region (${region}), and that objects exist under that S3 prefix.`,
    );
  }
  return found;
}

function host(
  deps: TransformDeps,
  job: TransformRecord,
  place: { readonly folder: string; readonly logFile: string; readonly signal: AbortSignal },
): Promise<ModelServer> {
  const { request } = job;
  const container = modelsOf(deps).get(request.ModelName ?? "")?.served[0];
  if (container === undefined) throw new Error(`The model ${request.ModelName} does not exist any more.`);
  const { MaxPayloadInMB, BatchStrategy, MaxConcurrentTransforms } = request;
  const environment = {
    ...request.Environment,
    SAGEMAKER_BATCH: "true",
    ...(MaxPayloadInMB === undefined ? {} : { SAGEMAKER_MAX_PAYLOAD_IN_MB: String(MaxPayloadInMB) }),
    ...(BatchStrategy === undefined
      ? {}
      : { SAGEMAKER_BATCH_STRATEGY: BatchStrategy === "SingleRecord" ? "SINGLE_RECORD" : "MULTI_RECORD" }),
    ...(MaxConcurrentTransforms === undefined
      ? {}
      : { SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: String(MaxConcurrentTransforms) }),
  };
  const { runtime, objects } = deps;
  return startModelServer({ runtime, objects, container, environment, name: job.name, ...place });
}

function jobFolder({ store }: TransformDeps, { name }: TransformRecord): string {
  return store.path("jobs", "transform", nameOfText(name));
}

/** The job's two log streams: the container's own, and the platform's remarks on data. */
function jobLog(deps: TransformDeps, job: TransformRecord) {
  const group = "/aws/sagemaker/TransformJobs";
  const instance = `i-${createHash("sha256").update(job.name).digest("hex").slice(0, 17)}`;
  const stream = `${job.name}/${instance}-${job.creationTime}`;
  const file = join(jobFolder(deps, job), "log.txt");
  return {
    file,
    register: () => deps.logs.registerFile(group, stream, file),
    say: (message: string) =>
      deps.logs.append(group, `${stream}/data-log`, [
        {
          timestamp: deps.clock.now().getTime(),
          message: `${deps.clock.now().toISOString()}:[sagemaker logs]: ${message}`,
        },
      ]),
  };
}
