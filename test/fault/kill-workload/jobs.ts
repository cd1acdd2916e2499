import { pause } from "./ledger";
import { type Actor, BUCKET, IMAGE, orNothing, ROLE, type World } from "./world";

const resources = { InstanceCount: 1, InstanceType: "ml.m5.large" as const, VolumeSizeInGB: 1 };
const script = (name: string) => `s3://${BUCKET}/code/${name}`;

/** Takes some moments, so that kills find it under way, and leaves its name behind. */
const processingScript =
  "import os, time\ntime.sleep(0.2)\nopen('/opt/ml/processing/output/name.txt', 'w').write(os.environ['JOB'])\n";
const trainingScript =
  "import os, time\ntime.sleep(0.2)\nx = os.environ.get('SM_HP_X', '0')\nopen('/opt/ml/model/x.txt', 'w').write(x)\nprint('score=' + x)\n";

/** What the jobs read: scripts, a model that answers its name, rows to transform. */
export async function prepareJobs(
  { clients }: World,
  archive: (name: string, files: Record<string, string>) => Promise<Buffer>,
): Promise<void> {
  const put = (Key: string, Body: string | Buffer) => clients.s3.putObject({ Bucket: BUCKET, Key, Body });
  await put("code/process.py", processingScript);
  await put("code/train.tar.gz", await archive("train", { "train.py": trainingScript }));
  await put("rows/rows.csv", "1,2\n3,4\n");
  for (const name of ["blue", "green"]) {
    const inference = `def model_fn(model_dir): return "${name}"\ndef transform_fn(model, body, content_type, accept): return model, "text/plain"\n`;
    await put(`models/${name}.tar.gz`, await archive(name, { "code/inference.py": inference }));
  }
}

const processing = (name: string, JOB: unknown, OutputUri: unknown) => ({
  AppSpecification: { ImageUri: IMAGE, ContainerEntrypoint: ["python3", "/opt/ml/processing/input/code/process.py"] },
  RoleArn: ROLE,
  Environment: { JOB },
  ProcessingResources: { ClusterConfig: resources },
  ProcessingInputs: [
    {
      InputName: "code",
      S3Input: {
        S3Uri: script("process.py"),
        LocalPath: "/opt/ml/processing/input/code",
        S3DataType: "S3Prefix",
        S3InputMode: "File",
      },
    },
  ],
  ProcessingOutputConfig: {
    Outputs: [
      {
        OutputName: name,
        S3Output: { S3Uri: OutputUri, LocalPath: "/opt/ml/processing/output", S3UploadMode: "EndOfJob" },
      },
    ],
  },
});

