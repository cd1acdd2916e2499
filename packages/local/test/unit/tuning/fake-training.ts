import type { CreateHyperParameterTuningJobRequest, CreateTrainingJobRequest } from "@aws-sdk/client-sagemaker";
import { systemClock } from "../../../src/clock";
import { ServiceError } from "../../../src/errors";
import { createEventBus } from "../../../src/event-bus";
import type { Room } from "../../../src/room";
import type { CallContext } from "../../../src/service";
import { tuningRoom } from "../../../src/services/sagemaker/tuning/tuning-room";
import { openStore } from "../../../src/state/store";
import { noFaults } from "../../support/no-faults";

const context: CallContext = { requestId: "r", region: "us-east-1", accountId: "000000000000", principalArn: "arn" };

interface FakeJob {
  TrainingJobName: string;
  TrainingJobStatus: string;
  HyperParameters: Record<string, string>;
  FinalMetricDataList?: { MetricName: string; Value: number }[];
  FailureReason?: string;
}

/** A stand-in for the training room: jobs end when the test says so, with the value the test's function gives. */
export class FakeTraining {
  readonly bus = createEventBus();
  readonly jobs = new Map<string, FakeJob>();
  readonly created: string[] = [];
  /** Most jobs that ran at once. */
  most = 0;
  /** Requests refused with this message. */
  refuse: string | undefined;
  constructor(readonly objective: (hyperparameters: Record<string, string>) => number | undefined | "fail") {}

  readonly invoke = async (_service: string, operation: string, input: object): Promise<never> => {
    const name = (input as { TrainingJobName: string }).TrainingJobName;
    if (operation === "CreateTrainingJob") {
      if (this.refuse !== undefined) throw new ServiceError("ValidationException", this.refuse);
      if (this.jobs.has(name)) throw new ServiceError("ResourceInUse", "there already");
      const { HyperParameters = {} } = input as CreateTrainingJobRequest;
      this.jobs.set(name, { TrainingJobName: name, TrainingJobStatus: "InProgress", HyperParameters });
      this.created.push(name);
      this.most = Math.max(this.most, this.running().length);
      return {} as never;
    }
    const job = this.jobs.get(name);
    if (job === undefined) throw new ServiceError("ValidationException", "Requested resource not found.");
    if (operation === "StopTrainingJob") this.end(name, "Stopped");
    return { ...job } as never;
  };

  /** Names of the jobs that run, in order of creation. */
  running(): string[] {
    return this.created.filter((name) => this.jobs.get(name)?.TrainingJobStatus === "InProgress");
  }

  finish(name: string): void {
    const job = this.jobs.get(name);
    if (job === undefined) throw new Error(`no job ${name}`);
    const value = this.objective(job.HyperParameters);
    if (value === "fail") {
      job.FailureReason = "AlgorithmError: Exit Code: 1";
      this.end(name, "Failed");
      return;
    }
    if (value !== undefined) job.FinalMetricDataList = [{ MetricName: "validation:auc", Value: value }];
    this.end(name, "Completed");
  }

  private end(name: string, status: string): void {
    const job = this.jobs.get(name);
    if (job === undefined || job.TrainingJobStatus !== "InProgress") return;
    job.TrainingJobStatus = status;
    const detail = { TrainingJobName: name, TrainingJobStatus: status };
    const detailType = "SageMaker Training Job State Change";
    this.bus.publish({ source: "aws.sagemaker", detailType, time: new Date(), resources: [], detail });
  }
}

/** Opens the tuning room over a state folder, with a fake training room beside it. */
export function openTuning(folder: string, training: FakeTraining) {
  const store = openStore(folder);
  const python = process.env.SAGEWRIGHT_PYTHON ?? "python3";
  const room: Room = tuningRoom({
    store,
    bus: training.bus,
    invoke: training.invoke,
    clock: systemClock,
    metrics: undefined as never,
    alarms: undefined as never,
    faults: noFaults,
    region: "us-east-1",
    accountId: "000000000000",
    objects: undefined as never,
    logs: undefined as never,
    runtime: { environment: async (image) => ({ image, python, differences: [] }) },
  });
  const call = async <O>(operation: string, input: object): Promise<O> => {
    const found = room.operations[operation];
    if (found === undefined) throw new Error(`no operation ${operation}`);
    return (await found.handle(input as never, context)) as O;
  };
  return { room, call };
}

/** A request that searches two integers. */
export function tuningRequest(
  name: string,
  changes: Partial<NonNullable<CreateHyperParameterTuningJobRequest["HyperParameterTuningJobConfig"]>> = {},
): CreateHyperParameterTuningJobRequest {
  return {
    HyperParameterTuningJobName: name,
    HyperParameterTuningJobConfig: {
      Strategy: "Random",
      HyperParameterTuningJobObjective: { Type: "Maximize", MetricName: "validation:auc" },
      ResourceLimits: { MaxNumberOfTrainingJobs: 8, MaxParallelTrainingJobs: 2 },
      ParameterRanges: {
        IntegerParameterRanges: [
          { Name: "max_depth", MinValue: "3", MaxValue: "16" },
          { Name: "n_estimators", MinValue: "100", MaxValue: "400" },
        ],
      },
      RandomSeed: 42,
      ...changes,
    },
    TrainingJobDefinition: {
      StaticHyperParameters: { estimator: "random_forest" },
      AlgorithmSpecification: {
        TrainingImage: "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3",
        TrainingInputMode: "File",
        MetricDefinitions: [{ Name: "validation:auc", Regex: "validation:auc=(.*)" }],
      },
      RoleArn: "arn:aws:iam::000000000000:role/SagewrightExecution",
      OutputDataConfig: { S3OutputPath: "s3://b/runs" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 10 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      CheckpointConfig: { S3Uri: "s3://b/checkpoints/p/Tune" },
    },
  };
}
