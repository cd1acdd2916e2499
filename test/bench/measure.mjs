import { spawn } from "node:child_process";

/** The middle of several measurements. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Milliseconds that `work` takes. */
export async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Medians of several candidates measured in turn, so that a slow moment of the machine hits all of them. */
export async function inTurn(rounds, candidates) {
  const times = Object.fromEntries(Object.keys(candidates).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(candidates)) times[name].push(await time(() => work(round)));
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** Runs a program to its end and resolves with its output; anything but exit code 0 throws. */
export function execute(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(stdout) : reject(new Error(`${command} ${args.join(" ")}: exit code ${code}\n${stderr}`)),
    );
  });
}

/** One figure beside its peer or floor. `limit` is what the ratio or the value may be at most (or at least, with `atLeast`). */
export function row(name, { value, unit, peer, peerName, limit, atLeast = false, of = "value", ...given }) {
  const ratio = peer === undefined ? undefined : (given.ratio ?? value / peer);
  const judged = of === "ratio" ? ratio : value;
  const met = limit === undefined ? undefined : atLeast ? judged >= limit : judged <= limit;
  return {
    name,
    value,
    unit,
    ...(peer === undefined ? {} : { peer, peerName, ratio }),
    ...(limit === undefined ? {} : { limit, of, atLeast, met }),
  };
}
