import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../clock";
import { JobError } from "../../../jobs/errors";
import { containerCpus } from "../../../jobs/instance";
import type { ContainerExit, ContainerRuntime, RunningContainer } from "../../../jobs/runtime";
import { download, upload } from "../../../jobs/transfer";
import type { Objects } from "../../s3/objects";
import { maxRuntimeSeconds, processingContainer } from "./container";
import type { ProcessingEnding, ProcessingRecord } from "./record";
import type { ProcessingRequest } from "./request";

/** What a run needs of the room. */
export interface ProcessingRunDeps {
  objects: Objects;
  clock: Clock;
  runtime: ContainerRuntime;
  region: string;
  /** Folder of this job: `opt-ml`, `tmp` and `log.txt` lie in it. */
  folder: string;
  /** Called with the record at every change before the end. */
  onChange(record: ProcessingRecord): void;
}

const stopGraceSeconds = 120;
const longestTimerMs = 2 ** 31 - 1;
const continuousEveryMs = 1000;
const messageBytes = 1024;

/** One processing job on its way from its request to its ending. */
export class ProcessingRun {
  #record: ProcessingRecord;
  readonly #request: ProcessingRequest;
  readonly #root: string;
  readonly #abort = new AbortController();
  #container?: RunningContainer;
  #abandoned = false;
  #cause?: "stop" | "maxRuntime";

  constructor(
    private readonly deps: ProcessingRunDeps,
    record: ProcessingRecord,
  ) {
    this.#record = record;
    this.#request = record.request;
    this.#root = join(deps.folder, "opt-ml");
  }

  get record(): ProcessingRecord {
    return this.#record;
  }

  /** Asks the container to end; a run that has none yet ends without starting one. */
  stop(): void {
    this.#change({ ...this.#record, status: "Stopping", lastModifiedTime: this.#now() });
    this.#tell("stop");
  }

  /** The cloud is closing: the container is killed, and whatever comes now is not this run's ending. */
  abandon(): void {
    this.#abandoned = true;
    this.#abort.abort(new Error("The embedded cloud was closed."));
    this.#container?.stop(0).catch(() => undefined);
  }