/** Processing, training, tuning and transform jobs and pipeline executions: begun, and some of them stopped. */
export function jobs(world: World): Actor {
  const { ledger, random } = world;
  const text = async (Key: string) =>
    orNothing(world.clients.s3.getObject({ Bucket: BUCKET, Key }).then(({ Body }) => Body?.transformToString()));
  const holds = async (key: string, wanted: string) => {
    const found = await text(key);
    if (found !== wanted) throw new Error(`${key} holds ${found}, and not ${wanted}`);
  };
  const exists = async (key: string) => {
    if ((await text(key)) === undefined) throw new Error(`there is no ${key}`);
  };
  const process = () => {
    const ProcessingJobName = world.name("process");
    const status = () =>
      orNothing(
        world.clients.sagemaker.describeProcessingJob({ ProcessingJobName }).then((it) => it.ProcessingJobStatus),
      );
    const outcome = (end: string) =>
      end === "Completed" ? holds(`out/${ProcessingJobName}/name.txt`, ProcessingJobName) : Promise.resolve();
    const request = processing("out", ProcessingJobName, `s3://${BUCKET}/out/${ProcessingJobName}`);
    const stops = random() < 0.2;
    const ends = stops ? ["Completed", "Stopped"] : ["Completed"];
    return ledger.begin({ key: ProcessingJobName, status, ends, outcome }, async () => {
      await world.clients.sagemaker.createProcessingJob({ ProcessingJobName, ...request } as never);
      if (!stops) return;
      await pause(random.below(200));
      await ignoringEnded(world.clients.sagemaker.stopProcessingJob({ ProcessingJobName }));
    });
  };
  const training = {
    AlgorithmSpecification: {
      TrainingImage: IMAGE,
      TrainingInputMode: "File" as const,
      MetricDefinitions: [{ Name: "score", Regex: "score=([0-9.]+)" }],
    },
    RoleArn: ROLE,
    OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/out` },
    ResourceConfig: resources,
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  };
  const program = { sagemaker_program: "train.py", sagemaker_submit_directory: script("train.tar.gz") };
  const train = () => {
    const TrainingJobName = world.name("train");
    const status = () =>
      orNothing(world.clients.sagemaker.describeTrainingJob({ TrainingJobName }).then((it) => it.TrainingJobStatus));
    const outcome = () => exists(`out/${TrainingJobName}/output/model.tar.gz`);
    return ledger.begin({ key: TrainingJobName, status, ends: ["Completed"], outcome }, () =>
      world.clients.sagemaker.createTrainingJob({
        TrainingJobName,
        ...training,
        HyperParameters: { ...program, X: "0.5" },
      }),
    );
  };
  const tune = () => {
    const HyperParameterTuningJobName = world.name("tune");
    const described = () => world.clients.sagemaker.describeHyperParameterTuningJob({ HyperParameterTuningJobName });
    const status = () => orNothing(described().then((it) => it.HyperParameterTuningJobStatus));
    const outcome = async () => {
      const { TrainingJobStatusCounters: counts } = await described();
      if (counts?.Completed !== 2) throw new Error(`${JSON.stringify(counts)}, and not two completed trials`);
    };
    return ledger.begin({ key: HyperParameterTuningJobName, status, ends: ["Completed"], outcome }, () =>
      world.clients.sagemaker.createHyperParameterTuningJob({
        HyperParameterTuningJobName,
        HyperParameterTuningJobConfig: {
          Strategy: "Random",
          HyperParameterTuningJobObjective: { Type: "Maximize", MetricName: "score" },
          ResourceLimits: { MaxNumberOfTrainingJobs: 2, MaxParallelTrainingJobs: 2 },
          ParameterRanges: { ContinuousParameterRanges: [{ Name: "X", MinValue: "0", MaxValue: "1" }] },
          RandomSeed: 7,
        },
        TrainingJobDefinition: { ...training, StaticHyperParameters: program },
      }),
    );
  };
  const transform = () => {
    const TransformJobName = world.name("transform");
    const status = () =>
      orNothing(world.clients.sagemaker.describeTransformJob({ TransformJobName }).then((it) => it.TransformJobStatus));
    const outcome = () => holds(`out/${TransformJobName}/rows.csv.out`, "blue");
    return ledger.begin({ key: TransformJobName, status, ends: ["Completed"], outcome }, () =>
      world.clients.sagemaker.createTransformJob({
        TransformJobName,
        ModelName: "blue",
        TransformInput: {
          DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://${BUCKET}/rows/` } },
          ContentType: "text/csv",
        },
        TransformOutput: { S3OutputPath: `s3://${BUCKET}/out/${TransformJobName}` },
        TransformResources: { InstanceType: "ml.m5.large", InstanceCount: 1 },
      }),
    );
  };
  const execute = async () => {
    const name = world.name("execution");
    const find = async () => {
      const { PipelineExecutionSummaries = [] } = await world.clients.sagemaker.listPipelineExecutions({
        PipelineName: "flow",
        MaxResults: 100,
      });
      return PipelineExecutionSummaries.filter((it) => it.PipelineExecutionDisplayName === name);
    };
    const status = async () => {
      const found = await find();
      if (found.length > 1) throw new Error(`${name} was started ${found.length} times`);
      return found[0]?.PipelineExecutionStatus;
    };
    const stops = random() < 0.15;
    const ends = stops ? ["Succeeded", "Stopped"] : ["Succeeded"];
    const outcome = (end: string) => (end === "Succeeded" ? holds(`out/${name}/name.txt`, name) : Promise.resolve());
    await ledger.begin({ key: name, status, ends, outcome }, async () => {
      const { PipelineExecutionArn } = await world.clients.sagemaker.startPipelineExecution({
        PipelineName: "flow",
        PipelineExecutionDisplayName: name,
        PipelineParameters: [{ Name: "Name", Value: name }],
        ClientRequestToken: `${name}-token-of-thirty-two-characters`,
      });
      if (!stops) return;
      await pause(random.below(300));
      const ClientRequestToken = `${name}-stop-of-thirty-two-characters-`;
      await ignoringEnded(world.clients.sagemaker.stopPipelineExecution({ PipelineExecutionArn, ClientRequestToken }));
    });
  };
  return {
    name: "jobs",
    async step() {
      await random.one([process, process, train, tune, transform, execute, execute])();
      // As many as the machine can run, or they would only wait.
      while ((await ledger.underWay()) > 4) await pause(200);
    },
  };
}

/** The pipeline of {@link jobs}' executions: a job, and a gate after it. */
export async function preparePipeline({ clients }: World): Promise<void> {
  const Name = { Get: "Parameters.Name" };
  const uri = { "Std:Join": { On: "/", Values: [`s3://${BUCKET}/out`, Name] } };
  const definition = {
    Version: "2020-12-01",
    Parameters: [{ Name: "Name", Type: "String" }],
    Steps: [
      { Name: "Work", Type: "Processing", Arguments: processing("out", Name, uri) },
      {
        Name: "Gate",
        Type: "Condition",
        DependsOn: ["Work"],
        Arguments: { Conditions: [{ Type: "Equals", LeftValue: 1, RightValue: 1 }], IfSteps: [], ElseSteps: [] },
      },
    ],
  };
  await clients.sagemaker.createPipeline({
    PipelineName: "flow",
    PipelineDefinition: JSON.stringify(definition),
    RoleArn: ROLE,
    ClientRequestToken: "flow-token-of-thirty-two-characters",
  });
}

/** Stopping what has just ended is refused. */
async function ignoringEnded(stopping: Promise<unknown>): Promise<void> {
  await stopping.catch((error: Error & { $metadata?: { httpStatusCode?: number } }) => {
    if (error.$metadata?.httpStatusCode === undefined) throw error;
  });
}
