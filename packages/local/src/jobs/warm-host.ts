import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { RuntimeError } from "./errors";

/** A folder of this machine, and where a job sees it. */
export interface Mount {
  source: string;
  target: string;
  readOnly: boolean;
}

/** What the warm parent is asked to run; the counterpart of `Job` in python/sagewright_host/job.py. */
export interface HostJob {
  argv: string[];
  environment: Record<string, string>;
  workingDirectory: string;
  logFile: string;
  mounts: Mount[];
  temporary: string;
}

/** How a job's process ended. */
export interface ContainerExit {
  /** Exit code; null when a signal ended it. */
  code: number | null;
  /** For instance `SIGKILL`; null when it exited. */
  signal: string | null;
  /** Processor time of the job and its children; 0 when unknown. */
  cpuSeconds: number;
  /** Largest resident memory; 0 when unknown. */
  maxMemoryBytes: number;
}

/** A job's process as the host knows it. */
export interface HostedProcess {
  pid: number;
  exit: Promise<ContainerExit>;
  signal(number: number): void;
}

/** `mounts`: jobs see container paths at their names. `paths`: container paths are rewritten (see docs of the room). */
export type Isolation = "mounts" | "paths";

/** How a host is started. */
export interface WarmHostOptions {
  python: string;
  /** Path of python/host.py. */
  script: string;
  /** A folder for mount points; made when missing. */
  scratch: string;
  /** Folders that stay visible when they lie below /tmp. */
  keep: readonly string[];
  /** False starts a fresh interpreter for each job. @default forks, except on macOS, where forking is unsafe after imports */
  fork?: boolean;
  /** False rewrites paths instead of mounting. @default mounts where the system allows it */
  mounts?: boolean;
  /** File for the parent's own messages. */
  logFd: number | "ignore";
}

type HostEvent =
  | { event: "ready"; isolation: Isolation; reason: string | null; python: string }
  | { event: "started"; id: number; pid: number }
  | { event: "failed"; id: number; message: string }
  | {
      event: "exited";
      id: number;
      code: number | null;
      signal: string | null;
      cpuSeconds: number;
      maxMemoryBytes: number;
    };

interface Pending {
  started: (process: HostedProcess) => void;
  failed: (error: Error) => void;
  exited?: (exit: ContainerExit) => void;
  pid?: number;
}

/** The warm parent of one environment. */
export class WarmHost {
  /** False once the parent has ended; a new one must be made. */
  alive = true;
  readonly #child: ChildProcess;
  readonly #jobs = new Map<number, Pending>();
  readonly #ready: Promise<Isolation>;
  #waiting = 0;
  #nextId = 1;
  #text = "";
  #becomeReady: (isolation: Isolation) => void = () => undefined;
  #neverReady: (error: Error) => void = () => undefined;

