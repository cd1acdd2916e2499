import dev from "../../../../config/dev";
import prod from "../../../../config/prod";
import staging from "../../../../config/staging";
import {
  defineEnvironment,
  EnvironmentError,
  type EnvironmentInput,
  environmentTarget,
  readEnvironment,
} from "../../src/index";

const minimal = {
  name: "test",
  account: "111122223333",
  region: "eu-central-1",
  serving: { mode: "embedded" },
} as const;
const endpoint = { ...minimal, serving: { mode: "endpoint" } } as const;

/** What is refused of an environment, as `path: code`, and the sentences. */
function refused(input: unknown): { issues: string[]; messages: string[] } {
  try {
    readEnvironment(input);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    expect(error.code).toBe("environment_invalid");
    return {
      issues: error.issues.map(({ path, code }) => `${path}: ${code}`),
      messages: error.issues.map(({ message }) => message),
    };
  }
  return { issues: [], messages: [] };
}

function withServing(serving: object): unknown {
  return { ...endpoint, serving: { mode: "endpoint", ...serving } };
}

test.each([dev, staging, prod])(
  "the project's own environment is valid, and reading it again changes nothing",
  (one) => {
    expect(readEnvironment(one)).toEqual(one);
    expect(readEnvironment(JSON.parse(JSON.stringify(one)))).toEqual(JSON.parse(JSON.stringify(one)));
  },
);

test("fresh labelled rows are merged by rules that have defaults", () => {
  const { retraining } = defineEnvironment({ ...minimal, retraining: { fresh: { windowDays: 365 } } });
  expect(retraining?.fresh).toEqual({ windowDays: 365, weight: 1, minimumRows: 200 });
  const half = { fresh: { weight: 0.5 }, budget: { usdPerMonth: 20, usdPerRun: 4.5 } };
  expect(defineEnvironment({ ...minimal, retraining: half }).retraining).toMatchObject(half);
  expect(() => defineEnvironment({ ...minimal, retraining: { fresh: { weight: 0 } } })).toThrow(
    "retraining.fresh.weight",
  );
  expect(defineEnvironment({ ...minimal, retraining: {} }).retraining?.fresh).toEqual({ weight: 1, minimumRows: 200 });
});

test("four fields make an environment; everything else has a default", () => {
  const environment = defineEnvironment(minimal);
  expect(environment.gate).toEqual({ minimumAuc: 0.8, margin: 0.01, significance: 0.05 });
  expect(environment.training).toEqual({ spot: true, onDemandRetry: true });
  expect(environment.serving.lambda).toEqual({
    memoryMb: 512,
    timeoutSeconds: 10,
    shift: { type: "canary", percent: 10, minutes: 5 },
  });
  expect(environment.alerts).toBeUndefined();
});

test("an endpoint by default: two instances, a canary of ten per cent, turned back by errors", () => {
  const { serving } = defineEnvironment(endpoint);
  expect(serving).toMatchObject({
    instanceType: "ml.m5.large",
    instances: 2,
    variants: [{ name: "AllTraffic", weight: 1 }],
    update: { type: "canary", size: { unit: "percent", value: 10 }, waitSeconds: 600, terminationWaitSeconds: 300 },
    rollback: { errorsPerMinute: 5, minutes: 1, alarms: [] },
  });
});

test("names become ARNs of the account, in the region's part of the world", () => {
  expect(environmentTarget(defineEnvironment(minimal))).toEqual({
    account: "111122223333",
    region: "eu-central-1",
    bucket: "sagewright-eu-central-1-111122223333",
    roleArn: "arn:aws:iam::111122223333:role/SagewrightExecution",
  });
  const training = { spot: false, maximumRuntimeSeconds: 1_800 };
  expect(environmentTarget(defineEnvironment({ ...minimal, training })).training).toEqual({
    spot: false,
    maxRuntimeSeconds: 1_800,
  });
  const china = defineEnvironment({ ...minimal, region: "cn-north-1", bucket: "mine", role: "service-role/Jobs" });
  expect(environmentTarget(china)).toMatchObject({
    bucket: "mine",
    roleArn: "arn:aws-cn:iam::111122223333:role/service-role/Jobs",
  });
});

