import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { DescribeEndpointOutput } from "@aws-sdk/client-sagemaker";
import { until } from "../../../../test/support/until";
import { createContainerRuntime } from "../../src/jobs/runtime";
import { temporaryState } from "../support/folder";
import {
  createConfig,
  createModel,
  type HostedCloud,
  openHosting,
  pythonAtHand,
  reached,
} from "../support/hosted-cloud";

const ECHO = `
import json, os
def model_fn(model_dir):
    return int(open(os.path.join(model_dir, "weight.txt")).read())
def input_fn(body, content_type):
    return json.loads(body)
def predict_fn(data, model):
    return [value * model for value in data]
def output_fn(prediction, accept):
    return json.dumps({"values": prediction}), accept
`;
/** Answers with the name of its model, so that a test sees which one answered. */
const named = (name: string) => `
def model_fn(model_dir): return "${name}"
def transform_fn(model, body, content_type, accept): return model, "text/plain"
`;

interface Answer {
  Body: Uint8Array;
  ContentType: string;
  InvokedProductionVariant: string;
  CustomAttributes?: string;
}

const invoke = (cloud: HostedCloud, body: string, more: object = {}): Promise<Answer> =>
  cloud.call("InvokeEndpoint", {
    EndpointName: "churn",
    Body: Buffer.from(body),
    ContentType: "application/json",
    Accept: "application/json",
    ...more,
  });
const text = ({ Body }: Answer): string => Buffer.from(Body).toString("utf8");
const describeEndpoint = (cloud: HostedCloud): Promise<DescribeEndpointOutput> =>
  cloud.call("DescribeEndpoint", { EndpointName: "churn" });

async function serve(cloud: HostedCloud, config = "c1"): Promise<void> {
  const inService = reached(cloud, "IN_SERVICE");
  await cloud.call("CreateEndpoint", { EndpointName: "churn", EndpointConfigName: config });
  await inService;
}

