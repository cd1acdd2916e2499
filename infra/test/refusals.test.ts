import { EnvironmentError } from "@sagewright/sagemaker";
import { App } from "aws-cdk-lib";
import prod from "../../config/prod";
import { addStacks } from "../lib/environment-stacks";
import type { ServedProduct } from "../lib/product";

/**
 * What a deployment would fail on, or an auditor, ends the synthesis before there is a construct: path, value received, rule. An
 * environment is read again when its stacks are made, so that one which got past `defineEnvironment` is refused as well.
 */
const alerts = (prod as unknown as { alerts: { targets: object; routes: object } }).alerts;
const serving = prod.serving;
const endpoint = { ...serving, autoscaling: undefined, capture: undefined };
const serverless = { mode: "serverless", endpoint: undefined, lambda: serving.lambda, api: serving.api };

test.each([
  [
    "t2 with autoscaling",
    { serving: { ...serving, instanceType: "ml.t2.medium" } },
    "serving.instanceType",
    "ml.t2.medium",
    /autoscal/,
  ],
  [
    "t3 with autoscaling",
    { serving: { ...serving, instanceType: "ml.t3.large" } },
    "serving.instanceType",
    "ml.t3.large",
    /autoscal/,
  ],
  ["a canary with one instance", { serving: { ...endpoint, instances: 1 } }, "serving.instances", "1", /canary/],
  [
    "serverless with capture",
    { serving: { ...serverless, capture: { share: 1 } } },
    "serving.capture",
    "",
    /serverless inference takes no data capture.*serving\.lambda\.capture/,
  ],
  [
    "capture of the function where the mode has its own field",
    { serving: { ...serving, lambda: { ...serving.lambda, capture: { share: 1 } } } },
    "serving.lambda.capture",
    '{"share":1}',
    /belongs to the mode 'serverless'.*serving\.capture/,
  ],
  [
    "serverless in a network",
    { serving: { ...serverless, vpc: { subnets: ["subnet-0a1b2c3d"], securityGroups: ["sg-0a1b2c3d"] } } },
    "serving.vpc",
    "",
    /serverless/,
  ],
  [
    "rolling with several variants",
    { serving: { ...endpoint, update: { type: "rolling" }, variants: [{ name: "A" }, { name: "B" }] } },
    "serving",
    "",
    /rolling/,
  ],
  [
    "a wait for spot that is shorter than the run",
    { training: { spot: true, maximumRuntimeSeconds: 7_200, maximumWaitSeconds: 3_600 } },
    "training.maximumWaitSeconds",
    "3600",
    /less than training\.maximumRuntimeSeconds, 7200/,
  ],
  [
    "records that go before the audit's time is over",
    { retention: { ...prod.retention, auditDays: 30 } },
    "retention.auditDays",
    "30",
    /less than retention\.decisionsExplainableDays, 730/,
  ],
  [
    "models that go before the audit's time is over",
    { retention: { ...prod.retention, modelDays: 30 } },
    "retention.modelDays",
    "30",
    /less than retention\.decisionsExplainableDays, 730/,
  ],
  [
    "a log period that CloudWatch has not",
    { retention: { ...prod.retention, logDays: 13 } },
    "retention.logDays",
    "13",
    /no retention of CloudWatch Logs/,
  ],
  [
    "an alert target without its secret",
    { alerts: { ...alerts, targets: { ...alerts.targets, oncall: { type: "pagerduty" } } } },
    "alerts.targets.oncall.secret",
    "",
    /secret/i,
  ],
  [
    "a secret in the file instead of its name",
    {
      alerts: {
        ...alerts,
        targets: {
          ...alerts.targets,
          team: { type: "slack", secret: "https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXXXXXX" },
        },
      },
    },
    "alerts.targets.team.secret",
    "",
    /Secrets Manager|secret/,
  ],
  ["an account that is none", { account: "12" }, "account", "12", /twelve|12 digits|account/i],
] as const)("%s", (_, wrong, path, received, rule) => {
  const app = new App({ analyticsReporting: false });
  // Nothing of the product is looked at before the environment is right.
  const synthesis = () => addStacks(app, { ...prod, ...wrong } as never, {} as ServedProduct);
  expect(synthesis).toThrow(EnvironmentError);
  const { issues } = refusal(synthesis);
  const said = issues.find((issue) => issue.path.startsWith(path));
  expect(said?.message).toMatch(rule);
  expect(said?.message).toContain(received);
  expect(app.node.children.filter(({ node }) => node.id.startsWith("sagewright"))).toEqual([]);
});

test("several defects are told at once", () => {
  const wrong = { ...prod, retention: { ...prod.retention, auditDays: 30, modelDays: 30 } };
  const { issues } = refusal(() => addStacks(new App(), wrong as never, {} as ServedProduct));
  expect(issues.map(({ path }) => path)).toEqual(["retention.auditDays", "retention.modelDays"]);
});

test("what looks like a secret is not repeated", () => {
  const secret = "https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXXXXXX";
  const wrong = { ...prod, alerts: { ...alerts, targets: { ...alerts.targets, team: { type: "slack", secret } } } };
  expect(refusal(() => addStacks(new App(), wrong as never, {} as ServedProduct)).message).not.toContain("XXXXXXXX");
});

function refusal(work: () => unknown): EnvironmentError {
  try {
    work();
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  throw new Error("Nothing was refused.");
}
