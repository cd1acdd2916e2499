import { closeSync, mkdirSync, openSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cacheFolder } from "./cache-folder";
import { ensureEnvironment } from "./environments/ensure-environment";
import type { Environment } from "./environments/environment";
import { imageOf } from "./images";
import { pythonFolder } from "./python-folder";
import { createSlots } from "./slots";
import { type ContainerExit, type HostJob, hostLogFile, type Isolation, type Mount, WarmHost } from "./warm-host";

export type { ContainerExit, Isolation, Mount } from "./warm-host";

/** What is run: one container of a job or of an endpoint. */
export interface ContainerSpec {
  /** For messages and the process list. */
  name: string;
  /** Image URI of the request. */
  image: string;
  /** With `arguments`, the whole command line. `python3` of the image runs warm; anything else is exec'ed. */
  entrypoint: readonly string[];
  arguments: readonly string[];
  /** The request's variables and the container contract's; the image's own are added below them. */
  environment: Readonly<Record<string, string>>;
  /** Folder of this machine that the container sees as /opt/ml. */
  root: string;
  /** As the container names it, for instance `/opt/ml/code`. */
  workingDirectory: string;
  /** Lines of output are appended here, each with its time. */
  logFile: string;
  /** More folders to show, after /opt/ml. @default none */
  mounts?: readonly Mount[];
  /** Processors the container is told it has. @default those of this machine */
  cpus?: number;
  /** Size of OpenMP and BLAS pools; a request's own OMP_NUM_THREADS wins. @default 1, so that results do not depend on the machine */
  threads?: number;
  /** Jobs share the machine's places and wait for a free one. @default starts at once, as servers must */
  queued?: boolean;
  /** Gives up waiting for an environment or a place. */
  signal?: AbortSignal;
}

/** A container that runs. */
export interface RunningContainer {
  readonly pid: number;
  /** Resolves when the process has ended and its log is complete; never rejects. */
  readonly exit: Promise<ContainerExit>;
  /** How it is isolated; with `paths`, container paths in files it writes are this machine's. */
  readonly isolation: Isolation;
  /** SIGTERM to the whole process group, SIGKILL after the grace. Resolves when it has ended. */
  stop(graceSeconds: number): Promise<void>;
}

/** Runs containers of the scikit-learn images as processes of this machine. */
export interface ContainerRuntime {
  /** @throws RuntimeError when the environment cannot be had or the process cannot be set up */
  start(spec: ContainerSpec): Promise<RunningContainer>;
  /** How containers of an image are isolated on this machine; starts its warm parent. */
  isolation(image: string): Promise<Isolation>;
  /**
   * The environment of an image, made when missing.
   * @param signal ends the waiting with its reason; the making goes on for others
   */
  environment(image: string, signal?: AbortSignal): Promise<Environment>;
  /** Starts the image's warm parent now, so that the first job does not wait for imports. Problems show at the first start. */
  warm(image: string): void;
  /** Ends every container, warm parent and making of an environment at once. */
  close(): Promise<void>;
}

/** How a runtime is made; everything has a real default. */
export interface RuntimeOptions {
  /** Folder of the Python environments. @default see `ensureEnvironment` */
  environmentsDir?: string;
  /** Folder for the parents' own logs and mount points. @default a folder of the system's temporary folder */
  stateDir?: string;
  /** Told what is going on when an environment has to be made. */
  onProgress?: (line: string) => void;
  /** See `WarmHostOptions`. */
  fork?: boolean;
  /** See `WarmHostOptions`. */
  mounts?: boolean;
  /** Jobs that run at the same time; more wait in the order they came. @default four for each processor */
  maxJobs?: number;
}

