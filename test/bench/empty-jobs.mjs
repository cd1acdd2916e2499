import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { execute, inTurn, median, row, time } from "./measure.mjs";

/** What starting a job costs, alone and as steps of a pipeline, beside a bare Python process. */
export async function run({ root, rounds, python }) {
  const load = createRequire(join(root, "packages/sagemaker/package.json"));
  const { openCloud } = createRequire(import.meta.url)(join(root, "packages/local/dist/index.js"));
  const { createClients, startExecution, waitForExecution } = createRequire(import.meta.url)(
    join(root, "packages/sagemaker/dist/index.js"),
  );
  const { CreatePipelineCommand, CreateTrainingJobCommand, DescribeTrainingJobCommand } =
    load("@aws-sdk/client-sagemaker");
  const { CreateBucketCommand, PutObjectCommand } = load("@aws-sdk/client-s3");
  const state = mkdtempSync(join(tmpdir(), "sagewright-bench-"));
  const cloud = await openCloud({ stateDir: state });
  const clients = createClients({ ...cloud.clientConfig(), polling: { minimumMs: 5, maximumMs: 20 } });
  const bucket = "bench";
  try {
    await clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key: "code/noop.py", Body: "pass\n" }));
    const processing = emptyProcessing(bucket);
    const training = async (name) => {
      await clients.sagemaker.send(new CreateTrainingJobCommand(emptyTraining(bucket, name)));
      for (;;) {
        const job = await clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
        if (job.TrainingJobStatus === "Completed") return;
        if (job.TrainingJobStatus !== "InProgress") throw new Error(`${name}: ${job.FailureReason}`);
        await setTimeout(1);
      }
    };
    await training("warm-up");
    const single = [];
    for (let round = 0; round < rounds * 4; round++) single.push(await time(() => training(`empty-${round}`)));
    const pipelines = { row20: 20, side100: 100 };
    for (const [name, steps] of Object.entries(pipelines)) {
      await clients.sagemaker.send(
        new CreatePipelineCommand({
          PipelineName: name,
          ClientRequestToken: `${name}-${"0".repeat(32)}`,
          RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
          PipelineDefinition: JSON.stringify(definition(processing, steps, name === "row20")),
        }),
      );
    }
    const execution = async (pipeline) => {
      const { executionArn } = await startExecution(clients, { pipeline });
      const report = await waitForExecution(clients, executionArn);
      if (report.status !== "Succeeded")
        throw new Error(`${pipeline}: ${report.status}: ${JSON.stringify(report.failures[0])}`);
    };
    const times = await inTurn(rounds, {
      row20: () => execution("row20"),
      side100: () => execution("side100"),
      bare: () => execute(python, ["-S", "-c", "pass"]),
      imports: () => execute(python, ["-c", "import sklearn.ensemble, pandas"]),
    });
    return [
      row("an empty training job, CreateTrainingJob to Completed", {
        value: median(single),
        unit: "ms",
        peer: times.imports,
        peerName: "a Python that imports scikit-learn and pandas",
        limit: 40,
      }),
      row("20 empty processing steps in a row, a step", {
        value: times.row20 / 20,
        unit: "ms",
        peer: times.bare,
        peerName: "a bare Python process",
        limit: 60,
      }),
      row("100 empty processing steps side by side, a step", {
        value: times.side100 / 100,
        unit: "ms",
        peer: times.bare,
        peerName: "a bare Python process",
        limit: 40,
      }),
    ];
  } finally {
    await cloud.close();
    rmSync(state, { recursive: true, force: true });
  }
}

const image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3";
const role = "arn:aws:iam::000000000000:role/SagewrightExecution";

function emptyTraining(bucket, name) {
  return {
    TrainingJobName: name,
    RoleArn: role,
    AlgorithmSpecification: {
      TrainingImage: image,
      TrainingInputMode: "File",
      ContainerEntrypoint: ["python3", "-c", "pass"],
    },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/out` },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 10 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  };
}

function emptyProcessing(bucket) {
  return {
    RoleArn: role,
    AppSpecification: { ImageUri: image, ContainerEntrypoint: ["python3", "/opt/ml/processing/input/code/noop.py"] },
    ProcessingInputs: [
      {
        InputName: "code",
        S3Input: {
          S3Uri: `s3://${bucket}/code`,
          LocalPath: "/opt/ml/processing/input/code",
          S3DataType: "S3Prefix",
          S3InputMode: "File",
        },
      },
    ],
    ProcessingResources: { ClusterConfig: { InstanceCount: 1, InstanceType: "ml.m5.large", VolumeSizeInGB: 10 } },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  };
}

function definition(Arguments, steps, inARow) {
  return {
    Version: "2020-12-01",
    Metadata: {},
    Parameters: [],
    PipelineExperimentConfig: null,
    Steps: Array.from({ length: steps }, (_, index) => ({
      Name: `Step${index}`,
      Type: "Processing",
      Arguments,
      ...(inARow && index > 0 ? { DependsOn: [`Step${index - 1}`] } : {}),
    })),
  };
}
