import type { CreateHyperParameterTuningJobRequest } from "@aws-sdk/client-sagemaker";
import { validationException } from "../../../errors";
import { drawGrid, drawRandom, drawSpread, type Parameters } from "./draw";
import { combinations, type Dimension, searchSpace } from "./search-space";
import { definitionsOf, objectiveOf, type Trial, type TuningJob } from "./tuning-job";

/** What the model-based search is asked: the next point, given what is known and what is being tried. */
export interface Question {
  readonly space: readonly Dimension[];
  readonly seed: number;
  /** Number of the trial within its definition, from 1. */
  readonly index: number;
  readonly direction: "maximize" | "minimize";
  /** Ended trials in order of index; without a value for those that failed. */
  readonly results: readonly { readonly parameters: Parameters; readonly value?: number }[];
  /** Combinations whose results are not known yet, or must not be used yet. */
  readonly pending: readonly Parameters[];
}

/** A model-based search: the same question has the same answer, in every process. */
export interface Searcher {
  suggest(question: Question): Promise<Parameters>;
  /** Begins to load in the background. */
  warm(): void;
}

/** How a tuning job goes about its trials. */
export interface SearchPlan {
  readonly trials: number;
  readonly parallel: number;
  /** Whether later trials learn from earlier ones. */
  readonly learns: boolean;
  /** A trial learns from those that are at least so many before it. */
  readonly lag: number;
  /** Search space of each definition. */
  readonly spaces: readonly (readonly Dimension[])[];
}

const DEFAULT_TRIALS = 1;

/**
 * Reads and checks what a request asks to search.
 *
 * @throws ServiceError ValidationException for what cannot be searched, or not here.
 */
export function searchPlan(request: CreateHyperParameterTuningJobRequest): SearchPlan {
  const config = request.HyperParameterTuningJobConfig;
  const strategy = config?.Strategy;
  if (strategy === "Hyperband") {
    throw validationException(
      "Strategy Hyperband is not emulated by Sagewright's embedded cloud. Use Bayesian, Random or Grid here.",
    );
  }
  if (request.Autotune !== undefined) {
    throw validationException("Autotune is not emulated by Sagewright's embedded cloud. Give ranges and a strategy.");
  }
  if (request.WarmStartConfig !== undefined) {
    throw validationException(
      "Warm start is not emulated by Sagewright's embedded cloud. Leave WarmStartConfig out here.",
    );
  }
  const definitions = definitionsOf(request);
  const spaces = definitions.map((definition) =>
    searchSpace(definition.HyperParameterRanges ?? config?.ParameterRanges),
  );
  checkDefinitions(request);
  const limits = config?.ResourceLimits;
  return {
    trials:
      strategy === "Grid"
        ? gridTrials(spaces, limits?.MaxNumberOfTrainingJobs)
        : (limits?.MaxNumberOfTrainingJobs ?? DEFAULT_TRIALS),
    parallel: limits?.MaxParallelTrainingJobs ?? 1,
    learns: strategy === "Bayesian",
    lag: lagOf(limits?.MaxParallelTrainingJobs ?? 1),
    spaces,
  };
}

/**
 * How far behind a trial's knowledge is: half as much again as run side by side. Without the half, a trial that ends
 * early leaves its place empty until the one before it ends: with two side by side 10 % of the time is lost, with four
 * 25 %; with it 5 and 9 %, where running them in any order would lose 5 and 8 %.
 */
function lagOf(parallel: number): number {
  return parallel + Math.floor(parallel / 2);
}

/** How many trials, counted from the first, must have ended before a trial can be chosen. */
export function neededBefore(plan: SearchPlan, index: number): number {
  const opens = turnOf(index, plan.spaces.length).number <= openingTrials(plan);
  return !plan.learns || opens ? 0 : Math.max(0, index - plan.lag);
}

/** Which definition a trial uses, and its number within that definition: definitions take turns. */
export function turnOf(index: number, definitions: number): { definition: number; number: number } {
  return { definition: (index - 1) % definitions, number: Math.floor((index - 1) / definitions) + 1 };
}

/** The hyperparameters of trial `index` of a job: always the same for the same job. */
export async function suggest(
  job: TuningJob,
  plan: SearchPlan,
  index: number,
  searcher: Searcher,
): Promise<Parameters> {
  const { definition, number } = turnOf(index, plan.spaces.length);
  const space = plan.spaces[definition] ?? [];
  const own = job.trials.filter((trial) => trial.definition === definition && trial.index < index);
  const strategy = job.request.HyperParameterTuningJobConfig?.Strategy;
  if (strategy === "Grid") return drawGrid(space, number);
  if (strategy === "Random") return drawRandom(space, job.seed + definition, number, own.map(parametersOf));
  const opening = openingTrials(plan);
  if (number <= opening) return drawSpread(space, job.seed + definition, number, opening);
  const known = neededBefore(plan, index);
  const mayUse = (trial: Trial) => trial.index <= known;
  return await searcher.suggest({
    space,
    seed: job.seed + definition,
    index: number,
    direction: objectiveOf(job.request, definition)?.Type === "Minimize" ? "minimize" : "maximize",
    results: own
      .filter(mayUse)
      .map(({ parameters, value }) => ({ parameters, ...(value === undefined ? {} : { value }) })),
    pending: own.filter((trial) => !mayUse(trial)).map(parametersOf),
  });
}

/** Trials, per definition, that are spread over the space before the search begins to learn. */
function openingTrials(plan: SearchPlan): number {
  const perDefinition = Math.ceil(plan.trials / plan.spaces.length);
  return Math.min(perDefinition, Math.max(plan.parallel, Math.min(10, Math.ceil(perDefinition / 3))));
}

function parametersOf(trial: Trial): Parameters {
  return trial.parameters;
}

function gridTrials(spaces: readonly (readonly Dimension[])[], asked: number | undefined): number {
  for (const dimension of spaces.flat()) {
    if (dimension.kind !== "categorical") {
      throw validationException(
        `Strategy Grid searches categorical ranges only, and ${dimension.name} is ${dimension.kind}. List its values as a categorical range.`,
      );
    }
  }
  const all = spaces.reduce((sum, space) => sum + combinations(space), 0);
  if (asked !== undefined && asked !== all) {
    throw validationException(
      `MaxNumberOfTrainingJobs is ${asked}, but the grid has ${all} combinations. Leave it out with strategy Grid.`,
    );
  }
  return all;
}

function checkDefinitions(request: CreateHyperParameterTuningJobRequest): void {
  const { TrainingJobDefinition: single, TrainingJobDefinitions: several } = request;
  if ((single === undefined) === (several === undefined || several.length === 0)) {
    throw validationException("Exactly one of TrainingJobDefinition and TrainingJobDefinitions must be given.");
  }
  definitionsOf(request).forEach((definition, position) => {
    const objective = objectiveOf(request, position);
    if (objective?.MetricName === undefined) {
      throw validationException(
        "No objective is given. Give HyperParameterTuningJobObjective or the definition's TuningObjective.",
      );
    }
    const metrics = definition.AlgorithmSpecification?.MetricDefinitions ?? [];
    if (!metrics.some(({ Name }) => Name === objective.MetricName)) {
      throw validationException(
        `The objective metric ${objective.MetricName} is not among the MetricDefinitions (${metrics.map(({ Name }) => Name).join(", ") || "none"}). Add a definition for it.`,
      );
    }
  });
}
