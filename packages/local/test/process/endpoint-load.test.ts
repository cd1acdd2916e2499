import { until } from "../../../../test/support/until";
import { createContainerRuntime } from "../../src/jobs/runtime";
import { temporaryState } from "../support/folder";
import { createModel, type HostedCloud, openHosting, pythonAtHand, reached, setAlarm } from "../support/hosted-cloud";

const RATE = 200;
const SECONDS = 3;

const named = (name: string) =>
  `def model_fn(model_dir): return "${name}"\ndef transform_fn(model, body, content_type, accept): return model, "text/plain"\n`;

const CANARY = {
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: {
      Type: "CANARY",
      CanarySize: { Type: "CAPACITY_PERCENT", Value: 25 },
      WaitIntervalInSeconds: 1,
    },
  },
  AutoRollbackConfiguration: { Alarms: [{ AlarmName: "errors" }] },
};

// The full size, two minutes each over HTTP, is `npm run bench -- endpoint-updates`.
(pythonAtHand() ? describe : describe.skip)("an endpoint under 200 invocations a second", () => {
  const runtime = createContainerRuntime();
  const state = temporaryState();
  let cloud: HostedCloud;
  beforeAll(async () => {
    cloud = openHosting(state.folder, runtime);
    for (const name of ["blue", "green"]) {
      await createModel(cloud, name, named(name));
      await cloud.call("CreateEndpointConfig", {
        EndpointConfigName: name,
        ProductionVariants: [
          { VariantName: "AllTraffic", ModelName: name, InstanceType: "ml.m5.large", InitialInstanceCount: 4 },
        ],
      });
    }
    const inService = reached(cloud, "IN_SERVICE");
    await cloud.call("CreateEndpoint", { EndpointName: "churn", EndpointConfigName: "blue" });
    await inService;
  });
  afterAll(async () => {
    await cloud.close();
    await runtime.close();
    await state.remove();
  });

  /** Sends at a fixed rate, whatever the answers do, and counts them by model. @returns what failed */
  async function load(answers: Record<string, number>, isOver: () => boolean): Promise<string[]> {
    const failures: string[] = [];
    const pending: Promise<void>[] = [];
    const request = { EndpointName: "churn", ContentType: "text/csv" };
    const invoke = async () => {
      try {
        const body = { ...request, Body: Buffer.from("1,2,3") };
        const model = Buffer.from((await cloud.call<{ Body: Uint8Array }>("InvokeEndpoint", body)).Body).toString();
        answers[model] = (answers[model] ?? 0) + 1;
      } catch (error) {
        failures.push(String(error));
      }
    };
    const began = performance.now();
    while (performance.now() - began < SECONDS * 1000 || !isOver()) {
      const due = ((performance.now() - began) / 1000) * RATE;
      while (pending.length < due) pending.push(invoke());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(pending);
    return failures;
  }

  it.each([
    ["all at once", "green", undefined],
    ["by canary", "blue", CANARY],
    ["rolled back by an alarm", "green", CANARY],
  ])(
    "fails none when it is updated %s",
    async (way, EndpointConfigName, DeploymentConfig) => {
      await setAlarm(cloud, "errors", "OK");
      let over = false;
      const answers: Record<string, number> = {};
      const loading = load(answers, () => over);
      const settled = reached(cloud, "IN_SERVICE");
      await cloud.call("UpdateEndpoint", { EndpointName: "churn", EndpointConfigName, DeploymentConfig });
      if (way.startsWith("rolled")) {
        await until(() => answers.green !== undefined);
        await setAlarm(cloud, "errors", "ALARM");
      }
      await settled;
      over = true;
      expect(await loading).toEqual([]);
      expect(Object.keys(answers).sort()).toEqual(["blue", "green"]);
      const [{ EndpointConfigName: serving } = {}] = [
        await cloud.call<{ EndpointConfigName?: string }>("DescribeEndpoint", { EndpointName: "churn" }),
      ];
      expect(serving).toBe(way.startsWith("rolled") ? "blue" : EndpointConfigName);
    },
    60_000,
  );
});