/** Makes a runtime. Nothing is started before the first job or `warm`. */
export function createContainerRuntime(options: RuntimeOptions = {}): ContainerRuntime {
  const hosts = new Map<string, WarmHost>();
  const stateDir = options.stateDir ?? join(tmpdir(), `sagewright-runtime-${process.pid}`);
  const slots = createSlots(options.maxJobs ?? 4 * availableParallelism());
  let closed = false;

  const closing = new AbortController();
  const making = new Set<Promise<Environment>>();

  const environment = (image: string, signal?: AbortSignal) => {
    const { environmentsDir: home, onProgress } = options;
    const made = ensureEnvironment({ image, home, onProgress, signal: closing.signal });
    making.add(made);
    const forget = () => making.delete(made);
    made.then(forget, forget);
    return unlessAborted(made, signal);
  };

  const hostOf = async (image: string, signal?: AbortSignal): Promise<{ host: WarmHost; python: string }> => {
    const { python } = await environment(image, signal);
    const running = hosts.get(python);
    if (running?.alive) return { host: running, python };
    if (closed) throw new Error("The container runtime is closed.");
    const host = openHost(python, stateDir, options);
    hosts.set(python, host);
    return { host, python };
  };

  return {
    environment,
    isolation: async (image) => (await hostOf(image)).host.ready(),
    async start(spec) {
      const leave = spec.queued ? await slots.take(spec.signal) : () => undefined;
      try {
        const { host, python } = await hostOf(spec.image, spec.signal);
        const container = await host.start(hostJob(spec, python));
        container.exit.then(leave);
        const isolation = await host.ready();
        return { pid: container.pid, exit: container.exit, isolation, stop: (grace) => stop(container, grace) };
      } catch (error) {
        leave();
        throw error;
      }
    },
    warm(image) {
      hostOf(image).catch(() => undefined);
    },
    async close() {
      closed = true;
      closing.abort(new Error("The embedded cloud was closed."));
      await Promise.allSettled(making);
      await Promise.all([...hosts.values()].map((host) => host.close()));
      hosts.clear();
    },
  };
}

/** Work, for as long as nobody loses interest in it. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}

function hostJob(spec: ContainerSpec, python: string): HostJob {
  const temporary = join(dirname(spec.root), "tmp");
  mkdirSync(temporary, { recursive: true });
  return {
    argv: [...spec.entrypoint, ...spec.arguments],
    environment: { ...imageEnvironment(spec, python), ...spec.environment },
    workingDirectory: spec.workingDirectory,
    logFile: spec.logFile,
    mounts: [{ source: spec.root, target: "/opt/ml", readOnly: false }, ...(spec.mounts ?? [])],
    temporary,
  };
}

const SIGKILL = 9;
const SIGTERM = 15;

async function stop(
  container: { exit: Promise<ContainerExit>; signal(number: number): void },
  graceSeconds: number,
): Promise<void> {
  if (graceSeconds <= 0) {
    container.signal(SIGKILL);
    await container.exit;
    return;
  }
  container.signal(SIGTERM);
  const kill = setTimeout(() => container.signal(SIGKILL), graceSeconds * 1000);
  await container.exit;
  clearTimeout(kill);
}

function openHost(python: string, stateDir: string, options: RuntimeOptions): WarmHost {
  mkdirSync(stateDir, { recursive: true });
  const logFd = openSync(hostLogFile(stateDir), "a");
  try {
    return new WarmHost({
      python,
      script: join(pythonFolder, "host.py"),
      scratch: join(stateDir, "mount-points"),
      keep: [pythonFolder, options.environmentsDir ?? cacheFolder()],
      fork: options.fork,
      mounts: options.mounts,
      logFd,
    });
  } finally {
    closeSync(logFd);
  }
}

/** The variables that the image itself sets, and those that stand for the machine's size. */
function imageEnvironment(spec: ContainerSpec, python: string): Record<string, string> {
  const cpus = String(spec.cpus ?? availableParallelism());
  const threads = String(spec.threads ?? 1);
  return {
    PATH: `${dirname(python)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: "/tmp",
    TEMP: "/tmp",
    TZ: "UTC",
    LANG: "C.UTF-8",
    LC_ALL: "C.UTF-8",
    PYTHONUNBUFFERED: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONIOENCODING: "UTF-8",
    SAGEMAKER_SKLEARN_VERSION: imageOf(spec.image).name,
    SAGEMAKER_TRAINING_MODULE: "sagemaker_sklearn_container.training:main",
    SAGEMAKER_SERVING_MODULE: "sagemaker_sklearn_container.serving:main",
    SM_INPUT: "/opt/ml/input",
    SM_INPUT_TRAINING_CONFIG_FILE: "/opt/ml/input/config/hyperparameters.json",
    SM_INPUT_DATA_CONFIG_FILE: "/opt/ml/input/config/inputdataconfig.json",
    SM_CHECKPOINT_CONFIG_FILE: "/opt/ml/input/config/checkpointconfig.json",
    SM_MODEL_DIR: "/opt/ml/model",
    OMP_NUM_THREADS: threads,
    OPENBLAS_NUM_THREADS: threads,
    LOKY_MAX_CPU_COUNT: cpus,
  };
}
