import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, scratchFolders, startCli } from "../support/cli";
import { customers, tiny, tinyProduct } from "../support/tiny-product";

/** Versions take each other's place under a served API at a thousand requests a second; a tampered one does not. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
const rows = [
  { tenure: 3, plan: "basic", charge: 42.5 },
  { tenure: 60, plan: "premium", charge: 90 },
];

/** A client that sends so many requests a second, and tells for each second and at the end what came back. */
const load = `
const { Agent, request } = require("node:http");
const [, url, one, many] = process.argv;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const seen = {}, failures = {}, mixed = [];
let sent = 0, answered = 0, running = true;
process.stdin.on("end", () => { running = false; }).resume();
const note = (status, text, batch) => {
  answered += 1;
  if (status !== 200) { failures[status + text.slice(0, 80)] = (failures[status + text.slice(0, 80)] ?? 0) + 1; return; }
  const answer = JSON.parse(text);
  const predictions = batch ? answer.results.map(({ prediction }) => prediction) : [answer];
  const versions = new Set([answer.modelVersion, ...predictions.map(({ modelVersion }) => modelVersion)]);
  if (versions.size !== 1) mixed.push([...versions]);
  for (const [index, { modelVersion, churnProbability, decision }] of predictions.entries()) {
    const key = [modelVersion, index % 2, churnProbability, decision.threshold].join(" ");
    seen[key] = (seen[key] ?? 0) + 1;
  }
};
const ask = (batch) => {
  sent += 1;
  const body = batch ? many : one;
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const call = request(url + (batch ? "/predict/batch" : "/predict"), { method: "POST", agent, headers }, (response) => {
    let text = "";
    response.on("data", (chunk) => { text += chunk; });
    response.on("end", () => note(response.statusCode, text, batch));
  });
  call.on("error", (error) => note(error.code, error.message, batch));
  call.end(body);
};
const started = performance.now();
const timer = setInterval(() => {
  const due = (performance.now() - started) / 1000 * 1000;
  for (let burst = 0; sent < due && burst < 200; burst += 1) ask(sent % 50 === 0);
  if (running) return;
  clearInterval(timer);
  const seconds = (performance.now() - started) / 1000;
  const end = () => answered === sent
    ? (process.stdout.write(JSON.stringify({ sent, seconds, seen, failures, mixed })), agent.destroy())
    : setTimeout(end, 10);
  end();
}, 5);
`;

interface Loaded {
  sent: number;
  seconds: number;
  /** Answers by version, row, probability and threshold. */
  seen: Record<string, number>;
  failures: Record<string, number>;
  mixed: string[][];
}

let client: ChildProcess | undefined;

function startLoad(url: string): () => Promise<Loaded> {
  const many = Array.from({ length: 40 }, (_, index) => rows[index % 2]);
  const child = spawn(process.execPath, ["-e", load, url, JSON.stringify(rows[0]), JSON.stringify(many)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  client = child;
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const ended = once(child, "close");
  return async () => {
    child.stdin.end();
    await ended;
    return JSON.parse(text) as Loaded;
  };
}

test("approving and rejecting versions drops no request and mixes none within an answer; a changed archive stays out", async () => {
  const { folder } = await tinyProduct(newFolder());
  const state = join(folder, "state");
  const here = (...words: string[]) => cli([...words, "--json", "--state", state], { cwd: folder });
  const done = async (...words: string[]) => {
    const { code, stderr } = await here(...words);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  };
  const review = (verb: "approve" | "reject", version: number) =>
    done("models", verb, `${tiny}/${version}`, "--reason", "a test", ...(verb === "approve" ? ["--force"] : []));
  for (const [index, count] of [300, 420, 360].entries()) {
    writeFileSync(join(folder, "customers.csv"), `${customers(count).join("\n")}\n`);
    await done("run", tiny);
    await review("approve", index + 1);
  }
  const second = (await here("models", "show", `${tiny}/2`)).json<{ modelDataUrl: string }>().modelDataUrl;
  const archive = join(state, "objects", second.slice("s3://".length));
  const bytes = readFileSync(archive);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(archive, bytes);

  const server: ChildProcess = startCli(["serve", tiny, "--port", "0", "--json", "--state", state], { cwd: folder });
  let said = "";
  const told = async (text: RegExp, from = 0): Promise<void> => {
    const deadline = Date.now() + 30_000;
    while (said.slice(from).search(text) < 0) {
      if (Date.now() > deadline) throw new Error(`The server did not say ${text}, but: ${said.slice(from)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on("data", (chunk) => {
      said += chunk;
    });
  }
  try {
    await told(/Ctrl-C ends it/);
    const url = /"url": "([^"]+)"/.exec(said)?.[1] ?? "";
    const end = startLoad(url);
    for (const { verb, version, tells } of [
      { verb: "reject", version: 3, tells: /tiny\/3 stays: / },
      { verb: "reject", version: 2, tells: /tiny\/1 answers now/ },
      { verb: "approve", version: 3, tells: /tiny\/3 answers now/ },
    ] as const) {
      const from = said.length;
      await review(verb, version);
      await told(tells, from);
    }
    const { sent, seconds, seen, failures, mixed } = await end();
    expect({ failures, mixed }).toEqual({ failures: {}, mixed: [] });
    expect(sent / seconds).toBeGreaterThan(900);
    // Each version gives each of the two customers one probability, at its own threshold.
    const kinds = Object.keys(seen).map((key) => key.split(" "));
    expect(kinds.map(([version, row]) => `${version} ${row}`).sort()).toEqual(["1 0", "1 1", "3 0", "3 1"]);
    expect(new Set(kinds.map(([, , probability]) => probability)).size).toBe(4);
  } finally {
    client?.kill();
    server.kill("SIGINT");
    if (server.exitCode === null) await once(server, "close");
  }
});
