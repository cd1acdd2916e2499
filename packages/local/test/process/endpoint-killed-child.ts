import { createContainerRuntime } from "../../src/jobs/runtime";
import { createModel, openHosting, reached } from "../support/hosted-cloud";

const script = (name: string) =>
  `def model_fn(model_dir): return "${name}"\ndef transform_fn(model, body, content_type, accept): return model, "text/plain"\n`;

/** Makes an endpoint in the folder, begins a canary of an hour, says so when it bakes, and is killed. */
async function main(folder: string): Promise<void> {
  const cloud = openHosting(folder, createContainerRuntime(), {}, {}, { processesPerVariant: 1 });
  for (const name of ["blue", "green"]) {
    await createModel(cloud, name, script(name));
    await cloud.call("CreateEndpointConfig", {
      EndpointConfigName: name,
      ProductionVariants: [
        { VariantName: "AllTraffic", ModelName: name, InstanceType: "ml.m5.large", InitialInstanceCount: 2 },
      ],
    });
  }
  const inService = reached(cloud, "IN_SERVICE");
  await cloud.call("CreateEndpoint", { EndpointName: "churn", EndpointConfigName: "blue" });
  await inService;
  cloud.bus.subscribe(({ detail }) => {
    if (JSON.stringify(detail).includes("Baking")) process.stdout.write("baking\n");
  });
  const CanarySize = { Type: "INSTANCE_COUNT", Value: 1 };
  const routing = { Type: "CANARY", CanarySize, WaitIntervalInSeconds: 3600 };
  await cloud.call("UpdateEndpoint", {
    EndpointName: "churn",
    EndpointConfigName: "green",
    DeploymentConfig: { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: routing } },
  });
  setInterval(() => undefined, 1000);
}

main(process.argv[2] as string);
