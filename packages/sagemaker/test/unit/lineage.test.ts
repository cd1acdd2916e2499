import { endpointLineage, type LineageNode, modelLineage } from "../../src/index";
import { type Answer, FakeAws, Refusal } from "./fake-aws";

const prefix = "arn:aws:sagemaker:us-east-1:000000000000";
const arn = `${prefix}:model-package/churn/4`;
const execution = `${prefix}:pipeline/churn-training/execution/e1`;
const [data, code] = ["a".repeat(64), "b".repeat(64)];
const gone = new Refusal("ValidationException", "Could not find what was asked for");

const answers = (): Record<string, Answer> => ({
  DescribeEndpoint: { EndpointName: "churn", EndpointStatus: "InService", EndpointConfigName: "churn-1" },
  DescribeEndpointConfig: { ProductionVariants: [{ VariantName: "AllTraffic", ModelName: "churn-m" }] },
  DescribeModel: { ModelName: "churn-m", PrimaryContainer: { ModelPackageName: arn } },
  DescribeModelPackage: {
    ModelPackageArn: arn,
    ModelPackageGroupName: "churn",
    ModelPackageVersion: 4,
    ModelApprovalStatus: "Approved",
    InferenceSpecification: {
      Containers: [{ Image: "image", ModelDataUrl: "s3://b/runs/e1/Tune/trial-2/output/model.tar.gz" }],
    },
    ModelMetrics: { ModelQuality: { Statistics: { S3Uri: "s3://b/runs/e1/Evaluate/report/evaluation.json" } } },
    CustomerMetadataProperties: { manifest_sha256: "c".repeat(64), decided_by: "anna", decided_at: "2026-11-21" },
    MetadataProperties: { GeneratedBy: execution },
  },
  DescribePipelineExecution: { PipelineArn: `${prefix}:pipeline/churn-training`, PipelineExecutionStatus: "Succeeded" },
  ListPipelineParametersForExecution: { PipelineParameters: [{ Name: "MinimumAuc", Value: "0.8" }] },
  ListPipelineExecutionSteps: {
    PipelineExecutionSteps: [
      { StepName: "Prepare", Metadata: { ProcessingJob: { Arn: `${prefix}:processing-job/prepare` } } },
      { StepName: "Tune", Metadata: { TuningJob: { Arn: `${prefix}:hyper-parameter-tuning-job/tune` } } },
      { StepName: "Evaluate", Metadata: { ProcessingJob: { Arn: `${prefix}:processing-job/evaluate` } } },
    ],
  },
  DescribeTrainingJob: {
    TrainingJobArn: `${prefix}:training-job/trial-2`,
    TuningJobArn: `${prefix}:hyper-parameter-tuning-job/tune`,
    HyperParameters: { sagemaker_submit_directory: `"s3://b/code/${code}/sourcedir.tar.gz"`, max_depth: "7" },
    ModelArtifacts: { S3ModelArtifacts: "s3://b/runs/e1/Tune/trial-2/output/model.tar.gz" },
    InputDataConfig: [
      { ChannelName: "train", DataSource: { S3DataSource: { S3Uri: "s3://b/runs/e1/Prepare/train" } } },
    ],
  },
  DescribeHyperParameterTuningJob: { HyperParameterTuningJobStatus: "Completed" },
  DescribeProcessingJob: ({ ProcessingJobName: name }) =>
    name === "prepare"
      ? job(
          name,
          { code: `s3://b/code/${code}/`, data: `s3://b/data/${data}/churn.csv` },
          "s3://b/runs/e1/Prepare/train",
        )
      : job(name, { test: "s3://b/runs/e1/Prepare/train" }, "s3://b/runs/e1/Evaluate/report"),
});

