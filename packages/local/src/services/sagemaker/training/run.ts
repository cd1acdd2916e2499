import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../../clock";
import { packFolder } from "../../../jobs/archive";
import { JobError } from "../../../jobs/errors";
import { containerCpus } from "../../../jobs/instance";
import type { ContainerExit, ContainerRuntime, Mount, RunningContainer } from "../../../jobs/runtime";
import { joinS3Uri, parseS3Uri } from "../../../jobs/s3-uri";
import { download, upload } from "../../../jobs/transfer";
import type { Objects } from "../../s3/objects";
import { type Checkpoints, checkpointsOf } from "./checkpoints";
import { installCode, pythonWithRequirements } from "./code";
import { failureReason } from "./failure";
import { metricsOfLog } from "./metrics";
import { type Ending, enterPhase, modelUri, phaseMessages, type TrainingRecord } from "./record";
import type { TrainingRequest } from "./request";
import { type ToolkitEnvironment, toolkitEnvironment } from "./toolkit";

/** What a run needs of the room. */
export interface TrainingRunDeps {
  objects: Objects;
  clock: Clock;
  runtime: ContainerRuntime;
  region: string;
  /** Folder of this job: `opt-ml`, `tmp` and `log.txt` lie in it. */
  folder: string;
  /** When a spot job's instance is taken away, in seconds of running; undefined leaves it alone. */
  interruptAfterSeconds?: (request: TrainingRequest, attempt: number) => number | undefined;
  /** Called with the record at every change before the end. */
  onChange(record: TrainingRecord): void;
}

/** Why a container was told to stop. */
type StopCause = "stop" | "maxRuntime" | "maxWait" | "interrupted";

const stopGraceSeconds = 120;
/** Timers count in 31 bits. */
const longestTimerMs = 2 ** 31 - 1;

/** One training job on its way from its request to its ending. */
export class TrainingRun {
  #record: TrainingRecord;
  readonly #request: TrainingRequest;
  readonly #root: string;
  readonly #abort = new AbortController();
  #container?: RunningContainer;
  #abandoned = false;
  #cause?: StopCause;

  constructor(
    private readonly deps: TrainingRunDeps,
    record: TrainingRecord,
  ) {
    this.#record = record;
    this.#request = record.request;
    this.#root = join(deps.folder, "opt-ml");
  }

  get record(): TrainingRecord {
    return this.#record;
  }

  /** Asks the container to end; a run that has none yet ends without starting one. */
  stop(): void {
    this.#change({ ...this.#record, status: "Stopping" });
    this.#phase("Stopping", phaseMessages.stopping);
    this.#tell("stop");
  }