(pythonAtHand() ? describe : describe.skip)("an endpoint", () => {
  let state: ReturnType<typeof temporaryState>;
  let cloud: HostedCloud;
  // One warm parent for all tests: its imports take longer than any of them.
  const runtime = createContainerRuntime();
  afterAll(() => runtime.close());
  beforeEach(() => {
    state = temporaryState();
    cloud = openHosting(state.folder, runtime, { timeoutMs: 400 });
  });
  afterEach(async () => {
    await cloud.close();
    await state.remove();
  });

  it("serves inference.py with the model of the archive", async () => {
    await createModel(cloud, "echo", ECHO);
    await createConfig(cloud, "c1", { echo: 1 });
    await serve(cloud);
    expect(await describeEndpoint(cloud)).toMatchObject({
      EndpointStatus: "InService",
      EndpointConfigName: "c1",
      ProductionVariants: [{ VariantName: "v-echo", CurrentWeight: 1, CurrentInstanceCount: 1 }],
    });
    const answer = await invoke(cloud, "[1, 2]", { CustomAttributes: "trace=7" });
    expect(JSON.parse(text(answer))).toEqual({ values: [3, 6] });
    expect(answer).toMatchObject({
      ContentType: "application/json",
      InvokedProductionVariant: "v-echo",
      CustomAttributes: "trace=7",
    });
  });

  it("answers an exception of the script with ModelError, in AWS's words", async () => {
    await createModel(cloud, "echo", ECHO);
    await createConfig(cloud, "c1", { echo: 1 });
    await serve(cloud);
    await expect(invoke(cloud, "no json")).rejects.toMatchObject({
      code: "ModelError",
      status: 424,
      facts: { OriginalStatusCode: 500, OriginalMessage: expect.stringContaining("<h1>Internal Server Error</h1>") },
      message: expect.stringMatching(
        /^Received server error \(500\) from primary with message ".*See https:\/\/us-east-1\.console\.aws\.amazon\.com\/cloudwatch\/home\?region=us-east-1#logEventViewer:group=\/aws\/sagemaker\/Endpoints\/churn in account 000000000000 for more information\.$/s,
      ),
    });
    await logged(cloud, "v-echo", "json.decoder.JSONDecodeError");
  });

  it("passes a Flask response of its own status on as a client error", async () => {
    const script = `
from flask import Response
def model_fn(model_dir): return None
def transform_fn(model, body, content_type, accept):
    return Response('{"code": "below_minimum"}', status=422, mimetype="application/json")
`;
    await createModel(cloud, "strict", script);
    await createConfig(cloud, "c1", { strict: 1 });
    await serve(cloud);
    await expect(invoke(cloud, "[]")).rejects.toMatchObject({
      facts: { OriginalStatusCode: 422, OriginalMessage: '{"code": "below_minimum"}' },
      message: expect.stringContaining("Received client error (422) from primary"),
    });
  });

  it("fails with the reason when the model cannot be loaded, and can then only be deleted", async () => {
    await createModel(cloud, "broken", "def model_fn(model_dir): raise RuntimeError('no weights')\n");
    await createConfig(cloud, "c1", { broken: 1 });
    const failed = reached(cloud, "FAILED");
    await cloud.call("CreateEndpoint", { EndpointName: "churn", EndpointConfigName: "c1" });
    await failed;
    expect(await describeEndpoint(cloud)).toMatchObject({
      EndpointStatus: "Failed",
      FailureReason:
        "The primary container for production variant v-broken did not pass the ping health check. Please check CloudWatch logs for this endpoint.",
    });
    await expect(cloud.call("UpdateEndpoint", { EndpointName: "churn", EndpointConfigName: "c1" })).rejects.toThrow(
      "status Failed",
    );
    await expect(invoke(cloud, "[]")).rejects.toThrow("Endpoint churn of account 000000000000 not found.");
    await logged(cloud, "v-broken", "RuntimeError: no weights");
    await cloud.call("DeleteEndpoint", { EndpointName: "churn" });
  });

  it("moves to a new configuration without dropping a request", async () => {
    await createModel(cloud, "blue", named("blue"));
    await createModel(cloud, "green", named("green"));
    await createConfig(cloud, "c1", { blue: 1 });
    await createConfig(cloud, "c2", { green: 1 });
    await serve(cloud);
    const answers: string[] = [];
    let updating = true;
    const traffic = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (updating || answers.at(-1) !== "green") answers.push(text(await invoke(cloud, "")));
      }),
    );
    const done = reached(cloud, "IN_SERVICE");
    await cloud.call("UpdateEndpoint", { EndpointName: "churn", EndpointConfigName: "c2" });
    expect(await describeEndpoint(cloud)).toMatchObject({
      EndpointStatus: "Updating",
      EndpointConfigName: "c1",
      PendingDeploymentSummary: { EndpointConfigName: "c2" },
    });
    await done;
    updating = false;
    await traffic;
    expect(new Set(answers)).toEqual(new Set(["blue", "green"]));
    expect(answers.slice(answers.lastIndexOf("blue") + 1).every((answer) => answer === "green")).toBe(true);
    expect(await describeEndpoint(cloud)).toMatchObject({ EndpointConfigName: "c2", EndpointStatus: "InService" });
  });

  it("keeps serving the former configuration when an update fails", async () => {
    await createModel(cloud, "blue", named("blue"));
    await createModel(cloud, "broken", "raise RuntimeError('broken')\n");
    await createConfig(cloud, "c1", { blue: 1 });
    await createConfig(cloud, "c2", { broken: 1 });
    await serve(cloud);
    const done = reached(cloud, "IN_SERVICE");
    await cloud.call("UpdateEndpoint", { EndpointName: "churn", EndpointConfigName: "c2" });
    await done;
    expect(await describeEndpoint(cloud)).toMatchObject({
      EndpointStatus: "InService",
      EndpointConfigName: "c1",
      FailureReason: expect.stringContaining("did not pass the ping health check"),
    });
    expect(text(await invoke(cloud, ""))).toBe("blue");
  });

  it("shares traffic by weight, and obeys TargetVariant", async () => {
    await createModel(cloud, "blue", named("blue"));
    await createModel(cloud, "green", named("green"));
    await createConfig(cloud, "c1", { blue: 3, green: 1 });
    await serve(cloud);
    const count = async (requests: number) => {
      let blue = 0;
      for (let index = 0; index < requests; index += 1) if (text(await invoke(cloud, "")) === "blue") blue += 1;
      return blue;
    };
    expect(await count(40)).toBe(30);
    const done = reached(cloud, "IN_SERVICE");
    await cloud.call("UpdateEndpointWeightsAndCapacities", {
      EndpointName: "churn",
      DesiredWeightsAndCapacities: [{ VariantName: "v-green", DesiredWeight: 0 }],
    });
    await done;
    expect(await count(10)).toBe(10);
    expect(text(await invoke(cloud, "", { TargetVariant: "v-green" }))).toBe("green");
    await expect(invoke(cloud, "", { TargetVariant: "v-red" })).rejects.toMatchObject({ code: "ValidationError" });
  });

  it("ends a request that takes too long, and serves the next one", async () => {
    const script = `
import time
def model_fn(model_dir): return None
def transform_fn(model, body, content_type, accept):
    if body == "sleep": time.sleep(60)
    return "awake", "text/plain"
`;
    await createModel(cloud, "sleeper", script);
    await createConfig(cloud, "c1", { sleeper: 1 });
    await serve(cloud);
    await expect(invoke(cloud, "sleep")).rejects.toMatchObject({
      code: "ModelError",
      facts: { OriginalStatusCode: 0, OriginalMessage: expect.stringContaining("Your invocation timed out") },
    });
    expect(text(await invoke(cloud, "other"))).toBe("awake");
  });

  it("is hosted again after the process ended", async () => {
    await createModel(cloud, "echo", ECHO);
    await createConfig(cloud, "c1", { echo: 1 });
    await serve(cloud);
    await cloud.close();
    cloud = openHosting(state.folder, runtime);
    await cloud.recover();
    expect((await describeEndpoint(cloud)).EndpointStatus).toBe("InService");
    expect(JSON.parse(text(await invoke(cloud, "[5]")))).toEqual({ values: [15] });
  });

  it("comes up after a process that died while it was being made, and leaves no container behind", async () => {
    await createModel(cloud, "echo", ECHO);
    await createConfig(cloud, "c1", { echo: 1 });
    await cloud.call("CreateEndpoint", { EndpointName: "churn", EndpointConfigName: "c1" });
    await cloud.close();
    const containers = join(state.folder, "endpoints", "churn", "containers");
    mkdirSync(join(containers, "left-over"), { recursive: true });
    cloud = openHosting(state.folder, runtime);
    expect((await describeEndpoint(cloud)).EndpointStatus).toBe("Creating");
    const inService = reached(cloud, "IN_SERVICE");
    await cloud.recover();
    await inService;
    expect(readdirSync(containers)).toHaveLength(1);
    expect(existsSync(join(containers, "left-over"))).toBe(false);
    await cloud.call("DeleteEndpoint", { EndpointName: "churn" });
    await expect(
      (async () => {
        for (;;) {
          await describeEndpoint(cloud);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })(),
    ).rejects.toThrow('Could not find endpoint "arn:aws:sagemaker:us-east-1:000000000000:endpoint/churn".');
    expect(existsSync(containers)).toBe(false);
  });

  it("refuses a body above AWS's limit and an unknown endpoint", async () => {
    const unknown = expect.objectContaining({
      code: "ValidationError",
      message: "Endpoint churn of account 000000000000 not found.",
    });
    await expect(invoke(cloud, "[]")).rejects.toEqual(unknown);
    await createModel(cloud, "echo", ECHO);
    await createConfig(cloud, "c1", { echo: 1 });
    await serve(cloud);
    await expect(invoke(cloud, "x".repeat(6_291_457))).rejects.toMatchObject({ status: 413 });
  });
});

/** Waits until a variant's log holds a text; lines arrive a moment after they are written. */
async function logged(cloud: HostedCloud, variant: string, wanted: string): Promise<void> {
  const stream = `${variant}/i-${createHash("sha256").update(`churn/${variant}`).digest("hex").slice(0, 17)}`;
  const lines = () => cloud.logs.read("/aws/sagemaker/Endpoints/churn", stream) ?? [];
  await until(() => lines().some(({ message }) => message.includes(wanted)));
}