test("every defect of the fields comes at once, each with path, value and rule", () => {
  const { messages } = refused({
    ...minimal,
    account: 111122223333,
    region: "Frankfurt",
    role: "arn:aws:iam::111122223333:role/Jobs",
    gate: { minimumAuc: 80 },
    serving: { mode: "embeded" },
    bugdet: { usdPerMonth: 10 },
    traffic: { predictionsPerMonth: 1.5 },
  });
  expect(messages).toEqual([
    "account: 111122223333 is not a text.",
    "region: 'Frankfurt' is no AWS region. Write one such as eu-central-1.",
    "role: 'arn:aws:iam::111122223333:role/Jobs' is no role's name. Write the name alone, such as SagewrightExecution; its ARN follows from the account.",
    "gate.minimumAuc: 80 is above 1.",
    "serving.mode: 'embeded' is not one of 'endpoint', 'serverless', 'embedded'.",
    "traffic.predictionsPerMonth: 1.5 is not a whole number.",
    "bugdet: there is no such field. Write budget.",
  ]);
});

test("what is missing is named", () => {
  expect(refused({}).messages).toEqual([
    "name is missing.",
    "account is missing.",
    "region is missing.",
    "serving is missing.",
  ]);
  expect(refused(undefined).messages).toEqual(["environment is missing."]);
  expect(refused("prod").messages).toEqual(["environment: 'prod' is not a group of fields."]);
});

test.each([
  ["capture", { share: 1 }, "serverless inference takes no data capture"],
  ["vpc", { subnets: ["subnet-0a1b2c3d"], securityGroups: ["sg-0a1b2c3d"] }, "serverless inference takes no VPC"],
  ["variants", [{ name: "A" }], "serverless inference takes one variant"],
])("serverless with %s is refused with the reason", (field, value, reason) => {
  const { issues, messages } = refused({ ...minimal, serving: { mode: "serverless", [field]: value } });
  expect(issues).toEqual([`serving.${field}: field_of_other_mode`]);
  expect(messages[0]).toContain(reason);
});

const autoscaling = { minimum: 2, maximum: 4, targetInvocationsPerInstance: 600 };

test.each<[string, object, string]>([
  ["t2 with autoscaling", { instanceType: "ml.t2.medium", autoscaling }, "serving.instanceType: burstable_autoscaling"],
  ["t3 with autoscaling", { instanceType: "ml.t3.medium", autoscaling }, "serving.instanceType: burstable_autoscaling"],
  ["a canary of one instance", { instances: 1 }, "serving.instances: canary_needs_two"],
  [
    "linear steps over one instance",
    { instances: 1, update: { type: "linear" } },
    "serving.instances: linear_needs_two",
  ],
  [
    "a canary where autoscaling may leave one",
    { autoscaling: { ...autoscaling, minimum: 1 } },
    "serving.autoscaling.minimum: canary_needs_two",
  ],
  [
    "a canary of more than half",
    { update: { type: "canary", size: { unit: "percent", value: 60 } } },
    "serving.update.size.value: update_size",
  ],
  [
    "a canary of two of three instances",
    { instances: 3, update: { type: "canary", size: { unit: "instances", value: 2 } } },
    "serving.update.size.value: update_size",
  ],
  [
    "linear steps below a tenth",
    { update: { type: "linear", step: { unit: "percent", value: 5 } } },
    "serving.update.step.value: update_size",
  ],
  [
    "rolling with several variants",
    { update: { type: "rolling" }, variants: [{ name: "A" }, { name: "B" }] },
    "serving.update.type: rolling_variants",
  ],
  ["one variant twice", { variants: [{ name: "A" }, { name: "A" }] }, "serving.variants[1].name: variant_twice"],
  ["no traffic", { variants: [{ name: "A", weight: 0 }] }, "serving.variants[0].weight: variants_without_traffic"],
  [
    "waits as long as the update may take",
    { update: { type: "canary", waitSeconds: 3_300, terminationWaitSeconds: 300 } },
    "serving.update.maximumSeconds: update_time",
  ],
  [
    "a maximum below the minimum",
    { autoscaling: { ...autoscaling, maximum: 1 } },
    "serving.autoscaling.maximum: autoscaling_empty",
  ],
  [
    "instances that autoscaling would change at once",
    { instances: 5, autoscaling },
    "serving.instances: instances_outside_autoscaling",
  ],
])("%s is refused", (_, serving, issue) => {
  expect(refused(withServing(serving)).issues).toEqual([issue]);
});

test("an update that is as large as it may be is allowed", () => {
  for (const update of [
    { type: "canary", size: { unit: "instances", value: 1 } },
    { type: "linear", step: { unit: "percent", value: 50 } },
    { type: "rolling", batch: { unit: "percent", value: 5 } },
    { type: "all-at-once" },
  ])
    expect(refused(withServing({ update })).issues).toEqual([]);
  expect(refused(withServing({ instances: 1, update: { type: "all-at-once" } })).issues).toEqual([]);
});

