import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3 } from "@aws-sdk/client-s3";
import { openCloud } from "@sagewright/local";
import { bundleMonitoringLambda, type MonitoringLambda } from "@sagewright/monitoring";

const scratch: string[] = [];
afterAll(() => {
  for (const folder of scratch) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the tests. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sagewright-monitoring-"));
  scratch.push(folder);
  return folder;
}

/** The embedded cloud on a port, as functions reach it. */
export async function openAws() {
  const cloud = await openCloud({ stateDir: join(newFolder(), "state") });
  const { url } = await cloud.listen({ host: "127.0.0.1", port: 0 });
  return {
    cloud,
    s3: new S3(cloud.clientConfig()),
    bucket: `sagewright-${cloud.region}-${cloud.accountId}`,
    variables: { AWS_ENDPOINT_URL: url, AWS_REGION: cloud.region, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" },
    close: () => cloud.close(),
  };
}

/** Secrets Manager, which the embedded cloud has not: GetSecretValue in its own protocol. */
export async function openSecrets(secrets: Readonly<Record<string, string>>) {
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const value = secrets[(JSON.parse(text) as { SecretId: string }).SecretId];
    const known = request.headers["x-amz-target"] === "secretsmanager.GetSecretValue" && value !== undefined;
    response.writeHead(known ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(known ? { SecretString: value } : { __type: "ResourceNotFoundException" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** The bundle of a function, made once. */
export function bundled(name: MonitoringLambda): { file: string; bytes: number } {
  return bundleMonitoringLambda(name, newFolder());
}

const PROGRAM = `
  const [code, ...events] = JSON.parse(process.argv[1]);
  const { handler } = require(code);
  (async () => {
    const answers = [];
    for (const event of events) answers.push((await handler(event, { getRemainingTimeInMillis: () => 600000 })) ?? null);
    process.stdout.write("\\n=" + JSON.stringify(answers));
  })().catch((error) => { process.stderr.write(String(error && error.message)); process.exit(1); });`;

/** What a function gave back, and the lines of its log. */
export interface Invoked {
  readonly answers: readonly unknown[];
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** What it threw. @default absent where it did not */
  readonly error?: string;
}

/** Gives events to a bundle in a process of its own, which has nothing but `variables` in its environment. */
export function invoke(file: string, variables: NodeJS.ProcessEnv, events: readonly object[]): Promise<Invoked> {
  const child = spawn(process.execPath, ["-e", PROGRAM, JSON.stringify([file, ...events])], {
    env: { ...variables, NODE_NO_WARNINGS: "1" },
  });
  let [out, error] = ["", ""];
  child.stdout.on("data", (part) => {
    out += part;
  });
  child.stderr.on("data", (part) => {
    error += part;
  });
  return new Promise((resolve) => {
    child.once("close", (code) => {
      const [log = "", answers = "[]"] = out.split("\n=");
      const lines = log
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
      resolve({ answers: JSON.parse(answers), lines, ...(code === 0 ? {} : { error }) });
    });
  });
}
