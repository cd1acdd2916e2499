import { type Environment, readEnvironment } from "@sagewright/sagemaker";
import { type App, Tags } from "aws-cdk-lib";
import type { ServedProduct } from "./product";
import { DataStack } from "./stacks/data-stack";
import { ObservabilityStack } from "./stacks/observability-stack";
import { PipelineStack } from "./stacks/pipeline-stack";
import { ServingStack } from "./stacks/serving-stack";

/** The stacks of one environment. */
export interface EnvironmentStacks {
  readonly data: DataStack;
  readonly training: PipelineStack;
  readonly observability: ObservabilityStack;
  readonly serving: ServingStack;
}

/**
 * Adds the stacks of an environment, each by how long what is in it lives, in the order in which they are deployed.
 *
 * @throws EnvironmentError with every defect of the environment: path, value and rule
 */
export function addStacks(app: App, written: Environment, product: ServedProduct): EnvironmentStacks {
  const environment = readEnvironment(written);
  const { name, account, region, tags } = environment;
  const props = (what: string) => ({
    env: { account, region },
    stackName: `sagewright-${name}-${what}`,
    description: `Sagewright, ${name}: ${what}`,
    // What holds data cannot be destroyed in passing.
    terminationProtection: what === "data" && name !== "dev",
  });
  const id = (what: string) => `sagewright-${name}-${what}`;
  const data = new DataStack(app, id("data"), environment, props("data"));
  const training = new PipelineStack(app, id("pipeline"), { environment, product, data }, props("pipeline"));
  const observability = new ObservabilityStack(
    app,
    id("observability"),
    { environment, product, data, training },
    props("observability"),
  );
  const serving = new ServingStack(
    app,
    id("serving"),
    { environment, product, data, training, alerts: observability.alerts },
    props("serving"),
  );
  for (const stack of [data, training, observability, serving]) {
    for (const [key, value] of Object.entries(tags)) Tags.of(stack).add(key, value);
  }
  return { data, training, observability, serving };
}
