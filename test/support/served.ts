import { once } from "node:events";
import { startCli } from "./cli";

/** A prediction API that `sagewright serve` keeps up. */
export interface Served {
  url: string;
  /** The document that the command printed. */
  document: Record<string, unknown>;
  /** Asks it and reads the JSON answer. */
  ask(path: string, body?: unknown, headers?: Record<string, string>): Promise<{ status: number; body: Json }>;
  /** Ends it, by Ctrl-C or as a crash does. */
  end(signal?: "SIGINT" | "SIGKILL"): Promise<void>;
}

/** Any JSON. */
export type Json = ReturnType<typeof JSON.parse>;

/** Starts `sagewright serve WORDS --port 0` and waits until it says where it answers. */
export async function serve(cwd: string, ...words: string[]): Promise<Served> {
  const child = startCli(["serve", ...words, "--port", "0", "--json"], { cwd });
  const ended = once(child, "close");
  let said = "";
  let told = "";
  child.stderr?.on("data", (chunk) => {
    told += chunk;
  });
  for await (const chunk of child.stdout ?? []) {
    said += chunk;
    if (said.trimEnd().endsWith("}")) break;
  }
  if (said === "") throw new Error(`The server ended before it spoke: ${told}`);
  const document = JSON.parse(said) as { url: string };
  return {
    url: document.url,
    document: { ...document },
    async ask(path, body, headers = {}) {
      const request = { method: "POST", headers: { "content-type": "application/json", ...headers } };
      const sent = body === undefined ? {} : { ...request, body: JSON.stringify(body) };
      const response = await fetch(`${document.url}${path}`, sent);
      return { status: response.status, body: await response.json() };
    },
    async end(signal = "SIGINT") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}
