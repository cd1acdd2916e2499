import type { Channel, CreateTrainingJobRequest } from "@aws-sdk/client-sagemaker";

/** CreateTrainingJob's input after the service model's constraints have been checked. */
export type TrainingRequest = Omit<CreateTrainingJobRequest, "InputDataConfig"> & {
  TrainingJobName: string;
  AlgorithmSpecification: NonNullable<CreateTrainingJobRequest["AlgorithmSpecification"]>;
  ResourceConfig: NonNullable<CreateTrainingJobRequest["ResourceConfig"]>;
  InputDataConfig?: (Channel & { ChannelName: string })[];
};
