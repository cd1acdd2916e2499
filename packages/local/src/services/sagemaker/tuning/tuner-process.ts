import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { CloudError } from "../../../errors";
import type { Parameters } from "./draw";
import type { Question, Searcher } from "./strategy";

/** Where the search's interpreter and program are. */
export interface TunerOptions {
  /** A Python that has optuna. Asked for once, when the search is first needed. */
  readonly python: () => Promise<string>;
  /** Absolute path of tuner.py. */
  readonly program: string;
}

/** A searcher in a Python process of its own: started when first needed, started again if it died, ended by `close`. */
export interface TunerProcess extends Searcher {
  close(): void;
}

interface Waiting {
  resolve(parameters: Parameters): void;
  reject(error: Error): void;
}

/** Makes the searcher; nothing is started yet. */
export function tunerProcess({ python, program }: TunerOptions): TunerProcess {
  let starting: Promise<ChildProcessWithoutNullStreams> | undefined;
  let lastId = 0;
  const waiting = new Map<number, Waiting>();

  const start = async (): Promise<ChildProcessWithoutNullStreams> => {
    const child = spawn(await python(), ["-u", program], { env: environment(), stdio: "pipe" });
    let complaints = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaints = (complaints + text).slice(-2_000);
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      settle(line, waiting);
      hold(child);
    });
    const ended = (reason: string): void => {
      starting = undefined;
      const error = searchFailed(`${reason}${complaints === "" ? "" : `: ${complaints.trim()}`}`);
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    child.on("error", (error) => ended(error.message));
    child.on("close", (code, signal) => ended(`it ended with ${signal ?? `code ${code}`}`));
    child.stdin.on("error", () => undefined);
    child.unref();
    hold(child);
    return child;
  };
  /** A question under way keeps this process alive; an idle search does not. */
  const hold = (child: ChildProcessWithoutNullStreams): void => {
    for (const stream of [child.stdout, child.stderr, child.stdin] as { ref?(): void; unref?(): void }[]) {
      if (waiting.size > 0) stream.ref?.();
      else stream.unref?.();
    }
  };
  const running = (): Promise<ChildProcessWithoutNullStreams> => {
    starting ??= start().catch((error: unknown) => {
      starting = undefined;
      throw error;
    });
    return starting;
  };

  return {
    warm() {
      running().catch(() => undefined);
    },
    async suggest(question: Question) {
      const child = await running();
      lastId += 1;
      const id = lastId;
      return await new Promise<Parameters>((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        hold(child);
        child.stdin.write(`${JSON.stringify({ id, question })}\n`);
      });
    },
    close() {
      starting?.then((child) => child.kill("SIGKILL")).catch(() => undefined);
    },
  };
}

function settle(line: string, waiting: Map<number, Waiting>): void {
  const answer = JSON.parse(line) as { id?: number; parameters?: Parameters; error?: string };
  if (answer.id === undefined) return;
  const asked = waiting.get(answer.id);
  waiting.delete(answer.id);
  if (answer.parameters === undefined) asked?.reject(searchFailed(answer.error ?? "it gave no answer"));
  else asked?.resolve(answer.parameters);
}

function searchFailed(reason: string): CloudError {
  return new CloudError(
    "search_failed",
    `The Bayesian search could not choose a trial: ${reason}. Use strategy Random, or see to its Python.`,
  );
}

/** One thread, so that the same numbers come out on every machine, and nothing of the caller's Python settings. */
function environment(): NodeJS.ProcessEnv {
  const { PYTHONPATH: _path, PYTHONHOME: _home, ...rest } = process.env;
  return {
    ...rest,
    OMP_NUM_THREADS: "1",
    OPENBLAS_NUM_THREADS: "1",
    PYTHONHASHSEED: "0",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}
