import type { JsonObject, StepDefinition } from "@sagewright/pipeline";
import { asJson } from "./as-json";
import { jobKind, sagemaker } from "./job-kind";

/** Tuning: CreateHyperParameterTuningJob. References may also read `TrainingJobSummaries[k]`, the k-th best trial. */
export const tuningStep = jobKind({
  type: "Tuning",
  noun: "HyperParameterTuningJob",
  maxLength: 32,
  detailType: "SageMaker HyperParameter Tuning Job State Change",
  metadataMember: "TuningJob",
  outputs(properties) {
    // Later steps use the best model; the artifacts of the other trials may go.
    const best = (properties.BestTrainingJob as JsonObject | undefined)?.TrainingJobName;
    const definition = (properties.TrainingJobDefinition ?? {}) as { OutputDataConfig?: { S3OutputPath?: string } };
    const folder = definition.OutputDataConfig?.S3OutputPath;
    return best === undefined || folder === undefined
      ? []
      : [`${folder.replace(/\/$/, "")}/${best}/output/model.tar.gz`];
  },
  describeMore: (name, step) => [
    sagemaker("ListTrainingJobsForHyperParameterTuningJob", {
      HyperParameterTuningJobName: name,
      SortBy: "FinalObjectiveMetricValue",
      SortOrder: isMinimised(step) ? "Ascending" : "Descending",
      MaxResults: 50,
    }),
  ],
  properties: ([description = {}, trials = {}]) => ({
    ...asJson(description),
    TrainingJobSummaries: asJson(trials).TrainingJobSummaries ?? [],
  }),
});

function isMinimised(step: StepDefinition): boolean {
  const config = step.Arguments.HyperParameterTuningJobConfig as JsonObject | undefined;
  const objective = (config?.HyperParameterTuningJobObjective ?? objectiveOfDefinitions(step)) as
    | JsonObject
    | undefined;
  return objective?.Type === "Minimize";
}

function objectiveOfDefinitions(step: StepDefinition): unknown {
  const single = step.Arguments.TrainingJobDefinition as JsonObject | undefined;
  const several = step.Arguments.TrainingJobDefinitions as JsonObject[] | undefined;
  return single?.TuningObjective ?? several?.[0]?.TuningObjective;
}
