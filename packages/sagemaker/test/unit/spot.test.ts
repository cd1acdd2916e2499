import type { DescribeTrainingJobResponse } from "@aws-sdk/client-sagemaker";
import type { StepView } from "../../src/execution-events";
import { retryOnDemand, searchWaitsInVain, trainingUsage, waitedInVain } from "../../src/index";
import { FakeAws } from "./fake-aws";

const step = (name: string, kind: "TrainingJob" | "TuningJob" | "ProcessingJob", more: Partial<StepView> = {}) => ({
  name,
  state: "failed" as const,
  seconds: 1,
  attempts: 1,
  job: { kind, name, arn: `arn:aws:sagemaker:us-east-1:111122223333:job/${name}` },
  ...more,
});

type Job = Partial<Omit<DescribeTrainingJobResponse, "$metadata">>;

/** Times go over the wire as seconds since 1970. */
const wire = ({ TrainingStartTime, ...job }: Job) => ({
  ...job,
  CreationTime: 1_000,
  LastModifiedTime: 4_600,
  ...(TrainingStartTime === undefined ? {} : { TrainingStartTime: TrainingStartTime.getTime() / 1_000 }),
});

/** AWS with these jobs; all of them are trials of whatever search is asked for. */
const aws = (jobs: Record<string, Job>) =>
  new FakeAws({
    ListTrainingJobsForHyperParameterTuningJob: {
      TrainingJobSummaries: Object.keys(jobs).map((TrainingJobName) => ({ TrainingJobName })),
    },
    DescribeTrainingJob: ({ TrainingJobName }) => wire(jobs[TrainingJobName] ?? {}),
  }).clients;

const spot = { EnableManagedSpotTraining: true };
const inVain: Job = { ...spot, TrainingJobStatus: "Stopped", SecondaryStatus: "MaxWaitTimeExceeded" };
const began = new Date(2_000_000);
const trained: Job = { ...spot, TrainingJobStatus: "Completed", TrainingStartTime: began };

describe("what training took", () => {
  it("is 1 - billable / training of the jobs on spot, as AWS computes it", async () => {
    const jobs = {
      a: { ...trained, TrainingTimeInSeconds: 500, BillableTimeInSeconds: 100 },
      b: { ...trained, TrainingTimeInSeconds: 100, BillableTimeInSeconds: 80 },
      c: { TrainingTimeInSeconds: 60, BillableTimeInSeconds: 60 },
    };
    expect(await trainingUsage(aws(jobs), [step("Tune", "TuningJob", { state: "succeeded" })])).toEqual({
      jobs: 3,
      spotJobs: 2,
      spotTrainingSeconds: 600,
      spotBillableSeconds: 180,
      onDemandSeconds: 60,
      saving: 0.7,
    });
  });

  it("counts every machine of a job, and nothing that came from the cache", async () => {
    const two = {
      ...trained,
      TrainingTimeInSeconds: 10,
      BillableTimeInSeconds: 5,
      ResourceConfig: { InstanceCount: 2 },
    };
    const clients = aws({ Train: two as Job });
    expect(await trainingUsage(clients, [step("Train", "TrainingJob", { state: "succeeded" })])).toMatchObject({
      spotTrainingSeconds: 20,
      spotBillableSeconds: 10,
      saving: 0.5,
    });
    expect(await trainingUsage(clients, [step("Train", "TrainingJob", { state: "cached" })])).toBeUndefined();
    expect(await trainingUsage(clients, [step("Prepare", "ProcessingJob")])).toBeUndefined();
  });
});

describe("spot capacity that did not come", () => {
  const of = (jobs: Record<string, Job>, steps: StepView[], more = {}) =>
    waitedInVain(aws(jobs), { status: "Failed", steps }, more);

  it("is a wait that was used up, of a job or of every trial", async () => {
    expect(await of({ Train: inVain }, [step("Train", "TrainingJob")])).toEqual([
      { step: "Train", jobs: 1, seconds: 3_600 },
    ]);
    expect(await of({ a: inVain, b: inVain }, [step("Tune", "TuningJob")])).toMatchObject([{ step: "Tune", jobs: 2 }]);
    const refused = {
      ...spot,
      TrainingJobStatus: "Failed",
      FailureReason: "CapacityError: Unable to provision",
    } as const;
    expect(await of({ Train: refused }, [step("Train", "TrainingJob")])).toHaveLength(1);
  });

  it("is nothing else: a script that failed, somebody's stop, a machine on demand, another step", async () => {
    const others: Job[] = [
      { ...spot, TrainingJobStatus: "Failed", FailureReason: "AlgorithmError: no", TrainingStartTime: began },
      { ...spot, TrainingJobStatus: "Stopped", SecondaryStatus: "Stopped" },
      { TrainingJobStatus: "Failed", FailureReason: "CapacityError: Unable to provision" },
      { ...spot, TrainingJobStatus: "Stopped", SecondaryStatus: "MaxRuntimeExceeded", TrainingStartTime: began },
    ];
    for (const other of others) expect(await of({ Train: other }, [step("Train", "TrainingJob")])).toEqual([]);
    expect(await of({ a: inVain, b: trained }, [step("Tune", "TuningJob")])).toEqual([]);
    expect(await of({ Train: inVain }, [step("Train", "TrainingJob"), step("Prepare", "ProcessingJob")])).toEqual([]);
    const succeeded = { status: "Succeeded" as const, steps: [step("Train", "TrainingJob")] };
    expect(await waitedInVain(aws({ Train: inVain }), succeeded)).toEqual([]);
  });

  it("ends a search early once a trial has used up its wait and none ever had a machine", async () => {
    const waiting: Job = { ...spot, TrainingJobStatus: "InProgress", SecondaryStatus: "Starting" };
    const running: Job = { ...waiting, TrainingStartTime: began };
    const tune = step("Tune", "TuningJob", { state: "running" });
    expect(await searchWaitsInVain(aws({ a: inVain, b: waiting }), tune)).toBe(true);
    expect(await searchWaitsInVain(aws({ a: waiting, b: waiting }), tune)).toBe(false);
    expect(await searchWaitsInVain(aws({ a: inVain, b: running }), tune)).toBe(false);
    expect(await searchWaitsInVain(aws({ a: inVain, b: trained }), tune)).toBe(false);
    const ended: Record<string, Job> = { a: inVain, b: { ...spot, TrainingJobStatus: "Stopped" } };
    const steps = [step("Tune", "TuningJob", { state: "stopped" })];
    expect(await of(ended, steps)).toEqual([]);
    expect(await of(ended, steps, { endedEarly: true })).toMatchObject([{ step: "Tune", jobs: 1 }]);
  });
});

test("what asked for no spot is not tried again on demand", async () => {
  const { clients } = new FakeAws({
    DescribePipelineDefinitionForExecution: { PipelineDefinition: '{"Version":"2020-12-01","Steps":[]}' },
  });
  await expect(retryOnDemand(clients, { executionArn: "arn:x", bucket: "bucket" })).rejects.toMatchObject({
    code: "nothing_on_spot",
  });
});
