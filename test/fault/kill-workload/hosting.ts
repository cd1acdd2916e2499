import { pause } from "./ledger";
import { modelRequest, variant } from "./registry";
import { type Actor, orNothing, type World } from "./world";

/** The models, configurations and endpoints that are there from the beginning. */
export async function prepareHosting({ clients }: World): Promise<void> {
  for (const name of ["blue", "green"]) {
    await clients.sagemaker.createModel(modelRequest(name));
    await clients.sagemaker.createEndpointConfig({ EndpointConfigName: name, ProductionVariants: [variant(name, 2)] });
  }
  for (const EndpointName of ["steady", "moving"]) {
    await clients.sagemaker.createEndpoint({ EndpointName, EndpointConfigName: "blue" });
  }
  for (const EndpointName of ["steady", "moving"]) {
    while ((await clients.sagemaker.describeEndpoint({ EndpointName })).EndpointStatus === "Creating") await pause(50);
  }
}

/** Endpoints: created, updated to another model in several ways, invoked, deleted. */
export function endpoints(world: World): Actor {
  const { ledger, random } = world;
  const describe = (EndpointName: string) => orNothing(world.clients.sagemaker.describeEndpoint({ EndpointName }));
  const status = (EndpointName: string) => () => describe(EndpointName).then((it) => it?.EndpointStatus);
  const invoke = async (EndpointName: string) => {
    const { Body } = await world.clients.runtime.invokeEndpoint({
      EndpointName,
      ContentType: "text/csv",
      Body: Buffer.from("1"),
    });
    return Buffer.from(Body ?? []).toString();
  };
  const serves = (EndpointName: string, wanted: string) => async () => {
    const config = (await describe(EndpointName))?.EndpointConfigName;
    const answer = await invoke(EndpointName);
    if (config !== wanted || answer !== wanted) {
      throw new Error(`${EndpointName} is on ${config} and answers ${answer}, and not ${wanted}`);
    }
  };
  const update = async () => {
    const EndpointName = "moving";
    await ledger.finish(`endpoint ${EndpointName}`, 30_000);
    const now = await describe(EndpointName);
    if (now?.EndpointStatus !== "InService") return pause(50);
    const wanted = now.EndpointConfigName === "blue" ? "green" : "blue";
    const canary = {
      BlueGreenUpdatePolicy: {
        TrafficRoutingConfiguration: {
          Type: "CANARY" as const,
          CanarySize: { Type: "CAPACITY_PERCENT" as const, Value: 50 },
          WaitIntervalInSeconds: 1,
        },
        TerminationWaitInSeconds: 0,
      },
    };
    const work = { key: `endpoint ${EndpointName}`, status: status(EndpointName), ends: ["InService"] };
    return ledger.begin(
      { ...work, outcome: () => eitherServes(EndpointName, wanted, now.EndpointConfigName ?? "") },
      () =>
        world.clients.sagemaker
          .updateEndpoint({
            EndpointName,
            EndpointConfigName: wanted,
            ...(random() < 0.4 ? { DeploymentConfig: canary } : {}),
          })
          .then(() => ledger.begin({ ...work, outcome: serves(EndpointName, wanted) }, async () => undefined)),
    );
  };
  /** An update that was not acknowledged has happened or has not. */
  const eitherServes = async (name: string, wanted: string, former: string) => {
    const config = (await describe(name))?.EndpointConfigName ?? "";
    if (config !== wanted && config !== former) throw new Error(`${name} is on ${config}`);
    await serves(name, config)();
  };
  const passing = async () => {
    const EndpointName = "passing";
    await ledger.finish(`endpoint ${EndpointName}`, 30_000);
    const now = await describe(EndpointName);
    if (now === undefined) {
      const work = { key: `endpoint ${EndpointName}`, status: status(EndpointName), ends: ["InService"] };
      return ledger.begin({ ...work, outcome: serves(EndpointName, "green") }, () =>
        world.clients.sagemaker.createEndpoint({ EndpointName, EndpointConfigName: "green" }),
      );
    }
    if (now.EndpointStatus !== "InService") return pause(50);
    const gone = async () => (await describe(EndpointName))?.EndpointStatus ?? "Gone";
    return ledger.begin({ key: `endpoint ${EndpointName}`, status: gone, ends: ["Gone", "InService"] }, () =>
      world.clients.sagemaker
        .deleteEndpoint({ EndpointName })
        .then(() =>
          ledger.begin({ key: `endpoint ${EndpointName}`, status: gone, ends: ["Gone"] }, async () => undefined),
        ),
    );
  };
  const ask = async () => {
    const answer = await invoke("steady");
    if (answer !== "blue") throw new Error(`steady answered ${answer}`);
  };
  return { name: "endpoints", step: () => random.one([update, update, passing, ask])() };
}
