import { spawn } from "node:child_process";
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";
import { connect, type Socket } from "node:net";

/** An answer as a client sees it. */
export interface Answered {
  status: number;
  /** The stable code of a problem document. */
  code?: string;
  body: string;
}

const agent = new Agent({ keepAlive: true, maxFreeSockets: 0 });

/** Sends one request with any bytes as its body, and takes the answer even when the server does not take the whole body. */
export function send(
  url: string,
  body: string | Uint8Array,
  headers: OutgoingHttpHeaders = { "content-type": "application/json" },
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sized = { ...headers, "content-length": Buffer.byteLength(body) };
    const call = request(url, { method: "POST", headers: sized, agent }, (response) => {
      read(response).then((text) => {
        const type = response.headers["content-type"] ?? "";
        const code = type.startsWith("application/problem+json") ? JSON.parse(text).code : undefined;
        resolve({ status: response.statusCode ?? 0, body: text, ...(code === undefined ? {} : { code }) });
      }, reject);
    });
    call.on("error", reject);
    call.end(body);
  });
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Opens a connection and sends its first bytes. */
export function open(port: number, first: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(first);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** Sends bytes as they are and gives everything that comes back until the server closes. */
export async function raw(port: number, bytes: string): Promise<string> {
  const socket = await open(port, bytes);
  let received = "";
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    received += chunk;
  });
  await new Promise((resolve) => socket.once("close", resolve));
  return received;
}

/** What an honest client saw: milliseconds of its answers in ascending order, and what was no answer. */
export interface Honest {
  ms: number[];
  failures: string[];
}

const honest = `
const { Agent, request } = require("node:http");
const [, url, body, everyMs] = process.argv;
const agent = new Agent({ keepAlive: true });
const ms = [], failures = [];
let running = true;
process.stdin.on("end", () => { running = false; }).resume();
const ask = () => new Promise((resolve) => {
  const started = performance.now();
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const call = request(url, { method: "POST", agent, headers }, (response) => {
    response.resume().on("end", () => {
      if (response.statusCode === 200) ms.push(performance.now() - started);
      else failures.push(String(response.statusCode));
      resolve();
    });
  });
  call.on("error", (error) => { failures.push(error.message); resolve(); });
  call.end(body);
});
(async () => {
  for (let warm = 0; warm < 50; warm += 1) await ask();
  ms.length = 0;
  process.stdout.write("ready\\n");
  while (running) {
    await ask();
    await new Promise((resolve) => setTimeout(resolve, Number(everyMs)));
  }
  process.stdout.write(JSON.stringify({ ms: ms.sort((a, b) => a - b), failures }));
  agent.destroy();
})();`;

/** Starts a client in a process of its own that asks for one prediction after another; the result ends it. */
export async function honestClient(url: string, row: object, everyMs = 5): Promise<() => Promise<Honest>> {
  const child = spawn(process.execPath, ["-e", honest, url, JSON.stringify(row), String(everyMs)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (text.startsWith("ready\n")) resolve();
    });
  });
  return async () => {
    child.stdin.end();
    await ended;
    return JSON.parse(text.slice("ready\n".length)) as Honest;
  };
}

/** The value that a share of the values does not exceed. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}