  /** Takes a spot job's instance away now; false when it has none. */
  interrupt(): boolean {
    if (!this.#container) return false;
    this.#tell("interrupted");
    return true;
  }

  /** The cloud is closing: the container is killed, and whatever comes now is not this run's ending. */
  abandon(): void {
    this.#abandoned = true;
    this.#abort.abort(new Error("The embedded cloud was closed."));
    this.#container?.stop(0).catch(() => undefined);
  }

  /** Runs to the end. Rejects for what is nobody's fault but this product's. */
  async run(): Promise<{ record: TrainingRecord; ending: Ending }> {
    try {
      return { ending: await this.#attempts(), record: this.#record };
    } catch (error) {
      if (this.#cause === "stop") return { ending: this.#stopped(), record: this.#record };
      return { ending: failed(reasonOf(error)), record: this.#record };
    }
  }

  async #attempts(): Promise<Ending> {
    const began = this.#now();
    for (let attempt = 1; ; attempt++) {
      const checkpoints = checkpointsOf(this.#request, this.#root, this.deps.objects);
      const toolkit = await this.#prepare(checkpoints);
      if (this.#cause === "stop") return this.#stopped();
      const exit = await this.#train(toolkit, checkpoints, attempt, began);
      if (this.#cause !== "interrupted") return this.#finish(exit, toolkit);
      this.#cause = undefined;
      this.#phase("Interrupted", phaseMessages.interrupted);
      this.#phase("Starting", phaseMessages.preparing);
    }
  }

  /** Fills /opt/ml: configuration, code, channels, checkpoints. */
  async #prepare(checkpoints: Checkpoints): Promise<ToolkitEnvironment> {
    await rm(this.#root, { recursive: true, force: true });
    const cpus = containerCpus(this.#request.ResourceConfig.InstanceType ?? "");
    const toolkit = toolkitEnvironment(this.#request, { arn: this.#record.arn, region: this.deps.region, cpus });
    const folders = ["input/config", "input/data", "model", "output/data", "code"];
    await Promise.all(folders.map((folder) => mkdir(join(this.#root, folder), { recursive: true })));
    this.#phase("Downloading", phaseMessages.downloading);
    const files = Object.entries(toolkit.files).map(([file, text]) => writeFile(join(this.#root, file), text));
    const link = await this.#mayLink();
    await Promise.all([
      ...files,
      ...(this.#request.InputDataConfig ?? []).map((channel) => this.#channel(channel, link)),
      checkpoints.restore(),
    ]);
    if (toolkit.code) await installCode(this.deps.objects, toolkit.code.uri, this.#root);
    return toolkit;
  }

  async #mayLink(): Promise<boolean> {
    if (!(this.#request.InputDataConfig ?? []).some((channel) => this.#isLazy(channel))) return false;
    return (await this.deps.runtime.isolation(this.#image())) === "mounts";
  }

  #isLazy(channel: Channel): boolean {
    return (channel.InputMode ?? this.#request.AlgorithmSpecification.TrainingInputMode) === "FastFile";
  }

  async #channel(channel: Channel, link: boolean): Promise<void> {
    const source = channel.DataSource?.S3DataSource;
    if (!source?.S3Uri) throw new JobError("no_s3_source", `Channel ${channel.ChannelName} has no S3DataSource.`);
    await download(this.deps.objects, {
      type: source.S3DataType === "ManifestFile" ? "ManifestFile" : "S3Prefix",
      uri: source.S3Uri,
      folder: join(this.#root, "input", "data", channel.ChannelName),
      link: link && this.#isLazy(channel),
    });
  }

  async #train(
    toolkit: ToolkitEnvironment,
    checkpoints: Checkpoints,
    attempt: number,
    began: number,
  ): Promise<ContainerExit> {
    this.#phase("Downloading", phaseMessages.downloadingImage);
    const container = await this.#startContainer(toolkit);
    this.#container = container;
    if (this.#abandoned) await container.stop(0);
    const started = this.#now();
    this.#change({ ...this.#record, trainingStartTime: this.#record.trainingStartTime ?? started });
    this.#phase("Training", phaseMessages.training);
    if (this.#cause) this.#end(container);
    const watch = new AbortController();
    this.#limitTime(attempt, began, watch.signal);
    const stopSaving = checkpoints.keepSaving();
    const exit = await container.exit;
    if (this.#abandoned) throw new Error("The embedded cloud was closed.");
    watch.abort();
    await stopSaving();
    this.#container = undefined;
    this.#change({ ...this.#record, runSeconds: this.#record.runSeconds + (this.#now() - started) / 1000 });
    return exit;
  }

  async #startContainer(toolkit: ToolkitEnvironment): Promise<RunningContainer> {
    const image = this.#image();
    const { python, differences } = await this.deps.runtime.environment(image, this.#abort.signal);
    const logFile = join(this.deps.folder, "log.txt");
    const note = (line: string) =>
      writeFile(logFile, `${new Date(this.#now()).toISOString()} ${line}\n`, { flag: "a" });
    if (differences.length > 0)
      await note(`sagewright: this environment differs from the image: ${differences.join(", ")}`);
    let [program = "", ...rest] = toolkit.argv;
    let path: Record<string, string> = {};
    if (toolkit.code?.program.endsWith(".py")) {
      const code = join(this.#root, "code");
      const layered = await pythonWithRequirements(python, code, (line) => void note(line), this.#abort.signal);
      if (layered !== python) {
        program = layered;
        path = { PATH: `${dirname(layered)}:${dirname(python)}:/usr/local/bin:/usr/bin:/bin` };
      }
    }
    return this.deps.runtime.start({
      name: this.#record.name,
      image,
      entrypoint: [program],
      arguments: rest,
      environment: { ...path, ...toolkit.env },
      root: this.#root,
      workingDirectory: toolkit.workingDirectory,
      logFile,
      mounts: await this.#readOnlyChannels(),
      cpus: containerCpus(this.#request.ResourceConfig.InstanceType ?? ""),
      queued: true,
      signal: this.#abort.signal,
    });
  }

  async #readOnlyChannels(): Promise<Mount[]> {
    if (!(await this.#mayLink())) return [];
    const lazy = (this.#request.InputDataConfig ?? []).filter((channel) => this.#isLazy(channel));
    return lazy.map(({ ChannelName }) => ({
      source: join(this.#root, "input", "data", ChannelName),
      target: `/opt/ml/input/data/${ChannelName}`,
      readOnly: true,
    }));
  }

  /** Sets the clocks that may end this attempt: MaxRuntime, MaxWaitTime and the spot market. */
  #limitTime(attempt: number, began: number, signal: AbortSignal): void {
    const { MaxRuntimeInSeconds = 86_400, MaxWaitTimeInSeconds } = this.#request.StoppingCondition ?? {};
    const spot = this.#request.EnableManagedSpotTraining === true;
    const limits: [StopCause, number | undefined][] = [
      ["maxRuntime", MaxRuntimeInSeconds - this.#record.runSeconds],
      ["maxWait", spot && MaxWaitTimeInSeconds ? MaxWaitTimeInSeconds - (this.#now() - began) / 1000 : undefined],
      ["interrupted", spot ? this.deps.interruptAfterSeconds?.(this.#request, attempt) : undefined],
    ];
    for (const [cause, seconds] of limits) {
      if (seconds === undefined) continue;
      this.deps.clock.sleep(Math.min(Math.max(0, seconds) * 1000, longestTimerMs), signal).then(() => {
        if (!signal.aborted) this.#tell(cause);
      });
    }
  }

  #tell(cause: StopCause): void {
    if (this.#cause === "stop") return;
    this.#cause = cause;
    if (this.#container) this.#end(this.#container);
    else this.#abort.abort(new Error("The job was stopped before its container started."));
  }

  #end(container: RunningContainer): void {
    container.stop(stopGraceSeconds).catch(() => undefined);
  }

  /** The container has ended for good: outputs go to S3, the ending is decided. */
  async #finish(exit: ContainerExit, toolkit: ToolkitEnvironment): Promise<Ending> {
    if (this.#record.status !== "Stopping") this.#phase("Uploading", phaseMessages.uploading);
    const finalMetrics = await metricsOfLog(
      join(this.deps.folder, "log.txt"),
      this.#request.AlgorithmSpecification.MetricDefinitions ?? [],
    );
    const succeeded = exit.code === 0;
    if (succeeded && toolkit.code) await writeFile(join(this.#root, "output", "success"), "");
    const reason = succeeded ? "" : await failureReason(this.#root, exit, toolkit.code ? toolkit.argv : undefined);
    await this.#uploadOutputs(succeeded || this.#cause !== undefined);
    const artefacts = { finalMetrics, modelArtifacts: modelUri(this.#request) };
    if (this.#cause === "maxRuntime") {
      return {
        status: "Stopped",
        secondaryStatus: "MaxRuntimeExceeded",
        message: phaseMessages.maxRuntime,
        ...artefacts,
      };
    }
    if (this.#cause === "maxWait") {
      return {
        status: "Stopped",
        secondaryStatus: "MaxWaitTimeExceeded",
        message: phaseMessages.maxWait,
        ...artefacts,
      };
    }
    if (this.#cause === "stop") return { ...this.#stopped(), ...artefacts };
    if (succeeded) return { status: "Completed", message: phaseMessages.completed, ...artefacts };
    return { ...failed(reason), finalMetrics };
  }

  async #uploadOutputs(withModel: boolean): Promise<void> {
    const base = joinS3Uri(this.#request.OutputDataConfig?.S3OutputPath ?? "", this.#record.name, "output");
    const plain = this.#request.OutputDataConfig?.CompressionType === "NONE";
    const parts: [folder: string, name: string][] = [["output/data", plain ? "data" : "output.tar.gz"]];
    if (withModel) parts.push(["model", plain ? "model" : "model.tar.gz"]);
    await Promise.all(
      parts.map(async ([folder, name]) => {
        if (plain) {
          await upload(this.deps.objects, join(this.#root, folder), `${base}/${name}`, { move: true });
          return;
        }
        const file = join(this.deps.folder, name);
        if (!(await packFolder(join(this.#root, folder), file))) return;
        const place = parseS3Uri(`${base}/${name}`);
        if (!place) throw new JobError("bad_uri", `OutputDataConfig.S3OutputPath: ${base} is not an S3 URI.`);
        await this.deps.objects.putFromFile(place.bucket, place.key, file, { move: true });
      }),
    );
  }

  #image(): string {
    return this.#request.AlgorithmSpecification.TrainingImage ?? "";
  }

  #stopped(): Ending {
    return { status: "Stopped", message: phaseMessages.stopped };
  }

  #phase(status: string, message: string): void {
    this.#change(enterPhase(this.#record, status, message, this.#now()));
  }

  #change(record: TrainingRecord): void {
    this.#record = record;
    this.deps.onChange(record);
  }

  #now(): number {
    return this.deps.clock.now().getTime();
  }
}

type Channel = NonNullable<TrainingRequest["InputDataConfig"]>[number];

const failed = (reason: string): Ending => ({
  status: "Failed",
  message: phaseMessages.failed,
  failureReason: reason,
});

/** Whose fault it was: the script's requirements, the request, or this product. */
function reasonOf(error: unknown): string {
  if (error instanceof JobError) {
    return `${error.code === "requirements_failed" ? "AlgorithmError" : "ClientError"}: ${error.message}`;
  }
  const detail = error instanceof Error ? error.message : String(error);
  return `InternalServerError: We encountered an internal error. Please try again. (${detail})`;
}
