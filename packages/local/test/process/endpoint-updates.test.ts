import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DescribeEndpointOutput } from "@aws-sdk/client-sagemaker";
import { createContainerRuntime } from "../../src/jobs/runtime";
import { disk } from "../../src/state/atomic-file";
import { createManualClock, type ManualClock } from "../../src/time/manual-clock";
import { createModel, type HostedCloud, openHosting, pythonAtHand, reached, setAlarm } from "../support/hosted-cloud";

const MINUTE = 60_000;

/** Answers with the name of its model; a body that is a number of seconds is slept over first. */
const named = (name: string) => `
import time
def model_fn(model_dir): return "${name}"
def transform_fn(model, body, content_type, accept):
    if body: time.sleep(float(body))
    return model, "text/plain"
`;

import { temporaryState } from "../support/folder";

const canary = (more: object = {}) => ({
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: "CANARY",
      CanarySize: { Type: "INSTANCE_COUNT", Value: 1 },
      WaitIntervalInSeconds: 1800,
    },
    TerminationWaitInSeconds: 600,
  },
  AutoRollbackConfiguration: { Alarms: [{ AlarmName: "errors" }] },
  ...more,
});

(pythonAtHand() ? describe : describe.skip)("an endpoint that is updated", () => {
  const runtime = createContainerRuntime();
  let state: ReturnType<typeof temporaryState>;
  let clock: ManualClock;
  let cloud: HostedCloud;
  let scarce: string[] = [];
  let full = false;
  const files = {
    ...disk,
    async sync(...args: Parameters<typeof disk.sync>) {
      if (full) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      await disk.sync(...args);
    },
  };
  const faults = {
    lacksCapacity: (operation: string, type?: string) => scarce.includes(`${operation} ${type}`),
    spotInterruption: () => undefined,
  };
  const open = (folder = state.folder) =>
    openHosting(folder, runtime, { timeoutMs: 20_000 }, {}, { clock, faults, files, processesPerVariant: 1 });
  afterAll(() => runtime.close());
  beforeEach(async () => {
    state = temporaryState();
    clock = createManualClock();
    cloud = open();
    for (const name of ["blue", "green"]) await createModel(cloud, name, named(name));
    await configure("c-blue", "blue");
    await configure("c-green", "green");
    await setAlarm(cloud, "errors", "OK");
  });
  afterEach(async () => {
    await cloud.close();
    await state.remove();
  });

  const configure = (name: string, model: string, instances = 4) =>
    cloud.call("CreateEndpointConfig", {
      EndpointConfigName: name,
      ProductionVariants: [
        { VariantName: "AllTraffic", ModelName: model, InstanceType: "ml.m5.large", InitialInstanceCount: instances },
      ],
    });
  const describeEndpoint = (of = cloud): Promise<DescribeEndpointOutput> =>
    of.call("DescribeEndpoint", { EndpointName: "churn" });
  const invoke = async (body = "", more: object = {}, of = cloud): Promise<string> => {
    const request = { EndpointName: "churn", Body: Buffer.from(body), ContentType: "text/csv", ...more };
    return Buffer.from((await of.call<{ Body: Uint8Array }>("InvokeEndpoint", request)).Body).toString();
  };
  const answers = async (count: number, of = cloud): Promise<number> => {
    let green = 0;
    for (let index = 0; index < count; index += 1) if ((await invoke("", {}, of)) === "green") green += 1;
    return green;
  };
  const serve = async () => {
    const inService = reached(cloud, "IN_SERVICE");
    await cloud.call("CreateEndpoint", { EndpointName: "churn", EndpointConfigName: "c-blue" });
    await inService;
  };
  const update = (more: object = {}) =>
    cloud.call("UpdateEndpoint", { EndpointName: "churn", EndpointConfigName: "c-green", ...more });
  const status = async (fleet: "old" | "new" = "new") => {
    const found = await describeEndpoint();
    const variants = fleet === "old" ? found.ProductionVariants : found.PendingDeploymentSummary?.ProductionVariants;
    const variant = variants?.[0] as { VariantStatus?: { Status: string; StatusMessage: string }[] } | undefined;
    return variant?.VariantStatus?.[0]?.StatusMessage;
  };

  it("shows its canary an hour's course in AWS's words, with a quarter of the traffic on it", async () => {
    await serve();
    await update({ DeploymentConfig: canary() });
    await expect(update()).rejects.toThrow(
      'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:000000000000:endpoint/churn".',
    );
    await expect(cloud.call("DeleteEndpoint", { EndpointName: "churn" })).rejects.toThrow("Cannot update in-progress");
    await clock.advance(0);
    expect(await describeEndpoint()).toMatchObject({
      EndpointStatus: "Updating",
      EndpointConfigName: "c-blue",
      ProductionVariants: [{ CurrentInstanceCount: 4, DesiredInstanceCount: 4 }],
      PendingDeploymentSummary: {
        EndpointConfigName: "c-green",
        ProductionVariants: [
          {
            VariantName: "AllTraffic",
            CurrentInstanceCount: 1,
            DesiredInstanceCount: 4,
            VariantStatus: [{ Status: "Baking", StartTime: clock.now() }],
          },
        ],
      },
    });
    expect(await status()).toBe(
      "Baking for 1800 seconds (TerminationWaitInSeconds) with traffic enabled on canary capacity of 1 instance(s).",
    );
    expect(await answers(12)).toBe(3);
    await clock.advance(29 * MINUTE);
    expect(await answers(4)).toBe(1);
    await clock.advance(MINUTE);
    expect(await status()).toBe(
      "Baking for 600 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 4 instance(s).",
    );
    expect(await answers(4)).toBe(4);
    await clock.advance(10 * MINUTE);
    const done = await describeEndpoint();
    expect(done).toMatchObject({ EndpointStatus: "InService", EndpointConfigName: "c-green" });
    expect(done.LastDeploymentConfig).toEqual(canary());
    expect([done.FailureReason, done.PendingDeploymentSummary]).toEqual([undefined, undefined]);
    expect(readdirSync(join(state.folder, "endpoints", "churn", "containers"))).toHaveLength(1);
  });

  it("goes back to the old fleet when an alarm rings, and says which one", async () => {
    await serve();
    await update({ DeploymentConfig: canary() });
    await clock.advance(5 * MINUTE);
    const seen: unknown[] = [];
    cloud.bus.subscribe(({ detail }) => seen.push(detail.EndpointStatus));
    await setAlarm(cloud, "errors", "ALARM");
    await clock.advance(0);
    expect(await describeEndpoint()).toMatchObject({
      EndpointStatus: "InService",
      EndpointConfigName: "c-blue",
      FailureReason: expect.stringContaining("ALARM state during the deployment: errors."),
    });
    expect(seen).toContain("ROLLING_BACK");
    expect(await answers(8)).toBe(0);
    await setAlarm(cloud, "errors", "OK");
    await update({ RetainDeploymentConfig: true });
    await clock.advance(5 * MINUTE);
    expect(await answers(8)).toBe(2);
  });

  it("never shifts more than a canary when the alarm rings already", async () => {
    await serve();
    await setAlarm(cloud, "errors", "ALARM");
    await update({ DeploymentConfig: canary() });
    await clock.advance(0);
    expect(await describeEndpoint()).toMatchObject({ EndpointStatus: "InService", EndpointConfigName: "c-blue" });
  });

  it("rolls batch by batch", async () => {
    await serve();
    const policy = { MaximumBatchSize: { Type: "CAPACITY_PERCENT", Value: 50 }, WaitIntervalInSeconds: 60 };
    await update({ DeploymentConfig: { RollingUpdatePolicy: policy } });
    await clock.advance(0);
    expect(await answers(8)).toBe(4);
    expect((await describeEndpoint()).ProductionVariants?.[0]?.CurrentInstanceCount).toBe(4);
    await clock.advance(MINUTE);
    expect((await describeEndpoint()).ProductionVariants?.[0]?.CurrentInstanceCount).toBe(2);
    expect(await answers(8)).toBe(8);
    await clock.advance(MINUTE);
    expect(await describeEndpoint()).toMatchObject({ EndpointStatus: "InService", EndpointConfigName: "c-green" });
  });

  it("lets requests under way finish on the fleet that took them, updated or deleted", async () => {
    await serve();
    const slow = invoke("0.4");
    const done = reached(cloud, "IN_SERVICE");
    await update();
    await done;
    expect(await invoke()).toBe("green");
    expect(await slow).toBe("blue");
    const last = invoke("0.4");
    await cloud.call("DeleteEndpoint", { EndpointName: "churn" });
    await expect(invoke()).rejects.toThrow("Endpoint churn of account 000000000000 not found.");
    expect(await last).toBe("green");
    await clock.advance(0);
    await expect(describeEndpoint()).rejects.toThrow("Could not find endpoint");
    expect(existsSync(join(state.folder, "endpoints", "churn", "containers"))).toBe(false);
  });

  it("keeps counts and weights of its variants when told to, except those excluded", async () => {
    await serve();
    const wishes = [{ VariantName: "AllTraffic", DesiredInstanceCount: 6, DesiredWeight: 3 }];
    await cloud.call("UpdateEndpointWeightsAndCapacities", {
      EndpointName: "churn",
      DesiredWeightsAndCapacities: wishes,
    });
    expect(await status("old")).toBe("Scaling out desired instance count to 6.");
    await clock.advance(0);
    await update({
      RetainAllVariantProperties: true,
      ExcludeRetainedVariantProperties: [{ VariantPropertyType: "DesiredWeight" }],
    });
    await clock.advance(0);
    expect((await describeEndpoint()).ProductionVariants?.[0]).toMatchObject({
      CurrentInstanceCount: 6,
      CurrentWeight: 1,
    });
    await update();
    await clock.advance(0);
    expect((await describeEndpoint()).ProductionVariants?.[0]?.CurrentInstanceCount).toBe(4);
  });

  it("serves on, here and after a restart, when its model and its configuration are deleted", async () => {
    await serve();
    await cloud.call("DeleteModel", { ModelName: "blue" });
    await cloud.call("DeleteEndpointConfig", { EndpointConfigName: "c-blue" });
    expect(await invoke()).toBe("blue");
    await cloud.close();
    cloud = open();
    await cloud.recover();
    expect(await invoke()).toBe("blue");
  });

  it("stays as it is when there is no capacity for more", async () => {
    await serve();
    scarce = ["UpdateEndpoint ml.m5.large", "UpdateEndpointWeightsAndCapacities ml.m5.large"];
    await update();
    await clock.advance(0);
    const reason = expect.stringContaining("InsufficientInstanceCapacity error");
    expect(await describeEndpoint()).toMatchObject({
      EndpointStatus: "InService",
      EndpointConfigName: "c-blue",
      FailureReason: reason,
    });
    const wishes = [{ VariantName: "AllTraffic", DesiredInstanceCount: 6 }];
    await cloud.call("UpdateEndpointWeightsAndCapacities", {
      EndpointName: "churn",
      DesiredWeightsAndCapacities: wishes,
    });
    await clock.advance(0);
    scarce = [];
    const described = await describeEndpoint();
    expect(described).toMatchObject({ EndpointStatus: "InService", FailureReason: reason });
    expect(described.ProductionVariants?.[0]).toMatchObject({ CurrentInstanceCount: 4, DesiredInstanceCount: 4 });
    expect(await invoke()).toBe("blue");
  });

  it("goes on when a disk that was full has space again, and serves meanwhile", async () => {
    await serve();
    await update({ DeploymentConfig: canary() });
    await clock.advance(0);
    for (const [minutes, serving] of [
      [30, "blue"],
      [10, "green"],
    ] as const) {
      full = true;
      const advanced = clock.advance(minutes * MINUTE);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect([await invoke(), await invoke(), await invoke(), await invoke()]).toContain(serving);
      full = false;
      await advanced;
    }
    expect(await describeEndpoint()).toMatchObject({ EndpointStatus: "InService", EndpointConfigName: "c-green" });
    expect(await answers(4)).toBe(4);
    expect(readdirSync(join(state.folder, "endpoints", "churn", "containers"))).toHaveLength(1);
  });

  it("refuses deployments that AWS's rules exclude", async () => {
    await configure("c-one", "green", 1);
    await serve();
    const routed = (routing: object, more: object = {}) => ({
      BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { WaitIntervalInSeconds: 60, ...routing }, ...more },
    });
    const size = (Type: string, Value: number) => ({ Type, Value });
    const refused: [object, string][] = [
      [{ EndpointConfigName: "c-one", DeploymentConfig: canary() }, "give it at least 2."],
      [
        { DeploymentConfig: routed({ Type: "CANARY", CanarySize: size("INSTANCE_COUNT", 3) }) },
        "CanarySize must be less than or equal to 50% of the variant's total instance count. It is 3 instance(s) of 4 for variant AllTraffic.",
      ],
      [
        { DeploymentConfig: routed({ Type: "LINEAR", LinearStepSize: size("CAPACITY_PERCENT", 5) }) },
        "LinearStepSize must be 10-50% of the variant's total instance count. It is 5% for variant AllTraffic.",
      ],
      [{ DeploymentConfig: routed({ Type: "LINEAR" }) }, "needs LinearStepSize"],
      [
        { DeploymentConfig: routed({ Type: "ALL_AT_ONCE", CanarySize: size("INSTANCE_COUNT", 1) }) },
        "CanarySize can only be given for TrafficRoutingConfiguration of Type CANARY, not ALL_AT_ONCE.",
      ],
      [
        {
          DeploymentConfig: routed(
            { Type: "CANARY", CanarySize: size("INSTANCE_COUNT", 1), WaitIntervalInSeconds: 600 },
            { MaximumExecutionTimeoutInSeconds: 600 },
          ),
        },
        "MaximumExecutionTimeoutInSeconds (600) must be larger than the total waiting time",
      ],
      [
        { DeploymentConfig: { ...canary(), RollingUpdatePolicy: { MaximumBatchSize: size("INSTANCE_COUNT", 1) } } },
        "Only one update policy can be used",
      ],
      [
        { DeploymentConfig: { AutoRollbackConfiguration: { Alarms: [{ AlarmName: "none" }] } } },
        "CloudWatch alarm(s) that do not exist: none",
      ],
      [
        { ExcludeRetainedVariantProperties: [{ VariantPropertyType: "DesiredWeight" }] },
        "only be given when RetainAllVariantProperties is true",
      ],
    ];
    for (const [request, message] of refused) await expect(update(request)).rejects.toThrow(message);
    expect((await describeEndpoint()).EndpointStatus).toBe("InService");
  });

  it("goes on from every state that a killed process can have left, and settles", async () => {
    await serve();
    const record = join(state.folder, "records", "endpoints", "churn.json");
    const states: string[] = [];
    const end = cloud.bus.subscribe(() => {
      // Records are announced when they are on the disk.
      states.push(readFileSync(record, "utf8"));
    });
    await update({ DeploymentConfig: canary() });
    await clock.advance(40 * MINUTE);
    await setAlarm(cloud, "errors", "ALARM");
    await update({ EndpointConfigName: "c-blue", DeploymentConfig: canary() });
    await clock.advance(0);
    const wishes = [{ VariantName: "AllTraffic", DesiredInstanceCount: 6 }];
    await cloud.call("UpdateEndpointWeightsAndCapacities", {
      EndpointName: "churn",
      DesiredWeightsAndCapacities: wishes,
    });
    await clock.advance(0);
    end();
    await setAlarm(cloud, "errors", "OK");
    const unsettled = [...new Set(states)].filter((text) => JSON.parse(text).status !== "InService");
    expect(unsettled.length).toBeGreaterThanOrEqual(8);
    await cloud.close();
    const statuses = new Set<string>();
    for (const [index, text] of unsettled.entries()) {
      const copy = temporaryState();
      cpSync(state.folder, copy.folder, { recursive: true });
      writeFileSync(join(copy.folder, "records", "endpoints", "churn.json"), text);
      statuses.add(JSON.parse(text).status);
      const again = open(copy.folder);
      await again.recover();
      // The endpoint answers at once, whatever the state.
      expect(["blue", "green"]).toContain(await invoke("", {}, again));
      await clock.advance(60 * MINUTE);
      expect([index, (await describeEndpoint(again)).EndpointStatus]).toEqual([index, "InService"]);
      await again.close();
      await copy.remove();
    }
    expect([...statuses].sort()).toEqual(["RollingBack", "Updating"]);
    cloud = open();
  });
});
