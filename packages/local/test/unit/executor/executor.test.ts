import { join } from "node:path";
import type {
  DescribePipelineExecutionResponse,
  ListPipelineExecutionStepsResponse,
  StartPipelineExecutionResponse,
} from "@aws-sdk/client-sagemaker";
import type { PipelineDefinition, StepDefinition } from "@sagewright/pipeline";
import type { CloudEvent } from "../../../src/event-bus";
import { definitionOf } from "../../support/definitions";
import { type FakeCloud, type FakeJob, openFakeCloud, scratchFolder } from "../../support/fake-cloud";

const root = scratchFolder();
let folders = 0;
const open = (behave?: (input: Record<string, unknown>, operation: string) => FakeJob) => {
  folders += 1;
  return openFakeCloud(join(root, String(folders)), behave);
};

const image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3";
const roleArn = "arn:aws:iam::000000000000:role/SagewrightExecution";

function job(Name: string, Environment: object = {}, more: object = {}): StepDefinition {
  return {
    Name,
    Type: "Processing",
    Arguments: {
      AppSpecification: { ImageUri: image },
      Environment,
      ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: "ml.m5.large", VolumeSizeInGB: 30 } },
      ProcessingOutputConfig: {
        Outputs: [
          {
            OutputName: "out",
            S3Output: {
              S3Uri: {
                "Std:Join": { On: "/", Values: ["s3://b/runs", { Get: "Execution.PipelineExecutionId" }, Name] },
              },
              LocalPath: "/opt/ml/processing/output/out",
              S3UploadMode: "EndOfJob",
            },
          },
        ],
      },
      RoleArn: roleArn,
    },
    ...more,
  } as StepDefinition;
}

const outputOf = (step: string) => ({ Get: `Steps.${step}.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri` });
const cached = { CacheConfig: { Enabled: true, ExpireAfter: "P30D" } };
/** Writes one file into the job's output. */
const writing: (input: Record<string, unknown>) => FakeJob = (input) => {
  const config = input.ProcessingOutputConfig as { Outputs: { S3Output: { S3Uri: string } }[] };
  return { writes: { [`${config.Outputs[0]?.S3Output.S3Uri}/file.json`]: '{"metrics":{"roc_auc":0.9}}' } };
};

async function create(cloud: FakeCloud, definition: PipelineDefinition, PipelineName = "churn"): Promise<void> {
  await cloud.invoke("sagemaker", "CreatePipeline", {
    PipelineName,
    PipelineDefinition: JSON.stringify(definition),
    RoleArn: roleArn,
  });
}

async function start(cloud: FakeCloud, more: object = {}): Promise<string> {
  const { PipelineExecutionArn = "" } = await cloud.invoke<StartPipelineExecutionResponse>(
    "sagemaker",
    "StartPipelineExecution",
    { PipelineName: "churn", ...more },
  );
  return PipelineExecutionArn;
}

const settle = (cloud: FakeCloud, arn: string) => cloud.pipelines.executor.settled(arn.split("/").at(-1) ?? "");

async function run(cloud: FakeCloud, more: object = {}): Promise<DescribePipelineExecutionResponse> {
  const PipelineExecutionArn = await start(cloud, more);
  await settle(cloud, PipelineExecutionArn);
  return cloud.invoke("sagemaker", "DescribePipelineExecution", { PipelineExecutionArn });
}

const steps = async (cloud: FakeCloud, PipelineExecutionArn: string | undefined) =>
  (
    await cloud.invoke<ListPipelineExecutionStepsResponse>("sagemaker", "ListPipelineExecutionSteps", {
      PipelineExecutionArn,
    })
  ).PipelineExecutionSteps ?? [];

