import { executionReportWith } from "../../src/execution-report";
import {
  createClients,
  type ExecutionEvent,
  isFinal,
  startExecution,
  tuningProgress,
  watchExecution,
} from "../../src/index";
import { watchExecutionWith } from "../../src/watch-execution";
import { FakeAws, FakeSurroundings, Refusal } from "./fake-aws";

const definition = JSON.stringify({
  Parameters: [
    { Name: "InputDataUri", Type: "String" },
    { Name: "MinimumAuc", Type: "Float", DefaultValue: 0.8 },
    { Name: "Trials", Type: "Integer", DefaultValue: 12 },
    { Name: "Mode", Type: "String", DefaultValue: "fast", EnumValues: ["fast", "full"] },
    { Name: "Spot", Type: "Boolean", DefaultValue: false },
  ],
  Steps: [
    {
      Name: "Prepare",
      PropertyFiles: [{ PropertyFileName: "Report", OutputName: "report", FilePath: "evaluation.json" }],
    },
    { Name: "Gate", Arguments: { IfSteps: [{ Name: "Register" }], ElseSteps: [] } },
  ],
});
const arn = "arn:aws:sagemaker:us-east-1:000000000000:pipeline/churn/execution/abcdefghijkl";

describe("startExecution", () => {
  const start = (parameters: Record<string, string | number | boolean>, more: object = {}) => {
    const aws = new FakeAws({
      DescribePipeline: { PipelineDefinition: definition },
      StartPipelineExecution: { PipelineExecutionArn: arn },
    });
    return { aws, result: startExecution(aws.clients, { pipeline: "churn", parameters, ...more }) };
  };

  it("sends checked parameters as texts, with token, selection and parallelism", async () => {
    const { aws, result } = start(
      { InputDataUri: "s3://b/k", MinimumAuc: 0.85, Trials: "8", Spot: true },
      { clientRequestToken: "t".repeat(32), selectedSteps: ["Prepare", "Register"], parallelism: 2 },
    );
    expect(await result).toEqual({ executionArn: arn });
    expect(aws.inputs("StartPipelineExecution")[0]).toEqual({
      PipelineName: "churn",
      PipelineParameters: [
        { Name: "InputDataUri", Value: "s3://b/k" },
        { Name: "MinimumAuc", Value: "0.85" },
        { Name: "Trials", Value: "8" },
        { Name: "Spot", Value: "true" },
      ],
      ClientRequestToken: "t".repeat(32),
      SelectiveExecutionConfig: { SelectedSteps: [{ StepName: "Prepare" }, { StepName: "Register" }] },
      ParallelismConfiguration: { MaxParallelExecutionSteps: 2 },
    });
  });

  it("names every wrong parameter at once and starts nothing", async () => {
    const { aws, result } = start({ MinimumAuc: "high", Trials: 2.5, Mode: "slow", Spot: "maybe", Typo: 1 });
    await expect(result).rejects.toMatchObject({
      name: "ParametersError",
      issues: [
        { code: "parameter_type", message: 'parameters.MinimumAuc: "high" is not a number.' },
        { code: "parameter_type", message: "parameters.Trials: 2.5 is not a whole number." },
        { code: "parameter_not_allowed", message: 'parameters.Mode: "slow" is not one of fast, full.' },
        { code: "parameter_type", message: 'parameters.Spot: "maybe" is not true or false.' },
        {
          code: "parameter_unknown",
          message:
            "parameters.Typo: there is no such parameter. The pipeline declares InputDataUri, MinimumAuc, Trials, Mode, Spot.",
        },
        {
          code: "parameter_missing",
          message: "parameters.InputDataUri: a value is required, because the parameter has no default. Give one.",
        },
      ],
    });
    expect(aws.inputs("StartPipelineExecution")).toHaveLength(0);
  });

  it("refuses a step that the pipeline does not have", async () => {
    const { result } = start({ InputDataUri: "s3://b/k" }, { selectedSteps: ["Prepair"] });
    await expect(result).rejects.toMatchObject({
      code: "step_unknown",
      message: "selectedSteps: the pipeline has no step Prepair. Its steps are Prepare, Gate, Register.",
    });
  });
});

const job = "arn:aws:sagemaker:us-east-1:000000000000";
const step = (name: string, status: string, more: object = {}) => ({
  StepName: name,
  StepStatus: status,
  StartTime: 1_700_000_000,
  ...(status === "Executing" ? {} : { EndTime: 1_700_000_002.5 }),
  ...more,
});
const tuning = (completed: number, best?: number) => ({
  HyperParameterTuningJobConfig: { ResourceLimits: { MaxNumberOfTrainingJobs: 12 } },
  TrainingJobStatusCounters: { Completed: completed, InProgress: 2, NonRetryableError: 1 },
  ...(best === undefined
    ? {}
    : {
        BestTrainingJob: {
          TrainingJobName: `tune-00${completed}`,
          TunedHyperParameters: { max_depth: "9" },
          FinalHyperParameterTuningJobObjectiveMetric: { MetricName: "validation:auc", Value: best },
        },
      }),
});

