import { jobKind } from "./job-kind";

/** Training: CreateTrainingJob. */
export const trainingStep = jobKind({
  type: "Training",
  noun: "TrainingJob",
  maxLength: 63,
  detailType: "SageMaker Training Job State Change",
  metadataMember: "TrainingJob",
  outputs(properties) {
    const artifacts = properties.ModelArtifacts as { S3ModelArtifacts?: string } | undefined;
    return artifacts?.S3ModelArtifacts === undefined ? [] : [artifacts.S3ModelArtifacts];
  },
});
