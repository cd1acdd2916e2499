import { join } from "node:path";
import {
  CreatePipelineCommand,
  DescribePipelineExecutionCommand,
  ListPipelineExecutionStepsCommand,
  SageMakerClient,
  StartPipelineExecutionCommand,
  StopPipelineExecutionCommand,
} from "@aws-sdk/client-sagemaker";
import type { Json, StepDefinition } from "@sagewright/pipeline";
import { type Cloud, openCloud } from "../../src/cloud";
import { definitionOf } from "../support/definitions";
import { scratchFolder } from "../support/fake-cloud";

const python = process.env.SAGEWRIGHT_PYTHON;
const RoleArn = "arn:aws:iam::000000000000:role/SagewrightExecution";
const bucket = "sagewright-us-east-1-000000000000";
const root = scratchFolder();

const script = (Name: string, source: string, more: object = {}): StepDefinition =>
  ({
    Name,
    Type: "Processing",
    Arguments: {
      AppSpecification: {
        ImageUri: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
        ContainerEntrypoint: ["python3", "-c", source],
      },
      ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: "ml.m5.large", VolumeSizeInGB: 30 } },
      ProcessingOutputConfig: {
        Outputs: [
          {
            OutputName: "out",
            S3Output: {
              S3Uri: {
                "Std:Join": {
                  On: "/",
                  Values: ["s3:/", bucket, "runs", { Get: "Execution.PipelineExecutionId" }, Name],
                },
              },
              LocalPath: "/opt/ml/processing/output/out",
              S3UploadMode: "EndOfJob",
            },
          },
        ],
      },
      RoleArn,
    } as unknown as Record<string, Json>,
    ...more,
  }) as StepDefinition;

const writes = `import json; json.dump({"auc": 0.9}, open("/opt/ml/processing/output/out/report.json", "w"))`;
const auc: Json = { "Std:JsonGet": { PropertyFile: { Get: "Steps.Evaluate.PropertyFiles.Report" }, Path: "auc" } };

const open = async (name: string): Promise<{ cloud: Cloud; client: SageMakerClient }> => {
  const cloud = await openCloud({ stateDir: join(root, name) });
  return { cloud, client: new SageMakerClient(cloud.clientConfig()) };
};

async function start(client: SageMakerClient, steps: StepDefinition[]): Promise<string> {
  const PipelineDefinition = JSON.stringify(definitionOf(steps));
  await client.send(new CreatePipelineCommand({ PipelineName: "real", PipelineDefinition, RoleArn }));
  const { PipelineExecutionArn = "" } = await client.send(new StartPipelineExecutionCommand({ PipelineName: "real" }));
  return PipelineExecutionArn;
}

async function ended(client: SageMakerClient, PipelineExecutionArn: string): Promise<string | undefined> {
  for (;;) {
    const { PipelineExecutionStatus: status } = await client.send(
      new DescribePipelineExecutionCommand({ PipelineExecutionArn }),
    );
    if (status !== "Executing" && status !== "Stopping") return status;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const steps = async (client: SageMakerClient, PipelineExecutionArn: string) =>
  (await client.send(new ListPipelineExecutionStepsCommand({ PipelineExecutionArn }))).PipelineExecutionSteps ?? [];

if (!python)
  console.log(
    "SAGEWRIGHT_PYTHON is not set: no container can be started here, so the executor runs over fake jobs only.",
  );

// Real Python jobs, asked for through an AWS SDK client.
(python ? describe : describe.skip)("the executor over the real rooms", () => {
  it("runs processing jobs in Python, reads what they wrote, and registers", async () => {
    const { cloud, client } = await open("good");
    const report = { PropertyFiles: [{ PropertyFileName: "Report", OutputName: "out", FilePath: "report.json" }] };
    const register = {
      Name: "Register",
      Type: "RegisterModel",
      Arguments: {
        ModelPackageGroupName: "real",
        InferenceSpecification: {
          Containers: [
            { Image: "683313688378.dkr.ecr.us-east-1.amazonaws.com/x:1", ModelDataUrl: `s3://${bucket}/m.tar.gz` },
          ],
          SupportedContentTypes: ["text/csv"],
          SupportedResponseMIMETypes: ["text/csv"],
        },
      },
    };
    const gate = {
      Name: "Gate",
      Type: "Condition",
      Arguments: {
        Conditions: [{ Type: "GreaterThan", LeftValue: auc, RightValue: 0.8 }],
        IfSteps: [register],
        ElseSteps: [],
      },
    } as unknown as StepDefinition;
    const arn = await start(client, [script("Evaluate", writes, report), gate]);
    const status = await ended(client, arn);
    expect({ status, steps: await steps(client, arn) }).toMatchObject({
      status: "Succeeded",
      steps: [
        {
          StepName: "Register",
          StepStatus: "Succeeded",
          Metadata: { RegisterModel: { Arn: expect.stringMatching(/model-package\/real\/1$/) } },
        },
        { StepName: "Gate", Metadata: { Condition: { Outcome: "True" } } },
        { StepName: "Evaluate", StepStatus: "Succeeded", StartTime: expect.any(Date) },
      ],
    });
    await cloud.close();
  });

  it("reports a job's failure with the reason of the container's contract", async () => {
    const { cloud, client } = await open("bad");
    const arn = await start(client, [
      script("Breaks", "import sys; sys.exit(3)"),
      script("Never", "pass", { DependsOn: ["Breaks"] }),
    ]);
    expect(await ended(client, arn)).toBe("Failed");
    expect(await steps(client, arn)).toMatchObject([
      {
        StepName: "Breaks",
        StepStatus: "Failed",
        FailureReason: expect.stringMatching(/^ClientError: AlgorithmError: /),
      },
    ]);
    await cloud.close();
  });

  it("stops a running job, and goes on with a running execution when the state is opened again", async () => {
    const { cloud, client } = await open("stopped");
    const arn = await start(client, [script("Sleeps", "import time; time.sleep(30)")]);
    while ((await steps(client, arn))[0]?.StepStatus !== "Executing")
      await new Promise((resolve) => setTimeout(resolve, 10));
    await cloud.close();
    const again = await open("stopped");
    expect((await steps(again.client, arn))[0]?.StepStatus).toBe("Executing");
    await again.client.send(new StopPipelineExecutionCommand({ PipelineExecutionArn: arn }));
    expect(await ended(again.client, arn)).toBe("Stopped");
    expect(await steps(again.client, arn)).toMatchObject([{ StepName: "Sleeps", StepStatus: "Stopped" }]);
    await again.cloud.close();
  });

  it("spends little on 20 empty jobs in a row", async () => {
    const { cloud, client } = await open("row");
    const chain = Array.from({ length: 20 }, (_, at) =>
      script(`S${at}`, "pass", at === 0 ? {} : { DependsOn: [`S${at - 1}`] }),
    );
    const warm = await start(client, [script("Warm", "pass")]);
    await ended(client, warm);
    const began = performance.now();
    await client.send(
      new CreatePipelineCommand({
        PipelineName: "row",
        PipelineDefinition: JSON.stringify(definitionOf(chain)),
        RoleArn,
      }),
    );
    const { PipelineExecutionArn = "" } = await client.send(new StartPipelineExecutionCommand({ PipelineName: "row" }));
    expect(await ended(client, PipelineExecutionArn)).toBe("Succeeded");
    console.log(`20 empty processing jobs in a row: ${((performance.now() - began) / 20).toFixed(1)} ms a step`);
    await cloud.close();
  });
});