describe("the executor over a cloud of fake jobs", () => {
  it("runs steps in order with the requests that a client would send, and lists them newest first", async () => {
    const cloud = await open(writing);
    const events: CloudEvent[] = [];
    cloud.bus.subscribe((event) => events.push(event));
    await create(cloud, definitionOf([job("A"), job("B", { IN: outputOf("A") }, { DisplayName: "The second" })]));
    const execution = await run(cloud);
    expect(execution).toMatchObject({ PipelineExecutionStatus: "Succeeded", PipelineVersionId: 1 });
    const id = execution.PipelineExecutionArn?.split("/").at(-1);
    const created = cloud.requests.filter(({ operation }) => operation === "CreateProcessingJob");
    expect(created.map(({ input }) => input.Environment)).toEqual([{}, { IN: `s3://b/runs/${id}/A` }]);
    const listed = await steps(cloud, execution.PipelineExecutionArn);
    expect(listed).toMatchObject([
      {
        StepName: "B",
        StepDisplayName: "The second",
        StepStatus: "Succeeded",
        AttemptCount: 1,
        Metadata: { ProcessingJob: { Arn: expect.stringContaining(`/pipelines-${id}-B-`) } },
      },
      { StepName: "A", StepStatus: "Succeeded", StartTime: expect.any(Date), EndTime: expect.any(Date) },
    ]);
    const heard = events
      .filter(({ detailType }) => detailType.startsWith("SageMaker Model Building Pipeline"))
      .map(({ detail }) => detail.currentPipelineExecutionStatus ?? `${detail.stepName} ${detail.currentStepStatus}`);
    expect(heard).toEqual([
      "Executing",
      "A Starting",
      "A Executing",
      "A Succeeded",
      "B Starting",
      "B Executing",
      "B Succeeded",
      "Succeeded",
    ]);
    await cloud.close();
  });

  it("decides by a value in a file that a step wrote, and registers in a group that it makes", async () => {
    const cloud = await open(writing);
    const report = job(
      "Evaluate",
      {},
      {
        PropertyFiles: [{ PropertyFileName: "Report", OutputName: "out", FilePath: "file.json" }],
      },
    );
    const auc = {
      "Std:JsonGet": { PropertyFile: { Get: "Steps.Evaluate.PropertyFiles.Report" }, Path: "metrics.roc_auc" },
    };
    const gate = {
      Name: "Gate",
      Type: "Condition",
      Arguments: {
        Conditions: [{ Type: "GreaterThanOrEqualTo", LeftValue: auc, RightValue: { Get: "Parameters.MinimumAuc" } }],
        IfSteps: [
          {
            Name: "Register",
            Type: "RegisterModel",
            Arguments: {
              ModelPackageGroupName: "churn-models",
              InferenceSpecification: { Containers: [{ Image: image, ModelDataUrl: "s3://b/model.tar.gz" }] },
              CustomerMetadataProperties: { auc: { "Std:Join": { On: "", Values: [auc] } } },
            },
          },
        ],
        ElseSteps: [
          {
            Name: "TooWeak",
            Type: "Fail",
            Arguments: {
              ErrorMessage: {
                "Std:Join": { On: "", Values: ["AUC ", auc, " is below ", { Get: "Parameters.MinimumAuc" }] },
              },
            },
          },
        ],
      },
    } as unknown as StepDefinition;
    await create(
      cloud,
      definitionOf([report, gate], { Parameters: [{ Name: "MinimumAuc", Type: "Float", DefaultValue: 0.8 }] }),
    );
    const good = await run(cloud);
    expect(good.PipelineExecutionStatus).toBe("Succeeded");
    expect(await steps(cloud, good.PipelineExecutionArn)).toMatchObject([
      {
        StepName: "Register",
        Metadata: { RegisterModel: { Arn: "arn:aws:sagemaker:us-east-1:000000000000:model-package/churn-models/1" } },
      },
      { StepName: "Gate", Metadata: { Condition: { Outcome: "True" } } },
      { StepName: "Evaluate" },
    ]);
    const registered = await cloud.invoke("sagemaker", "DescribeModelPackage", {
      ModelPackageName: "arn:aws:sagemaker:us-east-1:000000000000:model-package/churn-models/1",
    });
    expect(registered).toMatchObject({
      ModelApprovalStatus: "PendingManualApproval",
      CustomerMetadataProperties: { auc: "0.9" },
      MetadataProperties: { GeneratedBy: good.PipelineExecutionArn },
    });
    const weak = await run(cloud, { PipelineParameters: [{ Name: "MinimumAuc", Value: "0.95" }] });
    expect(weak).toMatchObject({
      PipelineExecutionStatus: "Failed",
      FailureReason: "Step failure: One or multiple steps failed.",
    });
    expect((await steps(cloud, weak.PipelineExecutionArn))[0]).toMatchObject({
      StepName: "TooWeak",
      StepStatus: "Failed",
      FailureReason: "AUC 0.9 is below 0.95",
      Metadata: { Fail: { ErrorMessage: "AUC 0.9 is below 0.95" } },
    });
    await cloud.close();
  });

  it("takes equal steps from the cache, says what changed, and runs a step whose outputs are gone", async () => {
    const cloud = await open(writing);
    const definition = definitionOf(
      [job("A", { DEPTH: { Get: "Parameters.Depth" } }, cached), job("B", { IN: outputOf("A") }, cached)],
      { Parameters: [{ Name: "Depth", Type: "String", DefaultValue: "4" }] },
    );
    await create(cloud, definition);
    const first = await run(cloud);
    const cacheOf = async (arn: string | undefined) =>
      cloud.pipelines.executor.state(arn?.split("/").at(-1) ?? "")?.steps;
    expect(await cacheOf(first.PipelineExecutionArn)).toMatchObject({
      A: { cache: { hit: false, reason: "first_run" } },
      B: { cache: { hit: false, reason: "first_run" } },
    });
    const second = await run(cloud);
    const hit = { CacheHitResult: { SourcePipelineExecutionArn: first.PipelineExecutionArn }, StepStatus: "Succeeded" };
    expect(await steps(cloud, second.PipelineExecutionArn)).toMatchObject([
      { StepName: "B", ...hit },
      { StepName: "A", ...hit },
    ]);
    const third = await run(cloud, { PipelineParameters: [{ Name: "Depth", Value: "8" }] });
    expect((await cacheOf(third.PipelineExecutionArn))?.A?.cache).toEqual({
      hit: false,
      reason: "changed",
      comparedWith: first.PipelineExecutionArn,
      changes: [{ path: "Environment.DEPTH", before: "4", after: "8" }],
    });
    for (const uri of cloud.objects.keys()) if (uri.endsWith("/A/file.json")) cloud.objects.delete(uri);
    const fourth = await run(cloud);
    expect((await cacheOf(fourth.PipelineExecutionArn))?.A?.cache).toMatchObject({
      reason: "outputs_missing",
      missing: expect.stringMatching(/^s3:\/\/b\/runs\/[a-z0-9]{12}\/A$/),
    });
    await cloud.close();
  });

  it("reports a failed job and a refused call in AWS's words", async () => {
    const cloud = await open(() => ({ outcome: "Failed", failureReason: "AlgorithmError: Exit Code: 1" }));
    await create(cloud, definitionOf([job("A"), job("B", {}, { DependsOn: ["A"] })]));
    const failed = await run(cloud);
    expect(failed.PipelineExecutionStatus).toBe("Failed");
    expect(await steps(cloud, failed.PipelineExecutionArn)).toMatchObject([
      { StepName: "A", StepStatus: "Failed", FailureReason: "ClientError: AlgorithmError: Exit Code: 1" },
    ]);
    await cloud.close();
  });

  it("stops running jobs and ends Stopped", async () => {
    const cloud = await open(() => ({ forever: true }));
    await create(cloud, definitionOf([job("A"), job("B", {}, { DependsOn: ["A"] })]));
    const arn = await start(cloud);
    while ((await steps(cloud, arn))[0]?.StepStatus !== "Executing")
      await new Promise((resolve) => setTimeout(resolve, 2));
    await cloud.invoke("sagemaker", "StopPipelineExecution", { PipelineExecutionArn: arn });
    expect((await settle(cloud, arn))?.status).toBe("Stopped");
    expect(await steps(cloud, arn)).toMatchObject([{ StepName: "A", StepStatus: "Stopped" }]);
    await cloud.close();
  });

  it("retries a failed execution under the same ARN", async () => {
    let broken = true;
    const cloud = await open((input) =>
      broken && String(input.ProcessingJobName).includes("-B-") ? { outcome: "Failed" } : writing(input),
    );
    await create(cloud, definitionOf([job("A"), job("B", {}, { DependsOn: ["A"] })]));
    const failed = await run(cloud);
    expect(failed.PipelineExecutionStatus).toBe("Failed");
    broken = false;
    const arn = failed.PipelineExecutionArn ?? "";
    await cloud.invoke("sagemaker", "RetryPipelineExecution", { PipelineExecutionArn: arn });
    expect((await settle(cloud, arn))?.status).toBe("Succeeded");
    const names = cloud.requests
      .filter(({ operation }) => operation === "CreateProcessingJob")
      .map(({ input }) => String(input.ProcessingJobName));
    expect(names.filter((name) => name.includes("-A-"))).toHaveLength(1);
    expect(new Set(names.filter((name) => name.includes("-B-"))).size).toBe(2);
    await cloud.close();
  });

  it("goes on where a closed cloud stopped, without a second job", async () => {
    folders += 1;
    const folder = join(root, String(folders));
    const first = await openFakeCloud(folder, () => ({ forever: true }));
    await create(first, definitionOf([job("A"), job("B", { IN: outputOf("A") })]));
    const arn = await start(first);
    while ((await steps(first, arn))[0]?.StepStatus !== "Executing")
      await new Promise((resolve) => setTimeout(resolve, 2));
    await first.close();
    const second = await openFakeCloud(folder);
    expect((await settle(second, arn))?.status).toBe("Succeeded");
    const creations = second.requests.filter(({ operation }) => operation === "CreateProcessingJob");
    expect(creations.map(({ input }) => String(input.ProcessingJobName).includes("-B-"))).toEqual([true]);
    await second.close();
    const third = await openFakeCloud(folder);
    expect(await steps(third, arn)).toMatchObject([{ StepName: "B" }, { StepName: "A" }]);
    await third.close();
  });

  it("runs selected steps on results of an earlier execution", async () => {
    const cloud = await open(writing);
    await create(cloud, definitionOf([job("A"), job("B", { IN: outputOf("A") }), job("C", { IN: outputOf("B") })]));
    const source = await run(cloud);
    const SelectedSteps = [{ StepName: "B" }];
    await expect(run(cloud, { SelectiveExecutionConfig: { SelectedSteps } })).rejects.toThrow(
      "Invalid SourcePipelineExecutionArn: null. The selected steps [B] have dependencies on [A].",
    );
    const SourcePipelineExecutionArn = source.PipelineExecutionArn;
    const selected = await run(cloud, { SelectiveExecutionConfig: { SelectedSteps, SourcePipelineExecutionArn } });
    expect(selected).toMatchObject({
      PipelineExecutionStatus: "Succeeded",
      SelectiveExecutionConfig: { SelectedSteps },
    });
    expect(
      (await steps(cloud, selected.PipelineExecutionArn)).map((step) => [step.StepName, step.SelectiveExecutionResult]),
    ).toEqual([
      ["B", undefined],
      ["A", { SourcePipelineExecutionArn }],
    ]);
    await cloud.close();
  });

  it("costs little: 100 steps side by side, 20 in a row, and 5 from the cache", async () => {
    const cloud = await open(writing);
    const timed = async (definition: PipelineDefinition, name: string) => {
      await create(cloud, definition, name);
      const began = performance.now();
      const execution = await run(cloud, { PipelineName: name });
      expect(execution.PipelineExecutionStatus).toBe("Succeeded");
      return performance.now() - began;
    };
    const wide = await timed(definitionOf(Array.from({ length: 100 }, (_, at) => job(`S${at}`))), "wide");
    const chain = Array.from({ length: 20 }, (_, at) => job(`S${at}`, at === 0 ? {} : { IN: outputOf(`S${at - 1}`) }));
    const long = await timed(definitionOf(chain), "long");
    await timed(definitionOf(chain.slice(0, 5).map((step) => ({ ...step, ...cached }))), "cached");
    const began = performance.now();
    await run(cloud, { PipelineName: "cached" });
    const hits = performance.now() - began;
    console.log(
      `100 side by side: ${(wide / 100).toFixed(2)} ms a step; 20 in a row: ${(long / 20).toFixed(2)} ms a step; 5 cached: ${hits.toFixed(1)} ms`,
    );
    expect(cloud.requests.filter(({ operation }) => operation === "CreateProcessingJob")).toHaveLength(125);
    await cloud.close();
  });
});