describe("watchExecution", () => {
  const tune = { Metadata: { TuningJob: { Arn: `${job}:hyper-parameter-tuning-job/tune` } } };
  const scenes: { status: string; steps: object[]; tuning?: object }[] = [
    { status: "Executing", steps: [step("Prepare", "Executing")] },
    { status: "Executing", steps: [step("Prepare", "Executing")] },
    {
      status: "Executing",
      steps: [
        step("Prepare", "Succeeded", { CacheHitResult: { SourcePipelineExecutionArn: "arn:old" } }),
        step("Tune", "Executing", tune),
      ],
      tuning: tuning(0),
    },
    {
      status: "Executing",
      steps: [step("Prepare", "Succeeded"), step("Tune", "Executing", tune)],
      tuning: tuning(3, 0.91),
    },
    {
      status: "Failed",
      steps: [
        step("Tune", "Succeeded", tune),
        step("Gate", "Succeeded", { Metadata: { Condition: { Outcome: "False" } } }),
        step("Weak", "Failed", { FailureReason: "too weak" }),
      ],
      tuning: tuning(11, 0.93),
    },
  ];
  const play = (interrupt: (count: number) => Refusal | undefined = () => undefined) => {
    let scene = -1;
    const current = () => scenes[Math.min(Math.max(scene, 0), scenes.length - 1)];
    return new FakeAws({
      DescribePipelineExecution: (_input, count) => {
        const refusal = interrupt(count);
        if (refusal !== undefined) return refusal;
        scene += 1;
        return { PipelineExecutionStatus: current()?.status, PipelineArn: "arn:p", CreationTime: 1_700_000_000 };
      },
      ListPipelineExecutionSteps: () => ({ PipelineExecutionSteps: current()?.steps }),
      DescribeHyperParameterTuningJob: () => current()?.tuning ?? {},
    });
  };
  const told = (event: ExecutionEvent): string => {
    if (event.type === "step") return `${event.step.name} ${event.step.state}`;
    if (event.type === "tuning")
      return `${event.progress.completed} of ${event.progress.total}, best ${event.progress.best?.value}`;
    return event.type === "execution" ? event.status : `delay ${event.retryAfterMs}`;
  };
  const watch = async (aws: FakeAws, surroundings: FakeSurroundings, signal?: AbortSignal) => {
    const events: string[] = [];
    const options = signal === undefined ? {} : { signal };
    for await (const event of watchExecutionWith(aws.clients, arn, options, surroundings)) events.push(told(event));
    return events;
  };

  it("tells every change once, in order, and ends with the execution", async () => {
    const surroundings = new FakeSurroundings();
    expect(await watch(play(), surroundings)).toEqual([
      "Executing",
      "Prepare running",
      "Prepare cached",
      "0 of 12, best undefined",
      "Tune running",
      "Prepare succeeded",
      "3 of 12, best 0.91",
      "11 of 12, best 0.93",
      "Tune succeeded",
      "Gate succeeded",
      "Weak failed",
      "Failed",
    ]);
    expect(surroundings.slept).toEqual([100, 150, 100, 100]);
  });

  it("waits out throttling and server faults, ever longer, and goes on", async () => {
    const surroundings = new FakeSurroundings();
    const aws = play((count) =>
      count === 2
        ? new Refusal("ThrottlingException", "Rate exceeded")
        : count === 3
          ? new Refusal("InternalFailure", "oops", 500)
          : undefined,
    );
    const events = await watch(aws, surroundings);
    expect(events.filter((event) => event.startsWith("delay"))).toEqual(["delay 200", "delay 400"]);
    expect(events.at(-1)).toBe("Failed");
  });

  it("gives up after twelve failures in a row, and at once on a refusal", async () => {
    const throttled = play(() => new Refusal("ThrottlingException", "Rate exceeded"));
    await expect(watch(throttled, new FakeSurroundings())).rejects.toMatchObject({
      code: "execution_unreachable",
      facts: { failures: 12 },
    });
    const unknown = play(() => new Refusal("ResourceNotFound", "Pipeline execution does not exist"));
    await expect(watch(unknown, new FakeSurroundings())).rejects.toMatchObject({ name: "ResourceNotFound" });
    expect(unknown.calls).toHaveLength(1);
  });

  it("waits for expired credentials as long as it takes, looks for them again, and resumes", async () => {
    const surroundings = new FakeSurroundings();
    const aws = play((count) =>
      count >= 2 && count <= 40 ? new Refusal("ExpiredTokenException", "ended") : undefined,
    );
    let renewals = 0;
    const clients = {
      ...aws.clients,
      renewCredentials: () => {
        renewals += 1;
      },
    };
    const events: ExecutionEvent[] = [];
    for await (const event of watchExecutionWith(clients, arn, {}, surroundings)) events.push(event);
    const delays = events.filter((event) => event.type === "delay");
    expect(new Set(delays.map(({ cause }) => cause))).toEqual(new Set(["credentials"]));
    expect({ delays: delays.length, renewals }).toEqual({ delays: 39, renewals: 39 });
    expect(events.at(-1)).toMatchObject({ type: "execution", status: "Failed" });
  });

  it("refuses credentials that were never good, at once", async () => {
    const aws = play(() => new Refusal("ExpiredTokenException", "ended"));
    await expect(watch(aws, new FakeSurroundings())).rejects.toMatchObject({ name: "ExpiredTokenException" });
    expect(aws.calls).toHaveLength(1);
  });

  it("waits out an hour without a network, telling every wait before it begins", async () => {
    const surroundings = new FakeSurroundings();
    const aws = play((count) => {
      if (count >= 2 && count <= 61) throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
      return undefined;
    });
    const events: ExecutionEvent[] = [];
    for await (const event of watchExecutionWith(aws.clients, arn, {}, surroundings)) {
      // Said before it is waited: nothing is slept between the failure and the news of it.
      if (event.type === "delay") expect(event.at.getTime()).toBe(surroundings.time);
      events.push(event);
    }
    const delays = events.filter((event) => event.type === "delay");
    expect(delays).toHaveLength(60);
    expect(delays.reduce((sum, { retryAfterMs }) => sum + retryAfterMs, 0)).toBeGreaterThan(1_800_000);
    expect(delays.every(({ cause }) => cause === "network")).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: "execution", status: "Failed" });
  });

  it("ends when the caller no longer wants to watch", async () => {
    const end = new AbortController();
    end.abort(new Error("enough"));
    await expect(watch(play(), new FakeSurroundings(), end.signal)).rejects.toThrow("enough");
  });

  it("takes no notice of a clientless pace: the default is AWS's", () => {
    expect(createClients({ region: "us-east-1" }).polling).toBeUndefined();
    expect(["Executing", "Stopping", "Failed"].map((status) => isFinal(status as "Failed"))).toEqual([
      false,
      false,
      true,
    ]);
    expect(watchExecution).toBeInstanceOf(Function);
  });
});