  /** Runs to the end. */
  async run(): Promise<{ record: ProcessingRecord; ending: ProcessingEnding }> {
    try {
      await this.#prepare();
      const exit = this.#cause ? undefined : await this.#process();
      return { ending: await this.#finish(exit), record: this.#record };
    } catch (error) {
      if (this.#cause === "stop") return { ending: { status: "Stopped" }, record: this.#record };
      const failureReason = error instanceof JobError ? `ClientError: ${error.message}` : internalError(error);
      return { ending: { status: "Failed", failureReason }, record: this.#record };
    }
  }

  async #prepare(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
    const { files } = processingContainer(this.#request, this.#record.arn, this.deps.region);
    const folders = ["config", "output", "processing", ...this.#outputs().map(({ path }) => path)];
    await Promise.all(folders.map((folder) => mkdir(join(this.#root, folder), { recursive: true })));
    await Promise.all([
      ...Object.entries(files).map(([file, text]) => writeFile(join(this.#root, file), text)),
      ...(this.#request.ProcessingInputs ?? []).map((input) => this.#input(input)),
    ]);
  }

  async #input(input: NonNullable<ProcessingRequest["ProcessingInputs"]>[number]): Promise<void> {
    if (input.AppManaged || !input.S3Input) return;
    await download(this.deps.objects, {
      type: input.S3Input.S3DataType === "ManifestFile" ? "ManifestFile" : "S3Prefix",
      uri: input.S3Input.S3Uri ?? "",
      folder: join(this.#root, below(input.S3Input.LocalPath ?? "", `ProcessingInputs.${input.InputName}`)),
    });
  }

  #outputs(): { path: string; uri: string; continuous: boolean }[] {
    return (this.#request.ProcessingOutputConfig?.Outputs ?? []).flatMap((output) => {
      if (output.AppManaged || !output.S3Output) return [];
      const { LocalPath = "", S3Uri = "", S3UploadMode } = output.S3Output;
      const path = below(LocalPath, `ProcessingOutputConfig.${output.OutputName}`);
      return [{ path, uri: S3Uri, continuous: S3UploadMode === "Continuous" }];
    });
  }

  async #process(): Promise<ContainerExit> {
    const { env, argv, workingDirectory } = processingContainer(this.#request, this.#record.arn, this.deps.region);
    const logFile = join(this.deps.folder, "log.txt");
    const image = this.#request.AppSpecification.ImageUri;
    const { differences } = await this.deps.runtime.environment(image, this.#abort.signal);
    if (differences.length > 0) {
      const note = `sagewright: this environment differs from the image: ${differences.join(", ")}`;
      await writeFile(logFile, `${new Date(this.#now()).toISOString()} ${note}\n`, { flag: "a" });
    }
    const container = await this.deps.runtime.start({
      name: this.#record.name,
      image,
      entrypoint: argv,
      arguments: [],
      environment: env,
      root: this.#root,
      workingDirectory,
      logFile,
      cpus: containerCpus(this.#request.ProcessingResources.ClusterConfig?.InstanceType ?? ""),
      queued: true,
      signal: this.#abort.signal,
    });
    this.#container = container;
    if (this.#abandoned) await container.stop(0);
    const started = this.#now();
    this.#change({ ...this.#record, startTime: started, lastModifiedTime: started });
    if (this.#cause) this.#end(container);
    const watch = new AbortController();
    const limitMs = Math.min(maxRuntimeSeconds(this.#request) * 1000, longestTimerMs);
    this.deps.clock.sleep(limitMs, watch.signal).then(() => {
      if (!watch.signal.aborted) this.#tell("maxRuntime");
    });
    const stopUploads = this.#uploadContinuously();
    const exit = await container.exit;
    if (this.#abandoned) throw new Error("The embedded cloud was closed.");
    watch.abort();
    await stopUploads();
    this.#container = undefined;
    return exit;
  }

  /** Continuous outputs follow the files as they settle; what is left goes with the end of the job. */
  #uploadContinuously(): () => Promise<void> {
    const outputs = this.#outputs().filter(({ continuous }) => continuous);
    if (outputs.length === 0) return async () => undefined;
    const sent = new Map<string, string>();
    const settledMs = 200;
    let last: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      last = Promise.all(
        outputs.map(({ path, uri }) =>
          upload(this.deps.objects, join(this.#root, path), uri, {
            only: (file, { size, mtimeMs }) => {
              const key = `${path}/${file}`;
              const state = `${size} ${mtimeMs}`;
              if (sent.get(key) === state || Date.now() - mtimeMs < settledMs) return false;
              sent.set(key, state);
              return true;
            },
          }),
        ),
      ).catch(() => undefined);
    }, continuousEveryMs);
    timer.unref();
    return async () => {
      clearInterval(timer);
      await last;
    };
  }

  async #finish(exit: ContainerExit | undefined): Promise<ProcessingEnding> {
    const exitMessage = await this.#exitMessage();
    if (exit && (exit.code === 0 || this.#cause)) await this.#uploadOutputs();
    if (this.#cause === "stop") return { status: "Stopped", exitMessage };
    if (this.#cause === "maxRuntime") {
      const seconds = maxRuntimeSeconds(this.#request);
      const failureReason = `ClientError: The processing job ran longer than MaxRuntimeInSeconds (${seconds}).`;
      return { status: "Stopped", exitMessage, failureReason };
    }
    if (exit?.code === 0) return { status: "Completed", exitMessage };
    return { status: "Failed", exitMessage, failureReason: `AlgorithmError: ${exitMessage || exitText(exit)}` };
  }

  async #uploadOutputs(): Promise<void> {
    await Promise.all(
      this.#outputs().map(({ path, uri }) => upload(this.deps.objects, join(this.#root, path), uri, { move: true })),
    );
  }

  /** First kilobyte of the message file. @throws JobError `bad_message` when it is not UTF-8 */
  async #exitMessage(): Promise<string> {
    const file = await open(join(this.#root, "output", "message")).catch(() => undefined);
    if (!file) return "";
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(messageBytes), 0, messageBytes, 0);
      return new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, bytesRead), {
        // A character cut in two by the limit is left out, not an error.
        stream: bytesRead === messageBytes,
      });
    } catch (cause) {
      throw new JobError("bad_message", "/opt/ml/output/message is not UTF-8. Write the exit message as UTF-8 text.", {
        cause,
      });
    } finally {
      await file.close();
    }
  }

  #tell(cause: "stop" | "maxRuntime"): void {
    this.#cause ??= cause;
    if (this.#container) this.#end(this.#container);
    else this.#abort.abort(new Error("The job was stopped before its container started."));
  }

  #end(container: RunningContainer): void {
    container.stop(stopGraceSeconds).catch(() => undefined);
  }

  #change(record: ProcessingRecord): void {
    this.#record = record;
    this.deps.onChange(record);
  }

  #now(): number {
    return this.deps.clock.now().getTime();
  }
}

/** A container path's part below /opt/ml, where everything a processing job exchanges must lie. */
function below(path: string, member: string): string {
  if (path.startsWith("/opt/ml/") && !path.split("/").includes("..")) return path.slice("/opt/ml/".length);
  throw new JobError(
    "bad_local_path",
    `${member}.LocalPath: ${JSON.stringify(path)} is not below /opt/ml/processing. Use for instance /opt/ml/processing/input/data.`,
    { facts: { path } },
  );
}

const exitText = (exit: ContainerExit | undefined): string =>
  exit?.signal ? `Exit Code: ${exit.signal}` : `Exit Code: ${exit?.code}`;

const internalError = (error: unknown): string =>
  `InternalServerError: We encountered an internal error. Please try again. (${error instanceof Error ? error.message : String(error)})`;
