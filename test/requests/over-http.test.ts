import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Cloud, openCloud } from "@sagewright/local";
import { root, scratchFolders, testPython } from "../support/cli";
import { recordedRequests, requestServices } from "../support/requests";

/** What commands do with the embedded cloud in their own process, boto3 can do with it over HTTP. */
jest.setTimeout(120_000);

const newFolder = scratchFolders();
let cloud: Cloud;
let url: string;

beforeAll(async () => {
  cloud = await openCloud({ stateDir: join(newFolder(), "state") });
  ({ url } = await cloud.listen());
});
afterAll(() => cloud.close());

interface Request {
  service: string;
  operation: string;
  input: object;
}

/** Sends requests with boto3. @returns what the cloud did not know */
function send(requests: readonly Request[]): Promise<{ complaints: string[]; sent: number }> {
  const child = spawn(testPython, [join(root, "test/support/send-over-http.py"), url], {
    stdio: "pipe",
    env: { ...process.env, AWS_EC2_METADATA_DISABLED: "true" },
  });
  child.stdin.end(requests.map((request) => JSON.stringify(request)).join("\n"));
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("close", (code) => (code === 0 ? resolve(JSON.parse(output)) : reject(new Error(said))));
  });
}

/** Services that only AWS has: stacks, streams and secrets have other ways on a laptop. */
const onlyOnAws = ["cloudformation", "firehose", "secrets-manager"];
/** boto3's names where they are not the packages'. */
const botoNames: Readonly<Record<string, string>> = {
  "application-auto-scaling": "application-autoscaling",
  "cloudwatch-logs": "logs",
  eventbridge: "events",
};

/** Every operation that the sources of the operations, the monitoring, the API and the command line send. */
function operationsInSources(): Request[] {
  const found = new Map<string, Request>();
  for (const room of ["sagemaker", "serving", "monitoring", "cli"]) {
    const folder = join(root, "packages", room, "src");
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts")) continue;
      const text = readFileSync(join(folder, file), "utf8");
      for (const [, names = "", client = ""] of text.matchAll(/\{([^{}]*)\}[^{};]*"@aws-sdk\/client-([a-z0-9-]+)"/g)) {
        if (onlyOnAws.includes(client)) continue;
        for (const [, operation = ""] of names.matchAll(/\b(\w+)Command\b/g)) {
          const service = botoNames[client] ?? client;
          found.set(`${service} ${operation}`, { service, operation, input: {} });
        }
      }
    }
  }
  return [...found.values()];
}

test("what is not emulated is complained of", async () => {
  const { complaints } = await send([{ service: "sagemaker", operation: "CreateNotebookInstance", input: {} }]);
  expect(complaints).toEqual([expect.stringContaining("CreateNotebookInstance is not emulated")]);
});

test("every operation in the sources is one that boto3 gets an answer to", async () => {
  const operations = operationsInSources();
  expect(operations.length).toBeGreaterThan(50);
  expect(await send(operations)).toEqual({ complaints: [], sent: operations.length });
});

test("every kind of request that commands sent in any test, sent by boto3", async () => {
  const folder = process.env.SAGEWRIGHT_RECORD_FOLDER;
  const files = folder === undefined ? [] : readdirSync(folder).map((name) => join(folder, name));
  const kinds = new Map<string, Request>();
  for (const { service, operation, input } of files.flatMap(recordedRequests)) {
    const name = requestServices[service];
    const kind = `${service} ${operation} ${Object.keys(input).sort()}`;
    if (name !== undefined) kinds.set(kind, { service: name, operation, input });
  }
  expect(await send([...kinds.values()])).toEqual({ complaints: [], sent: kinds.size });
});
