import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { jobPython, root } from "./cli";
import { freePort } from "./free-port";

/** A real MLflow server on the loopback interface, with a database of its own. */
export interface MlflowServer {
  url: string;
  /** A Python that has MLflow's own client. */
  python: string;
  stop(): Promise<void>;
}

/** Starts `mlflow server` in an empty folder; installs MLflow first when it is missing. */
export async function startMlflow(folder: string): Promise<MlflowServer> {
  const python = execFileSync(process.execPath, [join(root, "scripts/mlflow-python.mjs"), jobPython], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const where = ["--host", "127.0.0.1", "--port", String(port), "--workers", "1"];
  const store = ["--backend-store-uri", `sqlite:///${folder}/mlflow.db`, "--artifacts-destination", `${folder}/files`];
  const child = spawn(python, ["-m", "mlflow", "server", ...where, ...store], {
    cwd: folder,
    env: {
      ...process.env,
      MLFLOW_DISABLE_TELEMETRY: "true",
      DO_NOT_TRACK: "true",
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const log = createWriteStream(join(folder, "server.log"));
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  await untilAnswering(url, child, join(folder, "server.log"));
  return {
    url,
    python,
    stop: async () => {
      const ended = once(child, "close");
      process.kill(-(child.pid ?? 0), "SIGKILL");
      await ended;
    },
  };
}

async function untilAnswering(url: string, child: ChildProcess, log: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    if (answer?.ok) return;
    if (child.exitCode !== null) throw new Error(`mlflow server ended with ${child.exitCode}; its log is ${log}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`mlflow server does not answer; its log is ${log}`);
}
