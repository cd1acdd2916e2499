import type {
  DescribeHyperParameterTuningJobResponse,
  ListTrainingJobsForHyperParameterTuningJobResponse,
} from "@aws-sdk/client-sagemaker";
import { until } from "../../../../../test/support/until";
import { temporaryState } from "../../support/folder";
import { FakeTraining, openTuning, tuningRequest } from "./fake-training";

type Opened = ReturnType<typeof openTuning>;

const depthAndTrees = ({ max_depth = "", n_estimators = "" }: Record<string, string>): number =>
  1 - (Number(max_depth) - 9) ** 2 / 100 - (Number(n_estimators) - 250) ** 2 / 1e6;

const describeJob = (opened: Opened, name = "tune"): Promise<DescribeHyperParameterTuningJobResponse> =>
  opened.call("DescribeHyperParameterTuningJob", { HyperParameterTuningJobName: name });
const ended = async (opened: Opened): Promise<boolean> =>
  !["InProgress", "Stopping"].includes((await describeJob(opened)).HyperParameterTuningJobStatus ?? "");

/** Runs a job to its end; `choose` says which of the running trials ends next. */
async function runToEnd(opened: Opened, training: FakeTraining, choose: (running: string[]) => string | undefined) {
  while (!(await ended(opened))) {
    const name = choose(training.running());
    if (name !== undefined) training.finish(name);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe("a tuning job", () => {
  let state: ReturnType<typeof temporaryState>;
  const rooms: Opened[] = [];
  const open = (training: FakeTraining): Opened => {
    const opened = openTuning(state.folder, training);
    rooms.push(opened);
    return opened;
  };
  beforeEach(() => {
    state = temporaryState();
  });
  afterEach(async () => {
    for (const { room } of rooms.splice(0)) await room.close?.();
    await state.remove();
  });

  it("runs as many trials as asked for, at most so many at once, and knows the best", async () => {
    const training = new FakeTraining(depthAndTrees);
    const opened = open(training);
    const statuses: string[] = [];
    training.bus.subscribe(({ detailType, detail }) => {
      if (detailType.includes("HyperParameter")) statuses.push(String(detail.HyperParameterTuningJobStatus));
    });
    await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune"));
    await runToEnd(opened, training, (running) =>
      running.length === 2 || training.created.length === 8 ? running[0] : undefined,
    );
    const job = await describeJob(opened);
    expect(job.HyperParameterTuningJobStatus).toBe("Completed");
    expect(training.most).toBe(2);
    expect(job.TrainingJobStatusCounters).toEqual({
      Completed: 8,
      InProgress: 0,
      RetryableError: 0,
      NonRetryableError: 0,
      Stopped: 0,
    });
    expect(job.ObjectiveStatusCounters).toEqual({ Succeeded: 8, Pending: 0, Failed: 0 });
    const values = [...training.jobs.values()].map((trial) => depthAndTrees(trial.HyperParameters));
    expect(job.BestTrainingJob?.FinalHyperParameterTuningJobObjectiveMetric?.Value).toBe(Math.max(...values));
    await until(() => statuses.length === 2);
    expect(statuses).toEqual(["InProgress", "Completed"]);
    expect(training.created[0]).toMatch(/^tune-001-[0-9a-f]{8}$/);
    expect(new Set(training.created.map((name) => name.slice(5, 8))).size).toBe(8);
  });

  it("hands every trial the fixed and the tuned hyperparameters, the objective's name and checkpoints of its own", async () => {
    const training = new FakeTraining(depthAndTrees);
    const opened = open(training);
    const requests: {
      HyperParameters: Record<string, string>;
      CheckpointConfig?: { S3Uri: string };
      TrainingJobName: string;
    }[] = [];
    const { invoke } = training;
    Object.assign(training, {
      invoke: (service: string, operation: string, input: object) => {
        if (operation === "CreateTrainingJob") requests.push(input as (typeof requests)[number]);
        return invoke(service, operation, input);
      },
    });
    const watched = openTuning(state.folder, training);
    rooms.push(watched);
    await watched.call("CreateHyperParameterTuningJob", tuningRequest("tune"));
    await until(() => requests.length === 2);
    expect(Object.keys(requests[0]?.HyperParameters ?? {}).sort()).toEqual([
      "_tuning_objective_metric",
      "estimator",
      "max_depth",
      "n_estimators",
    ]);
    expect(requests[0]?.HyperParameters._tuning_objective_metric).toBe("validation:auc");
    expect(requests[0]?.CheckpointConfig?.S3Uri).toBe(`s3://b/checkpoints/p/Tune/${requests[0]?.TrainingJobName}`);
    expect(opened).toBeDefined();
  });

  for (const Strategy of ["Bayesian", "Random"] as const) {
    it(`tries the same combinations with ${Strategy}, whichever of the running trials is quicker`, async () => {
      const tried: string[][] = [];
      for (const choose of [
        (running: string[]) => running[0],
        (running: string[]) => running.at(-1),
        (running: string[]) => running[running.length > 2 ? 1 : 0],
      ]) {
        const fresh = temporaryState();
        const training = new FakeTraining(depthAndTrees);
        const opened = openTuning(fresh.folder, training);
        const limits = { ResourceLimits: { MaxNumberOfTrainingJobs: 9, MaxParallelTrainingJobs: 3 } };
        await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune", { Strategy, ...limits }));
        await runToEnd(opened, training, choose);
        tried.push([...training.created].sort());
        await opened.room.close?.();
        await fresh.remove();
      }
      expect(tried[0]).toHaveLength(9);
      expect(tried[1]).toEqual(tried[0]);
      expect(tried[2]).toEqual(tried[0]);
    });
  }

  it("learns: later Bayesian trials are better than the opening ones", async () => {
    const training = new FakeTraining(depthAndTrees);
    const opened = open(training);
    const limits = { ResourceLimits: { MaxNumberOfTrainingJobs: 24, MaxParallelTrainingJobs: 2 } };
    await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune", { Strategy: "Bayesian", ...limits }));
    await runToEnd(opened, training, (running) => running[0]);
    const values = training.created.map((name) => depthAndTrees(training.jobs.get(name)?.HyperParameters ?? {}));
    const mean = (part: number[]) => part.reduce((sum, value) => sum + value, 0) / part.length;
    expect(mean(values.slice(-8))).toBeGreaterThan(mean(values.slice(0, 8)));
    expect(Math.max(...values)).toBeGreaterThan(0.98);
  });

  it("tries every combination of a grid once, and needs no number of jobs", async () => {
    const training = new FakeTraining(depthAndTrees);
    const opened = open(training);
    const grid = {
      Strategy: "Grid" as const,
      ResourceLimits: { MaxParallelTrainingJobs: 2, MaxNumberOfTrainingJobs: undefined },
      ParameterRanges: {
        CategoricalParameterRanges: [
          { Name: "max_depth", Values: ["4", "8", "12", "16"] },
          { Name: "n_estimators", Values: ["100", "200"] },
        ],
      },
    };
    await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune", grid));
    await runToEnd(opened, training, (running) => running.at(-1));
    const tried = [...training.jobs.values()].map(({ HyperParameters: h }) => `${h.max_depth}x${h.n_estimators}`);
    expect(tried).toEqual(["4x100", "4x200", "8x100", "8x200", "12x100", "12x200", "16x100", "16x200"]);
  });

  it("goes on after the process died: nothing is tried twice, and the trials are those of an undisturbed search", async () => {
    const undisturbed = new FakeTraining(depthAndTrees);
    const whole = temporaryState();
    const first = openTuning(whole.folder, undisturbed);
    await first.call("CreateHyperParameterTuningJob", tuningRequest("tune", { Strategy: "Bayesian" }));
    await runToEnd(first, undisturbed, (running) => running[0]);
    await first.room.close?.();
    await whole.remove();

    const training = new FakeTraining(depthAndTrees);
    let opened = openTuning(state.folder, training);
    await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune", { Strategy: "Bayesian" }));
    for (let restart = 0; restart < 4; restart += 1) {
      await until(() => training.running().length > 0);
      training.finish(training.running()[0] ?? "");
      await opened.room.close?.();
      // One more ends while nobody listens; its result is found at the next opening.
      const [unheard] = training.running();
      if (unheard !== undefined && restart % 2 === 0) training.finish(unheard);
      opened = openTuning(state.folder, training);
      await opened.room.recover?.();
    }
    await runToEnd(opened, training, (running) => running[0]);
    rooms.push(opened);
    expect([...training.created].sort()).toEqual([...undisturbed.created].sort());
  });

  it("launches a trial that was recorded but never created", async () => {
    const training = new FakeTraining(depthAndTrees);
    const opened = openTuning(state.folder, training);
    await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune"));
    await until(() => training.running().length === 2);
    await opened.room.close?.();
    const lost = training.created[1] ?? "";
    training.jobs.delete(lost);
    const again = open(training);
    await again.room.recover?.();
    await until(() => training.jobs.has(lost));
    expect(training.running()).toContain(lost);
  });

  it("keeps failed trials apart, and fails itself only when all did", async () => {
    const training = new FakeTraining(({ max_depth }) => (Number(max_depth) > 9 ? "fail" : 0.5));
    const opened = open(training);
    await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune"));
    await runToEnd(opened, training, (running) => running[0]);
    const job = await describeJob(opened);
    expect(job.HyperParameterTuningJobStatus).toBe("Completed");
    const failed = [...training.jobs.values()].filter((trial) => trial.TrainingJobStatus === "Failed").length;
    expect(failed).toBeGreaterThan(0);
    expect(job.TrainingJobStatusCounters?.NonRetryableError).toBe(failed);

    const hopeless = new FakeTraining(() => "fail");
    const other = temporaryState();
    const second = openTuning(other.folder, hopeless);
    await second.call("CreateHyperParameterTuningJob", tuningRequest("tune"));
    await runToEnd(second, hopeless, (running) => running[0]);
    expect((await describeJob(second)).FailureReason).toBe(
      "No training job succeeded after 8 attempts. Please take a look at the training job failures to get more details.",
    );
    await second.room.close?.();
    await other.remove();
  });

  it("fails with the service's words when a trial's request is refused", async () => {
    const training = new FakeTraining(depthAndTrees);
    training.refuse = "No S3 objects found under S3 URL";
    const opened = open(training);
    await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune"));
    await until(() => ended(opened));
    expect(await describeJob(opened)).toMatchObject({
      HyperParameterTuningJobStatus: "Failed",
      FailureReason: "ClientError: No S3 objects found under S3 URL",
      TrainingJobStatusCounters: { NonRetryableError: 1, InProgress: 0 },
    });
  });

  it("stops its trials when it is stopped", async () => {
    const training = new FakeTraining(depthAndTrees);
    const opened = open(training);
    await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune"));
    await until(() => training.running().length === 2);
    await opened.call("StopHyperParameterTuningJob", { HyperParameterTuningJobName: "tune" });
    await until(() => ended(opened));
    const job = await describeJob(opened);
    expect(job.HyperParameterTuningJobStatus).toBe("Stopped");
    expect(job.TrainingJobStatusCounters?.Stopped).toBe(2);
    await expect(opened.call("StopHyperParameterTuningJob", { HyperParameterTuningJobName: "tune" })).rejects.toThrow(
      "The request was rejected because the hyperparameter tuning job is in status Stopped.",
    );
  });

  it("starts no further trial once the objective is as good as asked for", async () => {
    const training = new FakeTraining(() => 0.9);
    const opened = open(training);
    const criteria = { TuningJobCompletionCriteria: { TargetObjectiveMetricValue: 0.85 } };
    await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune", criteria));
    await runToEnd(opened, training, (running) => running[0]);
    expect(training.created.length).toBeLessThan(4);
    expect((await describeJob(opened)).HyperParameterTuningJobStatus).toBe("Completed");
  });

  it("lists trials best first, page by page", async () => {
    const training = new FakeTraining(({ n_estimators }) =>
      Number(n_estimators) % 2 === 0 ? Number(n_estimators) : undefined,
    );
    const opened = open(training);
    await opened.call("CreateHyperParameterTuningJob", tuningRequest("tune"));
    await runToEnd(opened, training, (running) => running[0]);
    const seen: number[] = [];
    let NextToken: string | undefined;
    do {
      const page: ListTrainingJobsForHyperParameterTuningJobResponse = await opened.call(
        "ListTrainingJobsForHyperParameterTuningJob",
        {
          HyperParameterTuningJobName: "tune",
          SortBy: "FinalObjectiveMetricValue",
          SortOrder: "Descending",
          MaxResults: 2,
          NextToken,
        },
      );
      for (const trial of page.TrainingJobSummaries ?? []) {
        seen.push(trial.FinalHyperParameterTuningJobObjectiveMetric?.Value ?? Number.NaN);
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    const expected = [...training.jobs.values()]
      .map(({ HyperParameters }) => Number(HyperParameters.n_estimators))
      .filter((value) => value % 2 === 0)
      .sort((a, b) => b - a);
    expect(seen).toEqual(expected);
  });

  it("refuses what it cannot do with the reason", async () => {
    const opened = open(new FakeTraining(depthAndTrees));
    const create = (request: object) => opened.call("CreateHyperParameterTuningJob", request);
    await expect(create(tuningRequest("t", { Strategy: "Hyperband" }))).rejects.toThrow(
      "Strategy Hyperband is not emulated by Sagewright's embedded cloud. Use Bayesian, Random or Grid here.",
    );
    await expect(
      create({
        ...tuningRequest("t"),
        WarmStartConfig: { ParentHyperParameterTuningJobs: [], WarmStartType: "TransferLearning" },
      }),
    ).rejects.toThrow("Warm start is not emulated");
    await expect(create(tuningRequest("t", { Strategy: "Grid" }))).rejects.toThrow(
      "Strategy Grid searches categorical ranges only, and max_depth is integer.",
    );
    await expect(
      create(tuningRequest("t", { HyperParameterTuningJobObjective: { Type: "Maximize", MetricName: "auc" } })),
    ).rejects.toThrow("The objective metric auc is not among the MetricDefinitions (validation:auc).");
    await create(tuningRequest("t"));
    await expect(create(tuningRequest("t"))).rejects.toThrow(
      "A hyperparameter tuning job with the name, t, already exists. Choose a different name.",
    );
  });
});
