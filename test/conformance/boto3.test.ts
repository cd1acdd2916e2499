import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cloud, type Listener, openCloud } from "@sagewright/local";

/** A Python that has boto3 in the versions of requirements.txt. */
const python = process.env.SAGEWRIGHT_TEST_PYTHON ?? "python3";
const folder = join(__dirname, "boto3");

let stateDir: string;
let cloud: Cloud;
let listener: Listener;
/** A second process's place at the same folder: it answers by asking the owner. */
let follower: Cloud;
let followerListener: Listener;

beforeAll(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "sagewright-boto3-"));
  cloud = await openCloud({ stateDir });
  listener = await cloud.listen();
  follower = await openCloud({ stateDir });
  followerListener = await follower.listen();
});

afterAll(async () => {
  await follower.close();
  await cloud.close();
  rmSync(stateDir, { recursive: true, force: true });
});

/** Runs one Python test module against the cloud; gives its exit code and what it said. */
function run(module: string, endpoint: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ["-m", "unittest", "-v", module], {
      cwd: folder,
      env: {
        ...process.env,
        SAGEWRIGHT_ENDPOINT: endpoint,
        PYTHONDONTWRITEBYTECODE: "1",
        AWS_EC2_METADATA_DISABLED: "true",
      },
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

async function passes(module: string, endpoint: string): Promise<void> {
  const { code, output } = await run(module, endpoint);
  // The whole report is the message of a failure.
  expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
  expect(output).toMatch(/Ran \d+ tests/);
}

jest.setTimeout(120_000);

describe("boto3 against the embedded cloud", () => {
  test.each([
    "test_s3",
    "test_logs_sts",
    "test_lambda",
    "test_cloudwatch",
    "test_messages",
    "test_events",
    "test_sagemaker",
  ])("%s", (module) => passes(module, listener.url));

  test("test_endpoints, on a clock that it advances by hand", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sagewright-boto3-"));
    const still = await openCloud({ stateDir: folder, clock: "manual" });
    try {
      await passes("test_endpoints", (await still.listen()).url);
    } finally {
      await still.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("test_s3 through a cloud that does not own the folder", async () => {
    expect(follower.role).toBe("client");
    await passes("test_s3", followerListener.url);
  });
});
