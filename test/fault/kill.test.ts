import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cli, type Finished, finished, scratchFolders, startCli } from "../support/cli";

/** `kill -9` of the process at random moments of a run: each time it goes on, to the same artefacts. */
jest.setTimeout(600_000);

const kills = 30;
const project = scratchFolders()();
const args = (state: string, ...more: string[]) => ["run", "tiny", "--json", "--state", state, ...more];

beforeAll(async () => {
  writeFileSync(join(project, "customers.csv"), customers(400));
  mkdirSync(join(project, "pipelines"));
  const made = await cli(
    [
      "init",
      "--data",
      "customers.csv",
      "--target",
      "churn",
      "--positive",
      "yes",
      "--id",
      "customer",
      "--name",
      "tiny",
      "--trials",
      "3",
    ],
    { cwd: project },
  );
  expect({ code: made.code, stderr: made.code === 0 ? "" : made.stderr }).toEqual({ code: 0, stderr: "" });
});

test("a run that was killed before it had made anything has nothing to resume, and says so", async () => {
  const { code, json } = await cli(args(join(project, "nothing"), "--resume"), { cwd: project });
  expect({ code, ...json<object>() }).toMatchObject({ code: 2, error: { code: "nothing_to_resume" } });
});

test(`${kills} kills, each run resumed to the same digests`, async () => {
  const undisturbed = join(project, "undisturbed");
  const started = Date.now();
  const reference = await cli(args(undisturbed), { cwd: project });
  expect({ code: reference.code, stderr: reference.code === 0 ? "" : reference.stderr }).toEqual({
    code: 0,
    stderr: "",
  });
  const duration = Date.now() - started;
  const digest = await manifest(undisturbed);
  const random = mulberry32(20_261_121);
  let killed = 0;
  for (let round = 0; killed < kills; round++) {
    const state = join(project, `state-${round}`);
    let ended = await killedOrEnded(state, [], random() * duration);
    while (ended === undefined) {
      killed += 1;
      ended = await killedOrEnded(state, ["--resume"], killed < kills ? random() * duration : undefined);
      // A kill before the execution existed leaves nothing to resume: the user starts again.
      if (ended?.code === 2) ended = await killedOrEnded(state, [], undefined);
    }
    // With --json the reason of a failure is on stdout.
    expect({ round, code: ended.code, said: ended.code === 0 ? "" : ended.stdout }).toEqual({
      round,
      code: 0,
      said: "",
    });
    expect(await manifest(state)).toBe(digest);
  }
});

/** Runs until the end, or until `afterMs` when it is given: then the process and its children are killed and nothing is returned. */
async function killedOrEnded(
  state: string,
  more: string[],
  afterMs: number | undefined,
): Promise<Finished | undefined> {
  const child = startCli(args(state, ...more), { cwd: project });
  let killedByUs = false;
  const timer =
    afterMs === undefined
      ? undefined
      : setTimeout(() => {
          killedByUs = child.exitCode === null && child.kill("SIGKILL");
        }, afterMs);
  const end = await finished(child);
  clearTimeout(timer);
  return killedByUs && end.code === -1 ? undefined : end;
}

async function manifest(state: string): Promise<string> {
  const shown = await cli(["models", "show", "tiny/1", "--json", "--state", state], { cwd: project });
  expect({ code: shown.code, stderr: shown.code === 0 ? "" : shown.stderr }).toEqual({ code: 0, stderr: "" });
  return shown.json<{ manifestSha256: string }>().manifestSha256;
}

/** Customers whose churn depends on tenure and plan, with noise. */
function customers(rows: number): string {
  const random = mulberry32(7);
  const lines = Array.from({ length: rows }, (_, index) => {
    const tenure = Math.floor(random() * 72);
    const plan = random() < 0.5 ? "basic" : "premium";
    const risk = 0.75 - tenure / 90 + (plan === "basic" ? 0.15 : -0.1);
    return `${1000 + index},${tenure},${plan},${(20 + random() * 80).toFixed(2)},${random() < risk ? "yes" : "no"}`;
  });
  return ["customer,tenure,plan,charge,churn", ...lines].join("\n");
}

/** A small seeded generator, so that a failing round can be run again. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
