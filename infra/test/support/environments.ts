import { type Environment, type EnvironmentInput, readEnvironment } from "@sagewright/sagemaker";
import dev from "../../../config/dev";
import prod from "../../../config/prod";
import staging from "../../../config/staging";

const vpc = {
  subnets: ["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"],
  securityGroups: ["sg-0a1b2c3d4e5f60718"],
};
const lambda = { reservedConcurrency: 50, provisionedConcurrency: 2 };

/** The environments of `config/`, and every other way of serving with every option that changes a template. */
export const everyEnvironment: Readonly<Record<string, Environment>> = {
  dev,
  staging,
  prod,
  embedded: variant(
    "embedded",
    { mode: "embedded", capture: { share: 0.5 }, vpc, lambda, api: { firewall: true } },
    { targets: { inbox: { type: "email", address: "on-call@example.com" } }, routes: { critical: ["inbox"] } },
  ),
  serverless: variant("serverless", {
    mode: "serverless",
    provisionedConcurrency: 1,
    lambda: { ...lambda, capture: { share: 0.1 } },
  }),
  linear: variant("linear", {
    mode: "endpoint",
    instances: 4,
    update: { type: "linear", step: { unit: "percent", value: 25 } },
    autoscaling: { minimum: 2, maximum: 8, targetInvocationsPerInstance: 1_000 },
    capture: {},
    vpc,
    lambda,
    api: { firewall: true },
  }),
  rolling: variant("rolling", {
    mode: "endpoint",
    instances: 3,
    update: { type: "rolling", batch: { unit: "instances", value: 1 } },
    rollback: { alarms: ["somebody-elses"] },
    lambda: { shift: { type: "all-at-once" } },
  }),
};

function variant(
  name: string,
  serving: EnvironmentInput["serving"],
  alerts: EnvironmentInput["alerts"] = prod.alerts,
): Environment {
  return readEnvironment({ ...prod, name, tags: { ...prod.tags, environment: name }, serving, alerts });
}
