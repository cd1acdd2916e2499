import { join } from "node:path";
import { cli, type Finished, finished, scratchFolders, startCli } from "../support/cli";
import { uniform } from "../support/random";
import { tiny, tinyProduct } from "../support/tiny-product";

/** `kill -9` of the process at random moments of a run: each time it goes on, to the same artefacts. */
jest.setTimeout(600_000);

const kills = 30;
const project = scratchFolders()();
const args = (state: string, ...more: string[]) => ["run", tiny, "--json", "--state", state, ...more];

beforeAll(async () => {
  await tinyProduct(project, 400, { trials: 3, fullSize: true });
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
  const random = uniform(20_261_121);
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
  const shown = await cli(["models", "show", `${tiny}/1`, "--json", "--state", state], { cwd: project });
  expect({ code: shown.code, stderr: shown.code === 0 ? "" : shown.stderr }).toEqual({ code: 0, stderr: "" });
  return shown.json<{ manifestSha256: string }>().manifestSha256;
}
