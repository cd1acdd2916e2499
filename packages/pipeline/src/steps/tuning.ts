import type {
  CreateHyperParameterTuningJobRequest,
  DescribeHyperParameterTuningJobResponse,
  HyperParameterTrainingJobSummary,
} from "@aws-sdk/client-sagemaker";
import type { Expression, Templated } from "../expressions/expression";
import { join } from "../expressions/join";
import { Step } from "../step";
import { checkTuningRules } from "../validate/training-rules";
import { tagList } from "./instances";
import { type ModelArtifact, modelArtifact } from "./model-artifact";
import { type ParameterRange, parameterRanges } from "./ranges";
import type { StepKind } from "./step-kind";
import { type TrainingJobOptions, textMap, trainingJob } from "./training";

/** Searches hyperparameters. */
export const tuningKind: StepKind = {
  type: "Tuning",
  operation: "CreateHyperParameterTuningJob",
  nameMember: "HyperParameterTuningJobName",
  describe: "DescribeHyperParameterTuningJob",
  extraProperties: ["TrainingJobSummaries"],
  permissions: {
    actions: [
      "CreateHyperParameterTuningJob",
      "DescribeHyperParameterTuningJob",
      "StopHyperParameterTuningJob",
      "ListTrainingJobsForHyperParameterTuningJob",
      "DescribeTrainingJob",
    ],
    resources: ["hyper-parameter-tuning-job/*", "training-job/*"],
  },
  cacheable: true,
  cachedByDefault: true,
  retryable: "job",
  cacheKey: [
    "HyperParameterTuningJobConfig",
    "TrainingJobDefinition.AlgorithmSpecification",
    "TrainingJobDefinition.HyperParameterRanges",
    "TrainingJobDefinition.InputDataConfig",
    "TrainingJobDefinition.StaticHyperParameters",
    "TrainingJobDefinition.TuningObjective",
    "TrainingJobDefinitions",
  ],
  validate: ({ Arguments }, { path }) => checkTuningRules(Arguments, `${path}.Arguments`),
};

/** The metric a tuner drives, and in which direction. */
export interface Objective {
  readonly type: "Maximize" | "Minimize";
  readonly metric: string;
}

/** The larger the better. */
export function maximize(metric: string): Objective {
  return { type: "Maximize", metric };
}

/** The smaller the better. */
export function minimize(metric: string): Objective {
  return { type: "Minimize", metric };
}

/** Options of a tuning step. `hyperparameters` are those that stay fixed. */
export interface TuningOptions<R extends Readonly<Record<string, ParameterRange>>> extends TrainingJobOptions {
  readonly objective: Objective;
  readonly ranges: R;
  /** Number of training jobs. Leave it out with strategy Grid, which tries every combination. */
  readonly jobs?: number;
  /** Jobs at the same time. */
  readonly parallel: number;
  /** @default "Bayesian" */
  readonly strategy?: "Bayesian" | "Random" | "Grid" | "Hyperband";
  /** @default "Off" */
  readonly earlyStopping?: "Off" | "Auto";
  /** Makes the search repeatable. @default the service chooses */
  readonly seed?: number;
  /** Members of the request to set or replace as they are. */
  readonly request?: Partial<Templated<CreateHyperParameterTuningJobRequest>>;
}

/** What references into a tuning step may name. */
export type TuningProperties = DescribeHyperParameterTuningJobResponse & {
  /** The 50 best jobs, best first. */
  TrainingJobSummaries: HyperParameterTrainingJobSummary[];
};

/** A tuning step. */
export type TuningStep<K extends string = string> = Step<TuningProperties> & {
  /** The model of the best job, or of the k-th best (0 to 49). */
  bestModel(k?: number): ModelArtifact;
  /** The value that the best job used for a hyperparameter, as text. */
  best(hyperparameter: K): Expression<string>;
};

/** Searches hyperparameters. */
export function tuning<const R extends Readonly<Record<string, ParameterRange>>>(
  name: string,
  options: TuningOptions<R>,
): TuningStep<keyof R & string> {
  const step = new Step<TuningProperties>(
    tuningKind,
    name,
    {
      arguments: {
        HyperParameterTuningJobConfig: jobConfig(options),
        TrainingJobDefinition: {
          StaticHyperParameters: textMap(options.hyperparameters),
          ...trainingJob(name, options),
          Environment: textMap(options.environment),
        },
        Tags: tagList(options.tags),
        ...options.request,
      },
    },
    options,
  );
  // The output path comes from the job that ran, not from this definition: with a cached result it is another execution's.
  const output = step.properties.TrainingJobDefinition.OutputDataConfig.S3OutputPath;
  return Object.assign(step, {
    bestModel: (k = 0) =>
      modelArtifact(
        join("/", [
          output,
          (step.properties.TrainingJobSummaries[k] as { TrainingJobName: Expression<string> }).TrainingJobName,
          "output/model.tar.gz",
        ]),
        options.serving ?? { image: options.image },
      ),
    best: (hyperparameter: string) => bestValue(step, hyperparameter),
  });
}

function bestValue(step: Step<TuningProperties>, hyperparameter: string): Expression<string> {
  const values = step.properties.BestTrainingJob.TunedHyperParameters as Readonly<Record<string, Expression<string>>>;
  return values[hyperparameter] as Expression<string>;
}

function jobConfig(options: TuningOptions<Readonly<Record<string, ParameterRange>>>) {
  return {
    Strategy: options.strategy ?? "Bayesian",
    HyperParameterTuningJobObjective: { Type: options.objective.type, MetricName: options.objective.metric },
    ResourceLimits: { MaxNumberOfTrainingJobs: options.jobs, MaxParallelTrainingJobs: options.parallel },
    ParameterRanges: parameterRanges(options.ranges),
    TrainingJobEarlyStoppingType: options.earlyStopping ?? "Off",
    RandomSeed: options.seed,
  };
}