describe("tuningProgress", () => {
  it("counts a grid's combinations when the job names no number of trials", async () => {
    const CategoricalParameterRanges = [
      { Name: "a", Values: ["1", "2", "3"] },
      { Name: "b", Values: ["x", "y"] },
    ];
    const aws = new FakeAws({
      DescribeHyperParameterTuningJob: {
        HyperParameterTuningJobConfig: { Strategy: "Grid", ParameterRanges: { CategoricalParameterRanges } },
        TrainingJobDefinition: {},
        TrainingJobStatusCounters: { Completed: 2, InProgress: 1 },
      },
    });
    expect(await tuningProgress(aws.clients, "grid")).toEqual({
      total: 6,
      completed: 2,
      inProgress: 1,
      failed: 0,
      stopped: 0,
    });
  });
});

describe("executionReport", () => {
  it("gathers outcome, failures, the registered version and the metrics the steps wrote", async () => {
    const register = { Metadata: { RegisterModel: { Arn: `${job}:model-package/churn/3` } } };
    const aws = new FakeAws({
      DescribePipelineExecution: {
        PipelineExecutionStatus: "Failed",
        PipelineArn: "arn:p",
        CreationTime: 1_700_000_000,
        LastModifiedTime: 1_700_000_060,
      },
      ListPipelineExecutionSteps: (input) =>
        input.NextToken === undefined
          ? {
              PipelineExecutionSteps: [
                step("Prepare", "Succeeded", { Metadata: { ProcessingJob: { Arn: `${job}:processing-job/p1` } } }),
              ],
              NextToken: "more",
            }
          : {
              PipelineExecutionSteps: [
                step("Gate", "Succeeded", { Metadata: { Condition: { Outcome: "True" } } }),
                step("Register", "Succeeded", register),
                step("Last", "Failed", { FailureReason: "no disk" }),
              ],
            },
      DescribePipelineDefinitionForExecution: { PipelineDefinition: definition },
      DescribeProcessingJob: {
        ProcessingOutputConfig: {
          Outputs: [{ OutputName: "report", S3Output: { S3Uri: "s3://bucket/runs/report/" } }],
        },
      },
    });
    aws.objects.set("bucket/runs/report/evaluation.json", Buffer.from('{"metrics":{"roc_auc":0.91,"note":"x"}}'));
    const report = await executionReportWith(aws.clients, arn, new FakeSurroundings());
    expect(report).toMatchObject({
      status: "Failed",
      seconds: 60,
      conditions: [{ step: "Gate", outcome: true }],
      failures: [{ step: "Last", reason: "no disk" }],
      modelPackageArn: `${job}:model-package/churn/3`,
      files: { Prepare: { Report: { metrics: { roc_auc: 0.91 } } } },
      metrics: { roc_auc: 0.91 },
    });
    expect(report.steps.map(({ name, seconds }) => [name, seconds])).toEqual([
      ["Prepare", 2.5],
      ["Gate", 2.5],
      ["Register", 2.5],
      ["Last", 2.5],
    ]);
  });
});
