import { type Issue, issueCollector } from "../issue";
import { isObject } from "./context";

/** Rules between members of a training job's request (or a tuning job's training definition) that its shapes do not say. */
export function checkTrainingRules(job: unknown, path: string): Issue[] {
  const { issues, add } = issueCollector();
  if (!isObject(job)) return issues;
  const stopping = isObject(job.StoppingCondition) ? job.StoppingCondition : {};
  const { MaxRuntimeInSeconds: runtime, MaxWaitTimeInSeconds: wait } = stopping;
  const spot = job.EnableManagedSpotTraining;
  const at = `${path}.StoppingCondition.MaxWaitTimeInSeconds`;
  if (spot === true && wait === undefined) {
    add("spot_wait_missing", at, "Managed spot training needs the longest time to wait. Give MaxWaitTimeInSeconds.");
  } else if (wait !== undefined && (spot === undefined || spot === false)) {
    add(
      "spot_off",
      at,
      "MaxWaitTimeInSeconds counts only with managed spot training. Turn EnableManagedSpotTraining on, or remove it.",
    );
  }
  if (typeof runtime === "number" && typeof wait === "number" && wait < runtime) {
    add("spot_wait_short", at, `${wait} is less than MaxRuntimeInSeconds, ${runtime}. Give at least ${runtime}.`, {
      wait,
      runtime,
    });
  }
  return issues;
}

/** Rules between members of a tuning job's configuration. */
export function checkTuningRules(given: unknown, path: string): Issue[] {
  const { issues, add } = issueCollector();
  if (!isObject(given)) return issues;
  const one = given.TrainingJobDefinition !== undefined;
  if (one === (given.TrainingJobDefinitions !== undefined)) {
    const member = one ? "TrainingJobDefinitions" : "TrainingJobDefinition";
    add(
      "tuning_definition",
      `${path}.${member}`,
      "Exactly one of TrainingJobDefinition and TrainingJobDefinitions must be given. Keep one of them.",
    );
  }
  const config = isObject(given.HyperParameterTuningJobConfig) ? given.HyperParameterTuningJobConfig : {};
  const limits = isObject(config.ResourceLimits) ? config.ResourceLimits : {};
  const { MaxNumberOfTrainingJobs: jobs, MaxParallelTrainingJobs: parallel } = limits;
  if (typeof jobs === "number" && typeof parallel === "number" && parallel > jobs) {
    const at = `${path}.HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs`;
    add(
      "tuning_parallel",
      at,
      `${parallel} jobs side by side are more than the ${jobs} in all. Give at most ${jobs}.`,
      { jobs, parallel },
    );
  }
  issues.push(
    ...checkTrainingRules(given.TrainingJobDefinition, `${path}.TrainingJobDefinition`),
    ...rangeIssues(config.ParameterRanges, `${path}.HyperParameterTuningJobConfig.ParameterRanges`),
  );
  return issues;
}

function rangeIssues(ranges: unknown, path: string): Issue[] {
  const { issues, add } = issueCollector();
  if (!isObject(ranges)) return issues;
  for (const member of ["IntegerParameterRanges", "ContinuousParameterRanges"]) {
    const list = Array.isArray(ranges[member]) ? (ranges[member] as unknown[]) : [];
    for (const [index, range] of list.entries()) {
      if (!isObject(range) || typeof range.MinValue !== "string" || typeof range.MaxValue !== "string") continue;
      if (Number(range.MinValue) <= Number(range.MaxValue)) continue;
      add(
        "tuning_range",
        `${path}.${member}[${index}].MinValue`,
        `'${range.MinValue}' to '${range.MaxValue}' is no range. Give numbers, the smaller one first.`,
        { range },
      );
    }
  }
  return issues;
}