test.each<[string, object, string]>([
  [
    "a wait shorter than the run",
    { training: { maximumRuntimeSeconds: 3_600, maximumWaitSeconds: 1_800 } },
    "training.maximumWaitSeconds: wait_below_runtime",
  ],
  [
    "a wait without spot",
    { training: { spot: false, maximumWaitSeconds: 1_800 } },
    "training.maximumWaitSeconds: wait_without_spot",
  ],
  [
    "decisions whose record is gone",
    { retention: { decisionsExplainableDays: 365, auditDays: 90 } },
    "retention.auditDays: retention_below_audit",
  ],
  [
    "decisions whose model is gone",
    { retention: { decisionsExplainableDays: 365, modelDays: 90 } },
    "retention.modelDays: retention_below_audit",
  ],
  ["a log period that CloudWatch has not", { retention: { logDays: 31 } }, "retention.logDays: field_value"],
  [
    "quiet hours of a place that is no zone",
    { alerts: { targets: {}, routes: {}, quietHours: { from: "22:00", to: "07:00", timezone: "Berlin" } } },
    "alerts.quietHours.timezone: field_value",
  ],
  [
    "a rule for a kind of finding that there is not",
    { alerts: { targets: {}, routes: {}, rules: [{ when: { kind: "drfit" }, severity: "silent" }] } },
    "alerts.rules[0].when.kind: field_value",
  ],
  [
    "run-books at no address",
    { alerts: { targets: {}, routes: {}, runbooks: "docs/runbooks" } },
    "alerts.runbooks: field_value",
  ],
  [
    "a route to nobody",
    { alerts: { targets: { team: { type: "slack", secret: "slack" } }, routes: { critical: ["taem"] } } },
    "alerts.routes.critical[0]: target_unknown",
  ],
  [
    "a target without its secret",
    { alerts: { targets: { team: { type: "slack" } }, routes: {} } },
    "alerts.targets.team.secret: field_missing",
  ],
  ["a tag of AWS's own", { tags: { "aws:x": "1" } }, "tags.aws:x: field_value"],
  [
    "provisioned above reserved",
    { serving: { mode: "embedded", lambda: { provisionedConcurrency: 5, reservedConcurrency: 2 } } },
    "serving.lambda.provisionedConcurrency: provisioned_above_reserved",
  ],
  [
    "more kept warm than there may be",
    { serving: { mode: "serverless", provisionedConcurrency: 5, maximumConcurrency: 2 } },
    "serving.provisionedConcurrency: provisioned_above_maximum",
  ],
  [
    "a key for an instance with disks of its own",
    { kmsKey: "alias/x", serving: { mode: "endpoint", instanceType: "ml.m5d.large" } },
    "serving.instanceType: key_with_own_disk",
  ],
])("%s is refused", (_, changes, issue) => {
  expect(refused({ ...minimal, ...changes }).issues).toEqual([issue]);
});

test("the sentence of a rule names both fields and the way out", () => {
  expect(
    refused({ ...minimal, training: { maximumRuntimeSeconds: 3_600, maximumWaitSeconds: 1_800 } }).messages,
  ).toEqual([
    "training.maximumWaitSeconds: 1800 is less than training.maximumRuntimeSeconds, 3600: waiting includes running. Give at least 3600.",
  ]);
  expect(refused(withServing({ instances: 1 })).messages).toEqual([
    "serving.instances: 1 is too few for serving.update.type 'canary': a part of the fleet is at most half of it. Give at least 2, or use 'all-at-once'.",
  ]);
});

test("a secret in the file is refused and never repeated", () => {
  const key = "AKIAIOSFODNN7EXAMPLE";
  for (const input of [
    { ...minimal, tags: { key } },
    { ...minimal, region: key },
  ]) {
    const { issues, messages } = refused(input);
    expect(issues).toHaveLength(1);
    expect(messages.join()).not.toContain(key);
  }
  expect(refused({ ...minimal, tags: { key } }).messages[0]).toMatch(/^tags\.key: this looks like a secret/);
});

test("what does not fit does not compile either", () => {
  const wrong: EnvironmentInput = {
    ...minimal,
    // @ts-expect-error serverless inference has no capture
    serving: { mode: "serverless", capture: { share: 1 } },
  };
  expect(refused(wrong).issues).toEqual(["serving.capture: field_of_other_mode"]);
});
