import { Agent, request } from "node:http";

/**
 * Sends invocations at a fixed rate, whatever the answers do: `node endpoint-load.mjs URL ENDPOINT RATE SECONDS`.
 * Prints one line of JSON: how many were sent and answered, what failed, latencies, and which model answered how often.
 */
const [url, endpoint, rate, seconds] = process.argv.slice(2);
const total = Number(rate) * Number(seconds);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const target = new URL(`/endpoints/${endpoint}/invocations`, url);
const latencies = [];
const models = {};
const failures = [];
let sent = 0;
let done = 0;

function invoke() {
  const began = performance.now();
  const finish = (failure, body) => {
    done += 1;
    latencies.push(performance.now() - began);
    if (failure === undefined) models[body] = (models[body] ?? 0) + 1;
    else if (failures.push(failure) <= 3) process.stderr.write(`${failure}\n`);
    if (done === total) report();
  };
  const headers = {
    "content-type": "text/csv",
    "content-length": 5,
    // Which service a request is for stands in its signature.
    authorization:
      "AWS4-HMAC-SHA256 Credential=x/20261121/us-east-1/sagemaker/aws4_request, SignedHeaders=host, Signature=x",
  };
  const outgoing = request(target, { agent, method: "POST", headers }, (incoming) => {
    const chunks = [];
    incoming.on("data", (chunk) => chunks.push(chunk));
    incoming.on("error", (error) => finish(error.message));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      finish(incoming.statusCode === 200 ? undefined : `${incoming.statusCode} ${body.slice(0, 300)}`, body);
    });
  });
  let idleMs = 0;
  outgoing.on("socket", (socket) => {
    idleMs = socket.lastUsed === undefined ? 0 : performance.now() - socket.lastUsed;
    socket.lastUsed = performance.now();
  });
  outgoing.on("close", () => {
    if (outgoing.socket) outgoing.socket.lastUsed = performance.now();
  });
  outgoing.on("error", (error) => {
    finish(
      `${error.message} on a ${outgoing.reusedSocket ? "kept" : "new"} connection, idle for ${idleMs.toFixed(0)} ms`,
    );
  });
  outgoing.end("1,2,3");
}

function report() {
  const sorted = latencies.sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const figures = { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), elapsedSeconds: (performance.now() - start) / 1000 };
  console.log(JSON.stringify({ sent, answered: done - failures.length, failed: failures.length, models, ...figures }));
  agent.destroy();
  clearInterval(timer);
}

const start = performance.now();
const timer = setInterval(() => {
  const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * Number(rate)));
  for (; sent < due; sent += 1) invoke();
}, 2);
