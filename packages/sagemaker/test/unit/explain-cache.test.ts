import { explainCache } from "../../src/index";
import { FakeAws } from "./fake-aws";

const account = "arn:aws:sagemaker:us-east-1:000000000000";
const execution = (id: string) => `${account}:pipeline/churn/execution/${id}`;
const training = (name: string, status = "Succeeded") => ({
  StepName: "Train",
  StepStatus: status,
  Metadata: { TrainingJob: { Arn: `${account}:training-job/${name}` } },
});
const described = (max_depth: string, data: string, RoleArn = "arn:role") => ({
  RoleArn,
  AlgorithmSpecification: { TrainingImage: "image", TrainingInputMode: "File" },
  HyperParameters: { max_depth },
  InputDataConfig: [{ ChannelName: "train", DataSource: { S3DataSource: { S3Uri: data } } }],
});

describe("explainCache", () => {
  /** Three executions: the newest one, one whose step failed, and the oldest. */
  const explain = async (now: object, before: object, newestSteps: object[] = [training("now")]) => {
    const steps: Record<string, object[]> = {
      [execution("newest")]: newestSteps,
      [execution("failed")]: [training("broken", "Failed")],
      [execution("oldest")]: [training("before")],
    };
    const aws = new FakeAws({
      DescribePipelineExecution: { PipelineExecutionStatus: "Succeeded", PipelineArn: `${account}:pipeline/churn` },
      ListPipelineExecutionSteps: ({ PipelineExecutionArn }) => ({
        PipelineExecutionSteps: steps[PipelineExecutionArn],
      }),
      ListPipelineExecutions: {
        PipelineExecutionSummaries: Object.keys(steps).map((PipelineExecutionArn) => ({ PipelineExecutionArn })),
      },
      DescribeTrainingJob: ({ TrainingJobName }) => (TrainingJobName === "now" ? now : before),
    });
    return { aws, explained: await explainCache(aws.clients, execution("newest")) };
  };

  it("names the attribute that changed since the newest success, and nothing that does not count", async () => {
    const { explained } = await explain(described("9", "s3://b/data", "arn:other"), described("8", "s3://b/data"));
    expect(explained).toEqual([
      {
        step: "Train",
        result: "miss",
        reason: "HyperParameters.max_depth changed",
        comparedWith: execution("oldest"),
        changed: [{ path: "HyperParameters.max_depth", before: "8", after: "9" }],
      },
    ]);
  });

  it("says which step's new output made a step run again", async () => {
    const output = (id: string) => `s3://b/runs/churn/${id}/Prepare/train`;
    const { explained } = await explain(described("8", output("abcdefghijkl")), described("8", output("mnopqrstuvwx")));
    expect(explained[0]?.reason).toBe("it reads new output of Prepare");
  });

  it("tells a hit from a first run", async () => {
    const hit = { ...training("before"), CacheHitResult: { SourcePipelineExecutionArn: execution("oldest") } };
    const fresh = {
      StepName: "Other",
      StepStatus: "Succeeded",
      Metadata: { TrainingJob: { Arn: `${account}:training-job/o` } },
    };
    const { explained } = await explain({}, {}, [hit, fresh]);
    expect(explained).toEqual([
      {
        step: "Train",
        result: "hit",
        reason: "nothing changed since run oldest",
        comparedWith: execution("oldest"),
        changed: [],
      },
      { step: "Other", result: "miss", reason: "it has not succeeded before", changed: [] },
    ]);
  });

  it("only lists and describes", async () => {
    const { aws } = await explain(described("9", "s3://b/d"), described("8", "s3://b/d"));
    expect(aws.calls.every(({ operation }) => /^(List|Describe)/.test(operation))).toBe(true);
  });
});
