import type { CreateProcessingJobRequest, ProcessingInput, ProcessingOutput } from "@aws-sdk/client-sagemaker";

/** CreateProcessingJob's input after the service model's constraints have been checked. */
export type ProcessingRequest = CreateProcessingJobRequest & {
  ProcessingJobName: string;
  AppSpecification: NonNullable<CreateProcessingJobRequest["AppSpecification"]> & { ImageUri: string };
  ProcessingResources: NonNullable<CreateProcessingJobRequest["ProcessingResources"]>;
  ProcessingInputs?: ProcessingInput[];
  ProcessingOutputConfig?: { Outputs: ProcessingOutput[]; KmsKeyId?: string };
};
