import { execFileSync } from "node:child_process";
import { createInterface } from "node:readline";
import { startCli } from "../../support/cli";
import { pause } from "./ledger";

/** A `sagewright cloud` in a process group of its own. */
export interface CloudProcess {
  readonly url: string;
  /** `kill -9` of the whole group; resolves when the cloud's process is gone. */
  kill(): Promise<void>;
  /** Ctrl-C; resolves with the exit code. */
  end(): Promise<number>;
  /** What it said on stderr. */
  said(): string;
}

/** Starts `sagewright cloud` over a state folder and waits until it listens. */
export async function startCloud(state: string): Promise<CloudProcess> {
  const child = startCli(["cloud", "--port", "0", "--json", "--state", state]);
  const gone = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? -1)));
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  let printed = "";
  const url = await new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => {
      printed += line;
      const [, found] = /"url":\s*"([^"]+)"/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    void gone.then((code) => reject(new Error(`sagewright cloud ended with ${code}: ${printed} ${said}`)));
  });
  return {
    url,
    async kill() {
      process.kill(-(child.pid as number), "SIGKILL");
      await gone;
    },
    end() {
      child.kill("SIGINT");
      return gone;
    },
    said: () => said,
  };
}

/** Processes that still mention the folder after a while; they should have ended with the cloud. One that begins notices it last. */
export async function orphansOf(folder: string, patienceMs = 20_000): Promise<string[]> {
  const deadline = Date.now() + patienceMs;
  let found = processesOf(folder);
  while (found.length > 0 && Date.now() < deadline) {
    await pause(50);
    found = processesOf(folder);
  }
  return found;
}

const processesOf = (folder: string): string[] =>
  execFileSync("ps", ["ax", "-o", "pid=,command="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(folder) && !line.includes("ps ax"));
