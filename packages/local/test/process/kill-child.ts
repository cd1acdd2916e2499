import type { StartPipelineExecutionResponse } from "@aws-sdk/client-sagemaker";
import type { Json, StepDefinition } from "@sagewright/pipeline";
import { disk } from "../../src/state/atomic-file";
import { definitionOf } from "../support/definitions";
import { type FakeJob, openFakeCloud } from "../support/fake-cloud";

/**
 * Runs an execution of fake jobs to its end in the folder of the first argument, or goes on with the one that is there. Kills itself
 * when the number of disk operations and requests that the second argument names has been reached (0: never). Prints what came out.
 */
async function main(folder: string, killAt: number): Promise<void> {
  let operations = 0;
  const count = () => {
    operations += 1;
    if (operations === killAt) process.kill(process.pid, "SIGKILL");
  };
  const files = {
    write: (...args: Parameters<typeof disk.write>) => {
      count();
      return disk.write(...args);
    },
    sync: async (...args: Parameters<typeof disk.sync>) => {
      count();
      await disk.sync(...args);
    },
  };
  const cloud = await openFakeCloud(folder, behave, { files, onCall: count });
  const { invoke, pipelines, store } = cloud;
  const known = store
    .collection<{ id: string; status: string; failureReason?: string }>("pipeline-executions")
    .values();
  // An execution whose start was not acknowledged may be lost or there; both are fine, as long as one runs to the end.
  const usable = known.find(({ failureReason }) => failureReason === undefined);
  const id = usable?.id ?? (await start(invoke));
  const state = await pipelines.executor.settled(id);
  const jobs = store.collection<Record<string, unknown>>("ProcessingJob").values();
  const packages = store.collection<{ version: number }>("model-packages").values();
  const summary = {
    status: state?.status,
    steps: Object.entries(state?.steps ?? {}).map(([name, step]) => `${name} ${step.phase} ${step.attempt}`),
    jobs: jobs.filter(({ ProcessingJobName: name }) => String(name).includes(`-${id}-`)).length,
    packages: packages.map(({ version }) => version),
    operations,
  };
  await cloud.close();
  console.log(JSON.stringify(summary));
}

type Invoke = Awaited<ReturnType<typeof openFakeCloud>>["invoke"];

async function start(invoke: Invoke): Promise<string> {
  const RoleArn = "arn:aws:iam::000000000000:role/SagewrightExecution";
  const PipelineDefinition = JSON.stringify(definition(RoleArn));
  await invoke("sagemaker", "CreatePipeline", { PipelineName: "churn", PipelineDefinition, RoleArn }).catch(
    () => undefined,
  );
  const { PipelineExecutionArn = "" } = await invoke<StartPipelineExecutionResponse>(
    "sagemaker",
    "StartPipelineExecution",
    {
      PipelineName: "churn",
      ParallelismConfiguration: { MaxParallelExecutionSteps: 2 },
    },
  );
  return PipelineExecutionArn.split("/").at(-1) ?? "";
}

/** Every job writes the file that the gate reads. */
function behave(input: Record<string, unknown>): FakeJob {
  const config = input.ProcessingOutputConfig as { Outputs: { S3Output: { S3Uri: string } }[] };
  return { milliseconds: 2, writes: { [`${config.Outputs[0]?.S3Output.S3Uri}/file.json`]: '{"auc":0.9}' } };
}

function definition(RoleArn: string) {
  const job = (Name: string, IN?: string, more: object = {}): StepDefinition =>
    ({
      Name,
      Type: "Processing",
      Arguments: {
        AppSpecification: { ImageUri: "image" },
        Environment:
          IN === undefined ? {} : { IN: { Get: `Steps.${IN}.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri` } },
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
        RoleArn,
      },
      CacheConfig: { Enabled: true },
      ...more,
    }) as unknown as StepDefinition;
  const auc = { "Std:JsonGet": { PropertyFile: { Get: "Steps.Evaluate.PropertyFiles.Report" }, Path: "auc" } };
  const gate = {
    Name: "Gate",
    Type: "Condition",
    Arguments: {
      Conditions: [{ Type: "GreaterThan", LeftValue: auc, RightValue: 0.8 }],
      IfSteps: [
        {
          Name: "Register",
          Type: "RegisterModel",
          Arguments: {
            ModelPackageGroupName: "churn",
            InferenceSpecification: {
              Containers: [{ Image: "image", ModelDataUrl: "s3://b/model.tar.gz" }],
              SupportedContentTypes: ["text/csv"],
              SupportedResponseMIMETypes: ["text/csv"],
            },
          },
        },
        job("Notify", undefined, { DependsOn: ["Register"] }),
      ],
      ElseSteps: [{ Name: "TooWeak", Type: "Fail", Arguments: { ErrorMessage: "weak" } }],
    } as unknown as Record<string, Json>,
  } as unknown as StepDefinition;
  return definitionOf([
    job("Prepare"),
    job("TrainA", "Prepare"),
    job("TrainB", "Prepare"),
    job("TrainC", "Prepare"),
    job("Evaluate", "TrainB", {
      DependsOn: ["TrainA", "TrainC"],
      PropertyFiles: [{ PropertyFileName: "Report", OutputName: "out", FilePath: "file.json" }],
    }),
    gate,
  ]);
}

const [, , folder = "", killAt = "0"] = process.argv;
void main(folder, Number(killAt));
