import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { cli, type Finished, finished, scratchFolders, startCli } from "../support/cli";
import { type RunDocument, type TinyProduct, tiny, tinyProduct } from "../support/tiny-product";
import { until } from "../support/until";

/** Several processes on one state folder, and processes that are told to end. */
jest.setTimeout(240_000);

const newFolder = scratchFolders();
let product: TinyProduct;
let undisturbed: string;

beforeAll(async () => {
  product = await tinyProduct(newFolder());
  const state = newState();
  expect((await run(state)).code).toBe(0);
  undisturbed = await digest(state);
});

const newState = () => join(newFolder(), "state");
const words = (state: string, more: readonly string[]) => ["run", tiny, "--json", "--state", state, ...more];
const start = (state: string, ...more: string[]) => startCli(words(state, more), { cwd: product.folder });
const run = (state: string, ...more: string[]) => cli(words(state, more), { cwd: product.folder });

async function digest(state: string, version = 1): Promise<string> {
  const shown = await cli(["models", "show", `${tiny}/${version}`, "--json", "--state", state]);
  return shown.json<{ manifestSha256: string }>().manifestSha256;
}

/** Resolves once a command has said something that matches. */
function said(child: ChildProcess, expected: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk) => {
        text += chunk;
        if (expected.test(text)) resolve(text);
      });
    child.once("close", () => reject(new Error(`ended without saying ${expected}:\n${text}`)));
  });
}

/** Processes of a command's group, or that work in the state folder. */
function survivors(group: number, state: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [condition, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (condition === "Z") return false;
        return Number(processGroup) === group || readlinkSync(`/proc/${pid}/cwd`).startsWith(state);
      } catch {
        return false;
      }
    })
    .map((pid) => `${pid} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")}`);
}

async function expectNoSurvivors(child: ChildProcess, state: string): Promise<void> {
  const left = () => survivors(child.pid ?? -1, state);
  // Those that are left when the time is up are named.
  await until(() => left().length === 0).catch(() => undefined);
  expect(left()).toEqual([]);
}

const onLinux = process.platform === "linux" ? describe : describe.skip;

onLinux("a command that is told to end", () => {
  // A search long enough that every moment can be caught.
  let slow: TinyProduct;
  let slowDigest: string;

  beforeAll(async () => {
    slow = await tinyProduct(newFolder(), 300, { trials: 8, fullSize: true });
    const state = newState();
    expect((await cli(words(state, []), { cwd: slow.folder })).code).toBe(0);
    slowDigest = await digest(state);
  });

  const moments: [NodeJS.Signals, string, RegExp][] = [
    ["SIGINT", "while it prepares", /Prepare: running/],
    ["SIGINT", "while it tunes", /Tune: running/],
    ["SIGINT", "between trials", /Tune: [1-6] of 8 trials/],
    ["SIGTERM", "while it tunes", /Tune: running/],
  ];

  test.each(moments)(
    "%s %s: code 130, no process left, and --resume goes on to the same digest",
    async (signal, _, when) => {
      const state = newState();
      const child = startCli(words(state, []), { cwd: slow.folder });
      const end = finished(child);
      await said(child, when);
      child.kill(signal);
      const { code, json } = await end;
      expect({ code, ...json<object>() }).toMatchObject({
        code: 130,
        error: { code: "interrupted", fix: expect.stringMatching(/sagewright run tiny .*--resume$/) },
      });
      await expectNoSurvivors(child, state);
      const resumed = await cli(words(state, ["--resume"]), { cwd: slow.folder });
      expect({ code: resumed.code, ...resumed.json<RunDocument>() }).toMatchObject({ code: 0, gate: "passed" });
      expect(await digest(state)).toBe(slowDigest);
    },
  );

  test("a served model ends with Ctrl-C and leaves nothing behind", async () => {
    const state = newState();
    const child = startCli(["run", tiny, "--serve", "--port", "0", "--state", state], { cwd: product.folder });
    const end = finished(child);
    const text = await said(child, /(http:\/\/127\.0\.0\.1:\d+) answers/);
    const url = /(http:\/\/127\.0\.0\.1:\d+) answers/.exec(text)?.[1] ?? "";

    // A second terminal works beside it.
    const beside = (...more: string[]) => cli([...more, "--state", state], { cwd: product.folder });
    const [runs, models, one] = await Promise.all([
      beside("runs", "list"),
      beside("models", "list"),
      beside("predict", tiny, "--row", '{"tenure":3,"plan":"basic","charge":50}', "--json"),
    ]);
    expect([runs.code, models.code, one.code]).toEqual([0, 0, 0]);
    expect(runs.stdout).toContain("Succeeded");
    expect(models.stdout).toMatch(/tiny\/1 +Approved/);
    const response = await fetch(`${url}/predict`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"tenure":3,"plan":"basic","charge":50}',
    });
    const { churnProbability } = (await response.json()) as { churnProbability: number };
    expect(churnProbability).toBe(one.json<{ prediction: number }>().prediction);

    child.kill("SIGINT");
    expect((await end).code).toBe(0);
    await expectNoSurvivors(child, state);
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe("two runs at once on one state folder", () => {
  const succeeded = (each: Finished) => ({
    code: each.code,
    status: each.json<RunDocument>().status,
    stderr: each.code === 0 ? "" : each.stderr,
  });
  const well = { code: 0, status: "Succeeded", stderr: "" };

  test("both succeed, with versions of their own and the same artefacts", async () => {
    const state = newState();
    const both = await Promise.all([run(state), run(state)]);
    expect(both.map(succeeded)).toEqual([well, well]);
    const packages = both.map((each) => each.json<RunDocument>().modelPackage?.split("/").at(-1)).sort();
    expect(packages).toEqual(["1", "2"]);
    expect(await Promise.all([digest(state, 1), digest(state, 2)])).toEqual([undisturbed, undisturbed]);
  });

  test.each(["SIGINT", "SIGKILL"] as const)(
    "the second goes on when the first, which owns the folder, ends by %s",
    async (signal) => {
      const state = newState();
      const first = start(state);
      const firstEnd = finished(first);
      await said(first, /Prepare: running/);
      const second = start(state);
      const secondEnd = finished(second);
      await said(second, /Prepare: running/);
      first.kill(signal);
      await firstEnd;
      expect(succeeded(await secondEnd)).toEqual(well);
      const resumed = await run(state, "--resume");
      expect(resumed.code).toBe(0);
      const { runs } = (await cli(["runs", "list", "--json", "--state", state])).json<{ runs: { status: string }[] }>();
      expect(runs).toHaveLength(2);
    },
  );
});
