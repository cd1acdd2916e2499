import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DescribeEndpointOutput } from "@aws-sdk/client-sagemaker";
import { createContainerRuntime } from "../../src/jobs/runtime";
import { createManualClock, type ManualClock } from "../../src/time/manual-clock";
import { BUCKET, createModel, type HostedCloud, openHosting, pythonAtHand, reached } from "../support/hosted-cloud";

const SCRIPT = `
import os, time
from flask import Response
def model_fn(model_dir): return None
def transform_fn(model, body, content_type, accept):
    if body in ("sleep", "slow pid"): time.sleep(0.2)
    if body in ("pid", "slow pid"): return str(os.getpid()), "text/plain"
    if body == "refuse": return Response("no", status=422, mimetype="text/plain")
    if body == "break": raise RuntimeError("broken")
    return "0.25", "text/csv"
`;

import { temporaryState } from "../support/folder";

(pythonAtHand() ? describe : describe.skip)("what an endpoint does with traffic", () => {
  const runtime = createContainerRuntime();
  let state: ReturnType<typeof temporaryState>;
  let clock: ManualClock;
  let cloud: HostedCloud;
  afterAll(() => runtime.close());
  beforeEach(async () => {
    state = temporaryState();
    clock = createManualClock({ start: new Date("2026-11-21T07:05:03.120Z") });
    cloud = openHosting(state.folder, runtime, { random: () => 0.5 }, {}, { clock, processesPerVariant: 2 });
    await createModel(cloud, "m", SCRIPT);
  });
  afterEach(async () => {
    await cloud.close();
    await state.remove();
  });

  const serve = async (variant: object, more: object = {}) => {
    const ProductionVariants = [{ VariantName: "AllTraffic", ModelName: "m", ...variant }];
    await cloud.call("CreateEndpointConfig", { EndpointConfigName: "c", ProductionVariants, ...more });
    const inService = reached(cloud, "IN_SERVICE");
    await cloud.call("CreateEndpoint", { EndpointName: "churn", EndpointConfigName: "c" });
    await inService;
  };
  const realTime = (instances: number) => ({ InstanceType: "ml.m5.large", InitialInstanceCount: instances });
  const invoke = async (body: string, more: object = {}): Promise<string> => {
    const request = { EndpointName: "churn", Body: Buffer.from(body), ContentType: "text/csv", ...more };
    return Buffer.from((await cloud.call<{ Body: Uint8Array }>("InvokeEndpoint", request)).Body).toString();
  };
  const metric = (name: string, VariantName = "AllTraffic"): { count: number; sum: number } => {
    const dimensions = { EndpointName: "churn", VariantName };
    const from = clock.now().getTime() - 60_000;
    const query = {
      namespace: "AWS/SageMaker",
      name,
      dimensions,
      from,
      to: from + 3_600_000,
      periodMs: 3_600_000,
      origin: from,
    };
    const [bucket] = [...cloud.metrics.buckets(query).values()];
    return { count: bucket?.count ?? 0, sum: bucket?.sum ?? 0 };
  };

  it("counts what SageMaker counts", async () => {
    await serve(realTime(4));
    await invoke("1");
    await expect(invoke("refuse")).rejects.toMatchObject({ code: "ModelError" });
    await expect(invoke("break")).rejects.toMatchObject({ code: "ModelError" });
    expect(metric("Invocations")).toEqual({ count: 3, sum: 3 });
    expect(metric("InvocationsPerInstance")).toEqual({ count: 3, sum: 0.75 });
    expect(metric("Invocation4XXErrors")).toEqual({ count: 3, sum: 1 });
    expect(metric("Invocation5XXErrors")).toEqual({ count: 3, sum: 1 });
    expect(metric("InvocationModelErrors")).toEqual({ count: 3, sum: 2 });
    expect(metric("ModelLatency").sum).toBeGreaterThan(100);
    expect(metric("OverheadLatency").count).toBe(3);
  });

  it("runs several instances as several processes, each with its own log", async () => {
    await serve(realTime(3));
    const pids = await Promise.all([invoke("slow pid"), invoke("slow pid"), invoke("slow pid")]);
    // Three instances are counted; this cloud was told to run two processes a variant.
    expect(new Set(pids).size).toBe(2);
    const logs = readdirSync(join(state.folder, "endpoints", "churn", "logs"));
    expect(logs.sort()).toEqual(["AllTraffic.1.log", "AllTraffic.log"]);
  });

  it("captures requests and answers to S3, off their way", async () => {
    const DataCaptureConfig = {
      EnableCapture: true,
      InitialSamplingPercentage: 100,
      DestinationS3Uri: `s3://${BUCKET}/captured`,
      CaptureOptions: [{ CaptureMode: "Input" }, { CaptureMode: "Output" }],
      CaptureContentTypeHeader: { CsvContentTypes: ["text/csv"] },
    };
    await serve(realTime(1), { DataCaptureConfig });
    const described = await cloud.call<DescribeEndpointOutput>("DescribeEndpoint", { EndpointName: "churn" });
    expect(described.DataCaptureConfig).toEqual({
      EnableCapture: true,
      CaptureStatus: "Started",
      CurrentSamplingPercentage: 100,
      DestinationS3Uri: `s3://${BUCKET}/captured`,
      KmsKeyId: "",
    });
    await invoke("1,2", { InferenceId: "customer-7" });
    await clock.advance(10_000);
    const [entry] = await cloud.objects.list(BUCKET, "captured/churn/AllTraffic/2026/11/21/07/");
    const found = await cloud.objects.get(BUCKET, entry?.key ?? "");
    const record = JSON.parse(readFileSync(found?.file ?? "", "utf8"));
    expect(record).toMatchObject({
      captureData: {
        endpointInput: { observedContentType: "text/csv", mode: "INPUT", data: "1,2", encoding: "CSV" },
        endpointOutput: { mode: "OUTPUT", data: "0.25", encoding: "CSV" },
      },
      eventMetadata: { inferenceId: "customer-7", inferenceTime: "2026-11-21T07:05:03Z" },
      eventVersion: "0",
    });
  });

  it("copies requests to a shadow variant, whose answers nobody gets", async () => {
    await createModel(cloud, "broken", SCRIPT.replace('return "0.25", "text/csv"', "raise RuntimeError('shadow')"));
    const shadow = (InitialVariantWeight: number) => ({
      ShadowProductionVariants: [{ VariantName: "Shadow", ModelName: "broken", ...realTime(1), InitialVariantWeight }],
    });
    await serve(realTime(1), shadow(0.5));
    expect(await cloud.call("DescribeEndpoint", { EndpointName: "churn" })).toMatchObject({
      ProductionVariants: [{ VariantName: "AllTraffic" }],
      ShadowProductionVariants: [{ VariantName: "Shadow", CurrentWeight: 0.5, CurrentInstanceCount: 1 }],
    });
    for (let index = 0; index < 8; index += 1) expect(await invoke("1")).toBe("0.25");
    await clock.advance(0);
    expect(metric("Invocations")).toEqual({ count: 8, sum: 8 });
    expect(metric("Invocations", "Shadow")).toEqual({ count: 4, sum: 4 });
    expect(metric("Invocation5XXErrors", "Shadow")).toEqual({ count: 4, sum: 4 });
    await expect(
      cloud.call("CreateEndpointConfig", {
        EndpointConfigName: "two",
        ProductionVariants: ["a", "b"].map((VariantName) => ({ VariantName, ModelName: "m", ...realTime(1) })),
        ...shadow(1),
      }),
    ).rejects.toThrow("there are 2 and 1.");
  });

  it("scales a serverless endpoint to zero, starts it cold, and throttles beyond its concurrency", async () => {
    await serve({ ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 1 } });
    const described = await cloud.call<DescribeEndpointOutput>("DescribeEndpoint", { EndpointName: "churn" });
    expect(described.ProductionVariants?.[0]).toMatchObject({
      CurrentServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 1 },
    });
    expect(described.ProductionVariants?.[0]?.CurrentInstanceCount).toBeUndefined();
    const first = await invoke("pid");
    expect(await invoke("pid")).toBe(first);
    await clock.advance(11 * 60_000);
    expect(() => process.kill(Number(first), 0)).toThrow("ESRCH");
    expect(await invoke("pid")).not.toBe(first);
    expect(metric("ModelSetupTime").count).toBe(1);
    const slow = invoke("sleep");
    await expect(invoke("1")).rejects.toMatchObject({ code: "ThrottlingException", message: "Rate exceeded" });
    expect(await slow).toBe("0.25");
    await cloud.call("UpdateEndpointWeightsAndCapacities", {
      EndpointName: "churn",
      DesiredWeightsAndCapacities: [{ VariantName: "AllTraffic", ServerlessUpdateConfig: { MaxConcurrency: 2 } }],
    });
    await clock.advance(0);
    expect(await Promise.all([invoke("sleep"), invoke("1")])).toEqual(["0.25", "0.25"]);
    await expect(invoke("x".repeat(4 * 1024 * 1024 + 1))).rejects.toMatchObject({ status: 413 });
  });
});
