import { join } from "node:path";
import type { DescribePipelineExecutionResponse, StartPipelineExecutionResponse } from "@aws-sdk/client-sagemaker";
import { ServiceError } from "../../../src/errors";
import type { OperationTable } from "../../../src/service";
import { disk } from "../../../src/state/atomic-file";
import { definitionOf, processing } from "../../support/definitions";
import { openFakeCloud, scratchFolder } from "../../support/fake-cloud";

const root = scratchFolder();
const RoleArn = "arn:aws:iam::000000000000:role/SagewrightExecution";
const complete = {
  AppSpecification: { ImageUri: "image" },
  ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: "ml.m5.large", VolumeSizeInGB: 30 } },
  RoleArn,
};
const job = (name: string, more: object = {}) => processing(name, { Arguments: complete, ...more });
const PipelineDefinition = JSON.stringify(definitionOf([job("A"), job("B", { DependsOn: ["A"] })]));

type Cloud = Awaited<ReturnType<typeof openFakeCloud>>;

async function start(cloud: Cloud): Promise<string> {
  await cloud.invoke("sagemaker", "CreatePipeline", { PipelineName: "churn", PipelineDefinition, RoleArn });
  const { PipelineExecutionArn = "" } = await cloud.invoke<StartPipelineExecutionResponse>(
    "sagemaker",
    "StartPipelineExecution",
    { PipelineName: "churn" },
  );
  return PipelineExecutionArn;
}

const settled = (cloud: Cloud, arn: string) => cloud.pipelines.executor.settled(arn.split("/").at(-1) ?? "");
const describeExecution = (cloud: Cloud, PipelineExecutionArn: string) =>
  cloud.invoke<DescribePipelineExecutionResponse>("sagemaker", "DescribePipelineExecution", { PipelineExecutionArn });

describe("trouble", () => {
  it("a full disk fails the execution visibly; with room again it goes on from its journal", async () => {
    const noSpace = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", syscall: "write" });
    const files = {
      ...disk,
      // The journal's line about the end of a job is what no longer fits.
      write: (...[handle, data]: Parameters<typeof disk.write>) =>
        data.toString().includes('"type":"finished"') ? Promise.reject(noSpace) : disk.write(handle, data),
    };
    const folder = join(root, "full");
    const cloud = await openFakeCloud(folder, undefined, { files });
    const arn = await start(cloud);
    expect(await settled(cloud, arn)).toMatchObject({
      status: "Failed",
      failureReason: expect.stringMatching(
        /^The execution's journal cannot be written\. .*no space is left on the disk/,
      ),
    });
    expect(await describeExecution(cloud, arn)).toMatchObject({ PipelineExecutionStatus: "Failed" });
    await cloud.close();
    const again = await openFakeCloud(folder);
    expect((await settled(again, arn))?.status).toBe("Succeeded");
    expect(await describeExecution(again, arn)).toMatchObject({ PipelineExecutionStatus: "Succeeded" });
    await again.close();
  });

  it("a refused request fails the step with the service's message, and throttling is tried again", async () => {
    let refusals = 0;
    const CreateProcessingJob = {
      handle() {
        refusals += 1;
        throw refusals === 1
          ? new ServiceError("ThrottlingException", "Rate exceeded")
          : new ServiceError("ValidationException", "No S3 objects found.");
      },
    } as unknown as OperationTable[string];
    const cloud = await openFakeCloud(join(root, "refused"), undefined, { more: { CreateProcessingJob } });
    const arn = await start(cloud);
    const state = await settled(cloud, arn);
    expect(refusals).toBe(2);
    expect(state).toMatchObject({
      status: "Failed",
      steps: {
        A: {
          attempt: 2,
          failureReason:
            "ClientError: Failed to invoke sagemaker:CreateProcessingJob. Error Details: No S3 objects found.",
        },
        B: { phase: "skipped" },
      },
    });
    await cloud.close();
  });

  it("an execution whose journal is gone ends, instead of running for ever", async () => {
    const folder = join(root, "gone");
    const cloud = await openFakeCloud(folder, () => ({ forever: true }));
    const arn = await start(cloud);
    await cloud.close();
    const { rmSync } = await import("node:fs");
    rmSync(join(folder, "executions"), { recursive: true });
    const again = await openFakeCloud(folder);
    expect(await describeExecution(again, arn)).toMatchObject({
      PipelineExecutionStatus: "Failed",
      FailureReason: "The journal of this execution is missing or damaged.",
    });
    await again.close();
  });
});