  constructor(options: WarmHostOptions) {
    this.#ready = new Promise((resolve, reject) => {
      this.#becomeReady = resolve;
      this.#neverReady = reject;
    });
    this.#ready.catch(() => undefined);
    mkdirSync(options.scratch, { recursive: true });
    this.#child = spawn(options.python, hostArguments(options), {
      env: hostEnvironment(options.python),
      stdio: ["pipe", "pipe", options.logFd],
      // Out of the terminal's process group: Ctrl-C is for Node to hear, which then ends the jobs in order.
      detached: true,
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (chunk: string) => this.#read(chunk));
    this.#child.stdin?.on("error", () => undefined);
    this.#child.on("error", (error) => this.#end(error.message));
    this.#child.on("close", (code, signal) => this.#end(signal ? `ended by ${signal}` : `exit code ${code}`));
    this.#child.unref();
    this.#holdProcess();
  }

  /** How jobs are isolated, once imports are done. @throws RuntimeError `host_lost` when the parent does not come up */
  async ready(): Promise<Isolation> {
    this.#waiting++;
    this.#holdProcess();
    try {
      return await this.#ready;
    } finally {
      this.#waiting--;
      this.#holdProcess();
    }
  }

  /** Starts a job; resolves when its own code is about to run. @throws RuntimeError `job_not_started`, `host_lost` */
  start(job: HostJob): Promise<HostedProcess> {
    return new Promise((resolve, reject) => {
      if (!this.alive) {
        reject(new RuntimeError("host_lost", "The warm Python parent has ended."));
        return;
      }
      const id = this.#nextId++;
      this.#jobs.set(id, { started: resolve, failed: reject });
      this.#holdProcess();
      this.#say({ op: "start", id, job });
    });
  }

  /** Ends the parent and every job, at once. */
  async close(): Promise<void> {
    if (!this.alive) return;
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    this.#child.ref();
    this.#child.stdin?.end();
    const patience = setTimeout(() => this.#child.kill("SIGKILL"), 2000);
    await closed;
    clearTimeout(patience);
  }

  #say(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  /** A cloud with running jobs keeps its process alive; an idle warm parent does not. */
  #holdProcess(): void {
    const busy = this.#jobs.size > 0 || this.#waiting > 0;
    for (const stream of [this.#child.stdin, this.#child.stdout]) {
      const handle = stream as unknown as { ref?(): void; unref?(): void } | null;
      if (busy) handle?.ref?.();
      else handle?.unref?.();
    }
  }

  #read(chunk: string): void {
    const lines = (this.#text + chunk).split("\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) this.#hear(JSON.parse(line) as HostEvent);
    this.#holdProcess();
  }

  #hear(event: HostEvent): void {
    if (event.event === "ready") {
      this.#becomeReady(event.isolation);
      return;
    }
    const job = this.#jobs.get(event.id);
    if (!job) return;
    if (event.event === "started") {
      const exit = new Promise<ContainerExit>((resolve) => {
        job.exited = resolve;
      });
      job.pid = event.pid;
      const signal = (number: number) => {
        if (this.#jobs.has(event.id)) this.#say({ op: "signal", id: event.id, signal: number });
      };
      job.started({ pid: event.pid, exit, signal });
      return;
    }
    this.#jobs.delete(event.id);
    if (event.event === "failed") {
      job.failed(new RuntimeError("job_not_started", `The job could not be started: ${event.message}`));
    } else {
      const { code, signal, cpuSeconds, maxMemoryBytes } = event;
      job.exited?.({ code, signal, cpuSeconds, maxMemoryBytes });
    }
  }

  #end(how: string): void {
    if (!this.alive) return;
    this.alive = false;
    const lost = new RuntimeError("host_lost", `The warm Python parent has ended (${how}).`);
    this.#neverReady(lost);
    for (const job of this.#jobs.values()) {
      if (job.pid !== undefined) killGroup(job.pid);
      job.exited?.({ code: null, signal: "SIGKILL", cpuSeconds: 0, maxMemoryBytes: 0 });
      job.failed(lost);
    }
    this.#jobs.clear();
  }
}

/** Ends a process group at once; one that is gone already is fine. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Gone already, which is what was wanted.
  }
}

function hostArguments(options: WarmHostOptions): string[] {
  const fork = options.fork ?? process.platform !== "darwin";
  return [
    ...["-s", "-B", options.script, "--scratch", options.scratch],
    ...options.keep.flatMap((folder) => ["--keep", folder]),
    ...(fork ? [] : ["--no-fork"]),
    ...(options.mounts === false ? ["--no-mounts"] : []),
  ];
}

/**
 * The parent's environment acts before a job's first line: no threads to lose at a fork, one hash seed, so that an
 * order of sets that reaches an artefact is the same in every run.
 */
function hostEnvironment(python: string): NodeJS.ProcessEnv {
  const one = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"];
  return {
    PATH: `${dirname(python)}:/usr/local/bin:/usr/bin:/bin`,
    LANG: "C.UTF-8",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    PYTHONHASHSEED: "0",
    PYTHONUTF8: "1",
    PYTHONNOUSERSITE: "1",
    ...Object.fromEntries(one.map((name) => [name, "1"])),
  };
}

/** Where the parent's own messages go inside a state folder. */
export const hostLogFile = (folder: string): string => join(folder, "host.log");
