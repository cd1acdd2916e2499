import { deployWith, plainServing } from "../../src/deploy";
import { deleteEndpoint, invoke } from "../../src/index";
import { readLogsWith } from "../../src/logs";
import { rollbackWith } from "../../src/rollback";
import { FakeAws, FakeSurroundings, Refusal } from "./fake-aws";

const modelPackageArn = "arn:aws:sagemaker:us-east-1:000000000000:model-package/churn/2";
const options = { endpoint: "churn", modelPackageArn, roleArn: "arn:aws:iam::000000000000:role/R" };
const model = {
  ModelPackageArn: modelPackageArn,
  ModelApprovalStatus: "Approved",
  InferenceSpecification: { Containers: [{ Image: "image", ModelDataUrl: "s3://bucket/m.tar.gz" }] },
};
const notFound = new Refusal("ValidationException", 'Could not find endpoint "arn".');

/** An account that keeps what is made; an endpoint comes up, or fails, after a few looks at it. */
function account(outcome: { status?: string; reason?: string; approval?: string; before?: object } = {}) {
  const made = { Model: new Map<string, object>(), EndpointConfig: new Map<string, object>() };
  const tags = new Map<string, { Key: string; Value: string }[]>();
  let config: string | undefined;
  let former: string | undefined;
  let looks = 0;
  const lookUp = (kind: keyof typeof made) => (input: Record<string, string>) =>
    made[kind].get(input[`${kind}Name`] ?? "") ?? new Refusal("ValidationException", `Could not find ${kind} "arn".`);
  const make = (kind: keyof typeof made) => (input: Record<string, string>) => {
    made[kind].set(input[`${kind}Name`] ?? "", input);
    return {};
  };
  const point = (input: { EndpointConfigName: string }) => {
    former = config;
    config = input.EndpointConfigName;
    looks = 0;
    return { EndpointArn: "arn:aws:sagemaker:us-east-1:000000000000:endpoint/churn" };
  };
  const aws: FakeAws = new FakeAws({
    DescribeModelPackage: { ...model, ModelApprovalStatus: outcome.approval ?? "Approved" },
    CreateModel: make("Model"),
    CreateEndpointConfig: make("EndpointConfig"),
    DescribeModel: lookUp("Model"),
    DescribeEndpointConfig: lookUp("EndpointConfig"),
    DescribeScalableTargets: { ScalableTargets: [] },
    AddTags: (input) => {
      tags.set(input.ResourceArn, input.Tags);
      return {};
    },
    ListTags: (input) => ({ Tags: tags.get(input.ResourceArn) ?? [] }),
    CreateEndpoint: point,
    UpdateEndpoint: point,
    DescribeEndpoint: () => {
      if (config === undefined) return outcome.before ?? notFound;
      looks += 1;
      const ready = looks >= 3;
      const status = former === undefined ? "Creating" : "Updating";
      return {
        EndpointArn: "arn:aws:sagemaker:us-east-1:000000000000:endpoint/churn",
        EndpointStatus: ready ? (outcome.status ?? "InService") : status,
        EndpointConfigName: ready ? config : (former ?? config),
        FailureReason: outcome.reason,
        ProductionVariants: [{ VariantName: "AllTraffic" }],
        ...(ready || former === undefined ? {} : { PendingDeploymentSummary: { EndpointConfigName: config } }),
      };
    },
  });
  return aws;
}

describe("deploy", () => {
  it("makes model, configuration and endpoint, and waits until in service", async () => {
    const aws = account();
    const statuses: string[] = [];
    const surroundings = new FakeSurroundings();
    const deployed = await deployWith(
      aws.clients,
      { ...options, onStatus: (status) => statuses.push(status) },
      surroundings,
    );
    expect(deployed).toMatchObject({
      endpoint: "churn",
      change: "created",
      endpointArn: "arn:aws:sagemaker:us-east-1:000000000000:endpoint/churn",
      seconds: 0.25,
    });
    expect(statuses).toEqual(["Creating", "InService"]);
    expect(aws.inputs("CreateModel")[0]).toMatchObject({
      ModelName: deployed.modelName,
      ExecutionRoleArn: "arn:aws:iam::000000000000:role/R",
      PrimaryContainer: { ModelPackageName: modelPackageArn },
    });
    expect(aws.inputs("CreateEndpointConfig")[0].ProductionVariants).toEqual([
      {
        VariantName: "AllTraffic",
        ModelName: deployed.modelName,
        InstanceType: "ml.m5.large",
        InitialInstanceCount: 1,
        InitialVariantWeight: 1,
      },
    ]);
  });

  it("changes nothing when the same is deployed again, and updates when it differs", async () => {
    const aws = account();
    const surroundings = new FakeSurroundings();
    const first = await deployWith(aws.clients, options, surroundings);
    const again = await deployWith(aws.clients, options, surroundings);
    expect(again).toMatchObject({
      change: "unchanged",
      modelName: first.modelName,
      endpointConfigName: first.endpointConfigName,
    });
    expect(aws.inputs("UpdateEndpoint")).toHaveLength(0);
    const serving = { ...plainServing, instances: 2 };
    const larger = await deployWith(aws.clients, { ...options, serving, guarded: false }, surroundings);
    expect(larger.change).toBe("updated");
    expect(larger.endpointConfigName).not.toBe(first.endpointConfigName);
    const back = await rollbackWith(aws.clients, { endpoint: "churn" }, surroundings);
    expect(back).toMatchObject({ way: "returned", endpointConfigName: first.endpointConfigName });
    expect(aws.inputs("UpdateEndpoint").at(-1).DeploymentConfig.BlueGreenUpdatePolicy).toMatchObject({
      TrafficRoutingConfiguration: { Type: "ALL_AT_ONCE" },
      TerminationWaitInSeconds: 0,
    });
    await expect(rollbackWith(aws.clients, { endpoint: "churn" }, surroundings)).rejects.toMatchObject({
      code: "nothing_before",
    });
  });

  it("says why an endpoint failed", async () => {
    const aws = account({ status: "Failed", reason: "The primary container did not pass the ping health check." });
    await expect(deployWith(aws.clients, options, new FakeSurroundings())).rejects.toMatchObject({
      code: "endpoint_failed",
      message: "Endpoint churn is Failed: The primary container did not pass the ping health check. Its log says more.",
    });
  });

  it("refuses a version that is not approved, and an endpoint that failed before", async () => {
    await expect(
      deployWith(account({ approval: "PendingManualApproval" }).clients, options, new FakeSurroundings()),
    ).rejects.toThrow(
      `${modelPackageArn} is PendingManualApproval, and only an approved version is deployed. Approve it first.`,
    );
    const failed = account({ before: { EndpointStatus: "Failed", FailureReason: "ping", EndpointConfigName: "old" } });
    await expect(deployWith(failed.clients, options, new FakeSurroundings())).rejects.toThrow(
      "Delete it, then deploy again.",
    );
    expect(failed.inputs("CreateModel")).toEqual([]);
  });

  it("does not wait for ever", async () => {
    const aws = account({ status: "Updating" });
    await expect(
      deployWith(aws.clients, { ...options, timeoutSeconds: 60 }, new FakeSurroundings()),
    ).rejects.toMatchObject({
      code: "wait_timeout",
    });
  });
});