function job(name: string, inputs: Record<string, string>, output: string): object {
  return {
    ProcessingJobArn: `${prefix}:processing-job/${name}`,
    ProcessingInputs: Object.entries(inputs).map(([InputName, S3Uri]) => ({ InputName, S3Input: { S3Uri } })),
    ProcessingOutputConfig: { Outputs: [{ OutputName: "report", S3Output: { S3Uri: output } }] },
  };
}

/** A tree as nested names, which is how a person sees it. */
function outline({ kind, name, repeated, from }: LineageNode): unknown {
  return [`${kind} ${name}${repeated ? " again" : ""}`, ...from.map(outline)];
}

test("leads from an endpoint to the data, each job spelt out once", async () => {
  const root = await endpointLineage(new FakeAws(answers()).clients, "churn");
  const prepare = ["processing-job prepare", [`code ${code}`], ["data churn.csv"]];
  expect(outline(root)).toEqual([
    "endpoint churn",
    [
      "endpoint-config churn-1",
      [
        "model churn-m",
        [
          "model-package churn/4",
          ["pipeline-execution e1"],
          ["training-job trial-2", ["tuning-job tune"], ["code sourcedir.tar.gz"], prepare],
          ["processing-job evaluate", ["processing-job prepare again"]],
        ],
      ],
    ],
  ]);
});

const find = (node: LineageNode, kind: string): LineageNode[] => [
  ...(node.kind === kind ? [node] : []),
  ...node.from.flatMap((each) => find(each, kind)),
];

test("carries digests, parameters and decisions, and says when an address lies", async () => {
  const aws = new FakeAws(answers());
  const [source] = find(await modelLineage(aws.clients, arn), "data");
  expect(source).toMatchObject({ uri: `s3://b/data/${data}/churn.csv`, sha256: data, facts: {} });
  // What Prepare read is believed before what the address promises.
  aws.objects.set("b/runs/e1/Prepare/train/prepare.json", Buffer.from(JSON.stringify({ sha256: "d".repeat(64) })));
  aws.buckets.add("b");
  const root = await modelLineage(aws.clients, arn);
  expect(find(root, "data")[0]).toMatchObject({
    sha256: "d".repeat(64),
    facts: { warning: expect.stringContaining(data) },
  });
  expect(root).toMatchObject({ sha256: "c".repeat(64), facts: { approval: "Approved", decidedBy: "anna" } });
  expect(find(root, "training-job")[0]?.facts).toMatchObject({ max_depth: "7" });
  expect(find(root, "pipeline-execution")[0]?.facts).toMatchObject({ MinimumAuc: "0.8", pipeline: "churn-training" });
});

test("names what is gone and goes on with the rest", async () => {
  const missing = async (changed: Record<string, Answer>, from: "endpoint" | "model" = "endpoint") => {
    const { clients } = new FakeAws({ ...answers(), ...changed });
    const root = from === "endpoint" ? await endpointLineage(clients, "churn") : await modelLineage(clients, arn);
    return find(root, "missing").map(({ facts }) => facts.why);
  };
  expect(await missing({})).toEqual([]);
  expect(await missing({ DescribeModelPackage: gone })).toEqual(["the model package was deleted from the registry"]);
  expect(await missing({ DescribeModel: gone })).toEqual(["the model is not there any more"]);
  expect(await missing({ DescribeEndpointConfig: gone })).toEqual(["the endpoint configuration is not there any more"]);
  expect(await missing({ DescribePipelineExecution: gone, ListPipelineExecutionSteps: gone }, "model")).toEqual([
    "the pipeline execution is not there any more",
    "the job that evaluated the model is not known",
  ]);
  expect(await missing({ DescribeTrainingJob: gone }, "model")).toEqual([
    "the training job that wrote the model is not known",
  ]);
  const unregistered = { DescribeModel: { PrimaryContainer: { ModelDataUrl: "s3://b/m.tar.gz" } } };
  expect(await missing(unregistered)).toEqual([
    "the model was made without the registry, so what it was made from is unknown",
  ]);
});
