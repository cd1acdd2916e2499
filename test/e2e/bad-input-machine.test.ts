import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { cli, scratchFolders } from "../support/cli";
import { type ErrorDocument, type TinyProduct, tiny, tinyProduct } from "../support/tiny-product";

/** A machine or a state folder that is not as it should be: named before work begins, and nothing else is touched. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
let product: TinyProduct;

beforeAll(async () => {
  product = await tinyProduct(newFolder());
});

const run = (state: string, env: NodeJS.ProcessEnv = {}, ...more: string[]) =>
  cli(["run", tiny, "--json", "--state", state, ...more], { cwd: product.folder, env });

describe("Python", () => {
  const noPython = (base: string) => ({
    SAGEWRIGHT_PYTHON: "",
    SAGEWRIGHT_BASE_PYTHON: base,
    SAGEWRIGHT_CACHE: newFolder(),
  });

  test("that is missing is asked for before a run begins", async () => {
    const state = join(newFolder(), "state");
    const { code, json } = await run(state, noPython("/nowhere/python3"));
    const { error } = json<ErrorDocument>();
    expect({ code, exitCode: error.exitCode }).toEqual({ code: 5, exitCode: 5 });
    expect(`${error.message} ${error.fix}`).toMatch(/No Python from 3\.11 .*Install Python 3\.12/);
    expect(existsSync(state)).toBe(false);
  });

  test("that is too old is named with its version", async () => {
    const old = join(newFolder(), "python3");
    // Says of itself what Python 3.9 would.
    writeFileSync(old, `#!/bin/sh\necho '["${old}", "3.9.2"]'\n`);
    chmodSync(old, 0o755);
    const { code, json } = await run(join(newFolder(), "state"), noPython(old));
    expect(code).toBe(5);
    const { message, why } = json<ErrorDocument>().error;
    expect(`${message}. ${why}`).toContain(`Found: ${old}: Python 3.9.2`);
  });

  test("that is no Python at all is named", async () => {
    const other = join(newFolder(), "python3");
    writeFileSync(other, "#!/bin/sh\necho hello\n");
    chmodSync(other, 0o755);
    const { code, json } = await run(join(newFolder(), "state"), noPython(other));
    expect({ code, error: json<ErrorDocument>().error.code }).toEqual({ code: 5, error: "no_python" });
  });

  test("that was named but does not run, or lacks scikit-learn, is refused", async () => {
    const { code, json } = await run(join(newFolder(), "state"), { SAGEWRIGHT_PYTHON: "/nowhere/python3" });
    expect({ code, error: json<ErrorDocument>().error.code }).toEqual({ code: 5, error: "no_python" });
  });
});

describe("a port that is taken", () => {
  let taken: Server;
  let port: string;

  beforeAll(async () => {
    taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    port = String((taken.address() as { port: number }).port);
  });

  afterAll(() => taken.close());

  test("is refused before a run starts", async () => {
    const state = join(newFolder(), "state");
    const { code, json } = await run(state, {}, "--serve", "--port", port);
    expect({ code, error: json<ErrorDocument>().error.code }).toEqual({ code: 5, error: "port_taken" });
    expect(existsSync(state)).toBe(false);
  });

  test("is refused by the cloud", async () => {
    const { code, json } = await cli(["cloud", "--port", port, "--json", "--state", join(newFolder(), "state")]);
    expect({ code, error: json<ErrorDocument>().error.code }).toEqual({ code: 5, error: "port_taken" });
  });
});

describe("a state folder", () => {
  let state: string;

  beforeEach(async () => {
    state = join(newFolder(), "state");
    mkdirSync(state);
    // Opening it as an owner makes it whole.
    expect((await cli(["runs", "list", "--state", state])).code).toBe(0);
  });

  test("of a newer version is left alone", async () => {
    const version = join(state, "VERSION");
    const newer = readFileSync(version, "utf8").replace(/"format":\s*\d+/, '"format": 99');
    writeFileSync(version, newer);
    const { code, json } = await run(state);
    const { error } = json<ErrorDocument>();
    expect({ code, error: error.code }).toEqual({ code: 5, error: "state_newer" });
    expect(error.message).toContain("format 99");
    expect(readFileSync(version, "utf8")).toBe(newer);
    expect((await cli(["doctor", "--state", state])).code).toBe(5);
  });

  test("with an unreadable version is left alone", async () => {
    writeFileSync(join(state, "VERSION"), "garbage");
    const { code, json } = await run(state);
    expect({ code, error: json<ErrorDocument>().error.code }).toEqual({ code: 5, error: "state_version_unreadable" });
    expect(readFileSync(join(state, "VERSION"), "utf8")).toBe("garbage");
  });

  test("with a corrupted record names it, moves it aside with its bytes, and works on", async () => {
    const records = join(state, "records", "pipelines");
    mkdirSync(records, { recursive: true });
    writeFileSync(join(records, "lost.json"), '{"half');
    const { code, stderr } = await cli(["runs", "list", "--state", state]);
    expect(code).toBe(0);
    const moved =
      /^! (\S+lost\.json) cannot be read \(.+\)\. It was moved to (\S+lost\.json); nothing else was touched\.$/m.exec(
        stderr,
      );
    expect(moved?.[1]).toBe(join(records, "lost.json"));
    expect(readFileSync(moved?.[2] ?? "", "utf8")).toBe('{"half');
    expect(existsSync(join(records, "lost.json"))).toBe(false);
  });

  test("with a damaged journal keeps its readable lines, moves the whole aside, and says so", async () => {
    expect((await run(state)).code).toBe(0);
    const [id = ""] = readdirSync(join(state, "executions"));
    const journal = join(state, "executions", id, "journal.jsonl");
    const damaged = readFileSync(journal, "utf8")
      .split("\n")
      .map((line, index) => (index === 2 ? "xx" : line))
      .join("\n");
    writeFileSync(journal, damaged);
    const { code, stderr } = await cli(["runs", "show", id, "--state", state]);
    expect(code).toBe(0);
    const moved = /^! (\S+journal\.jsonl) cannot be read \(line 3 is not JSON; .+\)\. It was moved to (\S+);/m.exec(
      stderr,
    );
    expect(moved?.[1]).toBe(journal);
    expect(readFileSync(moved?.[2] ?? "", "utf8")).toBe(damaged);
  });

  test("that is a file is refused", async () => {
    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    const { code, json } = await run(file);
    expect({ code, error: json<ErrorDocument>().error.code }).toEqual({ code: 5, error: "state_not_a_folder" });
  });
});

describe("a disk without space", () => {
  const disk = newFolder();
  const refusal = mounted(disk, "700k");
  afterAll(() => {
    if (refusal === undefined) execFileSync("umount", [disk]);
  });
  const onSmallDisk = refusal === undefined ? test : test.skip;

  onSmallDisk(`ends a run with code 5 and no stack${refusal ?? ""}; with space, the run goes on`, async () => {
    const state = join(disk, "state");
    const { code, stdout, stderr } = await run(state);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/no space/i);
    expect(stdout + stderr).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
    execFileSync("mount", ["-o", "remount,size=100m", disk]);
    expect(readdirSync(state)).toContain("VERSION");
    const resumed = await run(state, {}, "--resume");
    const ended = resumed.code === 2 ? await run(state) : resumed;
    expect({ code: ended.code, stderr: ended.code === 0 ? "" : ended.stderr }).toEqual({ code: 0, stderr: "" });
  });
});

/** Mounts a small disk. @returns why not, or undefined when it is there */
function mounted(folder: string, size: string): string | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder], { stdio: "pipe" });
    return undefined;
  } catch {
    return " (skipped: mounting a small disk needs root on Linux)";
  }
}