describe("endpoints", () => {
  it("sends a request with its headers and reads the answer", async () => {
    const aws = new FakeAws();
    const answer = await invoke(aws.clients, { endpoint: "churn", body: "[]", inferenceId: "i-1", variant: "blue" });
    expect(Buffer.from(answer.body).toString()).toBe('{"predictions":[0.5]}');
    expect(answer).toMatchObject({ contentType: "application/json", variant: "AllTraffic" });
    expect(aws.inputs("InvokeEndpoint")[0].headers).toMatchObject({
      "content-type": "application/json",
      accept: "application/json",
      "x-amzn-sagemaker-inference-id": "i-1",
      "x-amzn-sagemaker-target-variant": "blue",
    });
  });

  it("deletes an endpoint with its configuration and models; one that is gone is no error", async () => {
    const aws = new FakeAws({
      DescribeEndpoint: { EndpointConfigName: "c", ProductionVariants: [{ VariantName: "AllTraffic" }] },
      DescribeScalableTargets: { ScalableTargets: [{ ResourceId: "endpoint/churn/variant/AllTraffic" }] },
      DescribeScalingPolicies: {},
      DeregisterScalableTarget: {},
      DescribeAlarms: { MetricAlarms: [{ AlarmName: "sagewright-churn-5xx" }] },
      DeleteAlarms: {},
      DeleteEndpoint: {},
      DescribeEndpointConfig: { ProductionVariants: [{ ModelName: "m" }] },
      DeleteEndpointConfig: {},
      DeleteModel: new Refusal("ValidationException", 'Could not find model "arn".'),
    });
    expect(await deleteEndpoint(aws.clients, "churn")).toBe(true);
    expect(aws.calls.map(({ operation }) => operation)).toEqual([
      "DescribeEndpoint",
      "DescribeScalableTargets",
      "DescribeScalingPolicies",
      "DeregisterScalableTarget",
      "DeleteEndpoint",
      "DescribeEndpointConfig",
      "DeleteEndpointConfig",
      "DeleteModel",
      "DescribeAlarms",
      "DeleteAlarms",
    ]);
    expect(aws.inputs("DeleteAlarms")).toEqual([{ AlarmNames: ["sagewright-churn-5xx"] }]);
    expect(await deleteEndpoint(new FakeAws({ DescribeEndpoint: notFound }).clients, "churn")).toBe(false);
  });
});

describe("readLogs", () => {
  it("follows a job's streams to what was written last", async () => {
    const pages: Record<string, { events: string[]; next: string }> = {
      start: { events: ["one", "two"], next: "f/2" },
      "f/2": { events: [], next: "f/2" },
    };
    const aws = new FakeAws({
      DescribeLogStreams: (_input, count) =>
        count === 1
          ? new Refusal("ResourceNotFoundException", "no group")
          : { logStreams: [{ logStreamName: "job/algo-1-1" }] },
      GetLogEvents: ({ nextToken }, count) => {
        if (count === 3 && pages["f/2"] !== undefined) pages["f/2"] = { events: ["three"], next: "f/3" };
        const page = pages[nextToken ?? "start"] ?? { events: [], next: nextToken };
        return { events: page.events.map((message) => ({ message, timestamp: 1 })), nextForwardToken: page.next };
      },
    });
    let looks = 0;
    const lines: string[] = [];
    const source = { kind: "TrainingJob", name: "job" } as const;
    const until = () => ++looks > 2;
    for await (const { message } of readLogsWith(aws.clients, source, { until }, new FakeSurroundings()))
      lines.push(message);
    expect(lines).toEqual(["one", "two", "three"]);
    expect(aws.inputs("DescribeLogStreams")[0]).toEqual({
      logGroupName: "/aws/sagemaker/TrainingJobs",
      logStreamNamePrefix: "job/",
    });
  });
});
