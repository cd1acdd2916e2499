import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { uniform } from "../../../../test/support/random";
import { scratchFolder } from "../support/fake-cloud";

jest.setTimeout(120_000);

/** Kills at least; a run that ends is followed by another until these have been spent. */
const wanted = 32;
const root = scratchFolder();
const hook = join(__dirname, "../support/register-typescript.cjs");
const child = join(__dirname, "kill-child.ts");

interface Summary {
  status: string;
  steps: string[];
  jobs: number;
  packages: number[];
  operations: number;
}

/** What the child printed; undefined when it killed itself. */
function runChild(folder: string, killAt: number): Summary | undefined {
  const ended = spawnSync(process.execPath, ["-r", hook, child, folder, String(killAt)], {
    env: process.env,
    encoding: "utf8",
    timeout: 30_000,
  });
  if (ended.signal === "SIGKILL" && killAt > 0) return undefined;
  expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(ended.stdout) as Summary;
}

const outcome = ({ operations: _, ...rest }: Summary) => rest;

test(`${wanted} kills in the middle of executions, each gone on with to the same end`, () => {
  const undisturbed = runChild(join(root, "undisturbed"), 0);
  if (!undisturbed) throw new Error("The undisturbed run did not end.");
  expect(outcome(undisturbed)).toEqual({
    status: "Succeeded",
    steps: [
      "Prepare succeeded 1",
      "TrainA succeeded 1",
      "TrainB succeeded 1",
      "TrainC succeeded 1",
      "Evaluate succeeded 1",
      "Gate succeeded 0",
      "Register succeeded 1",
      "Notify succeeded 1",
      "TooWeak skipped 0",
    ].sort((a, b) => undisturbed.steps.indexOf(a) - undisturbed.steps.indexOf(b)),
    jobs: 6,
    packages: [1],
  });
  const random = uniform(20_261_121);
  let kills = 0;
  for (let round = 0; kills < wanted; round += 1) {
    const folder = join(root, `round-${round}`);
    let ended: Summary | undefined;
    while (!ended) {
      // Half of the kills hit early, where an execution is only just begun or gone on with.
      const reach = random() < 0.5 ? 30 : undisturbed.operations;
      const killAt = kills < wanted ? 1 + Math.floor(random() * reach) : 0;
      ended = runChild(folder, killAt);
      if (!ended) kills += 1;
    }
    expect({ round, ...outcome(ended) }).toEqual({ round, ...outcome(undisturbed) });
    if (existsSync(folder)) rmSync(folder, { recursive: true });
  }
  expect(kills).toBeGreaterThanOrEqual(wanted);
});
