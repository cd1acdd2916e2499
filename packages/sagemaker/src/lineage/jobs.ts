import {
  DescribeHyperParameterTuningJobCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
} from "@aws-sdk/client-sagemaker";
import { isNotFound } from "../aws-errors";
import type { Clients } from "../clients";
import { isAbsent, readJson } from "../objects";
import { addressedDigest, facts, type LineageNode, missing } from "./node";

/** A job with what it read and wrote, before it is put into a tree. */
export interface JobNode {
  readonly node: LineageNode;
  /** Name and address of everything it read. */
  readonly inputs: readonly { readonly name: string; readonly uri: string }[];
  /** Addresses of the folders, or files, it wrote. */
  readonly outputs: readonly string[];
  /** SHA-256 of the data set it says it read. @default absent when it says nothing of it */
  readonly dataSha256?: string;
}

type Reader = Pick<Clients, "sagemaker" | "s3">;

/** A training job, with the tuning job that started it. @returns undefined when there is no such job */
export async function trainingJob(clients: Reader, name: string): Promise<JobNode | undefined> {
  const job = await unlessGone(() => clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name })));
  if (job === undefined) return undefined;
  const { sagemaker_submit_directory: code, ...hyperparameters } = job.HyperParameters ?? {};
  const own = Object.fromEntries(Object.entries(hyperparameters).filter(([key]) => !key.startsWith("sagemaker_")));
  const tuning = job.TuningJobArn === undefined ? [] : [await tuningJob(clients, job.TuningJobArn)];
  const channels = (job.InputDataConfig ?? []).map(({ ChannelName: channel = "", DataSource }) => ({
    name: channel,
    uri: DataSource?.S3DataSource?.S3Uri ?? "",
  }));
  const metrics = (job.FinalMetricDataList ?? []).map(({ MetricName, Value }) => [MetricName ?? "", Value] as const);
  return {
    node: {
      kind: "training-job",
      name,
      ...(job.TrainingJobArn === undefined ? {} : { arn: job.TrainingJobArn }),
      ...(job.ModelArtifacts?.S3ModelArtifacts === undefined ? {} : { uri: job.ModelArtifacts.S3ModelArtifacts }),
      facts: facts({
        status: job.TrainingJobStatus,
        image: job.AlgorithmSpecification?.TrainingImage,
        instance: job.ResourceConfig?.InstanceType,
        billableSeconds: job.BillableTimeInSeconds,
        ...own,
        ...Object.fromEntries(metrics),
      }),
      from: tuning,
    },
    inputs: [...(code === undefined ? [] : [{ name: "code", uri: unquoted(code) }]), ...channels],
    outputs: [job.ModelArtifacts?.S3ModelArtifacts ?? ""].filter((uri) => uri !== ""),
  };
}

/** A processing job. @returns undefined when there is no such job */
export async function processingJob(clients: Reader, name: string): Promise<JobNode | undefined> {
  const job = await unlessGone(() =>
    clients.sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name })),
  );
  if (job === undefined) return undefined;
  const outputs = (job.ProcessingOutputConfig?.Outputs ?? []).map(({ OutputName, S3Output }) => ({
    name: OutputName ?? "",
    uri: S3Output?.S3Uri ?? "",
  }));
  const report = outputs.find((output) => output.name === "report")?.uri;
  const dataSha256 = report === undefined ? undefined : await preparedDigest(clients, report);
  return {
    node: {
      kind: "processing-job",
      name,
      ...(job.ProcessingJobArn === undefined ? {} : { arn: job.ProcessingJobArn }),
      facts: facts({
        status: job.ProcessingJobStatus,
        image: job.AppSpecification?.ImageUri,
        instance: job.ProcessingResources?.ClusterConfig?.InstanceType,
        arguments: job.AppSpecification?.ContainerArguments?.join(" "),
      }),
      from: [],
    },
    inputs: (job.ProcessingInputs ?? []).map(({ InputName, S3Input }) => ({
      name: InputName ?? "",
      uri: S3Input?.S3Uri ?? "",
    })),
    outputs: outputs.map(({ uri }) => uri),
    ...(dataSha256 === undefined ? {} : { dataSha256 }),
  };
}

/** A tuning job, without its trials. */
export async function tuningJob(clients: Reader, arn: string): Promise<LineageNode> {
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const job = await unlessGone(() =>
    clients.sagemaker.send(new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name })),
  );
  if (job === undefined) return missing(name, "the tuning job is not there any more");
  const objective = job.HyperParameterTuningJobConfig?.HyperParameterTuningJobObjective;
  return {
    kind: "tuning-job",
    name,
    arn,
    facts: facts({
      status: job.HyperParameterTuningJobStatus,
      strategy: job.HyperParameterTuningJobConfig?.Strategy,
      objective: objective === undefined ? undefined : `${objective.Type} ${objective.MetricName}`,
      best: job.BestTrainingJob?.TrainingJobName,
      bestValue: job.BestTrainingJob?.FinalHyperParameterTuningJobObjectiveMetric?.Value,
      trials: job.TrainingJobStatusCounters?.Completed,
    }),
    from: [],
  };
}

/** What Prepare says of the file it read, in the report it wrote. */
async function preparedDigest(clients: Reader, folder: string): Promise<string | undefined> {
  try {
    const report = await readJson(clients, `${folder.replace(/\/$/, "")}/prepare.json`);
    const { sha256 } = report as { readonly sha256?: unknown };
    return typeof sha256 === "string" ? sha256 : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** What was read but not made by a job at hand: code, a contract, or data. */
export function source(name: string, uri: string, job: JobNode): LineageNode {
  const addressed = addressedDigest(uri);
  const kind = name === "code" || name === "contract" ? name : "data";
  const written = kind === "data" ? job.dataSha256 : undefined;
  const sha256 = written ?? addressed;
  const differs = written !== undefined && addressed !== undefined && written !== addressed;
  return {
    kind,
    name: uri.replace(/\/$/, "").split("/").at(-1) ?? uri,
    uri,
    ...(sha256 === undefined ? {} : { sha256 }),
    facts: differs ? { warning: `its address says ${addressed}: the object was not what its address promises` } : {},
    from: [],
  };
}

/** Runs a Describe call. @returns undefined when the thing is gone */
export async function unlessGone<T>(describe: () => Promise<T>): Promise<T | undefined> {
  try {
    return await describe();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The SageMaker SDK writes hyperparameters as JSON texts. */
function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/, "$1");
}
