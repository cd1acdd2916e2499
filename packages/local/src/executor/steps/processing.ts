import { jobKind } from "./job-kind";

/** Processing: CreateProcessingJob. */
export const processingStep = jobKind({
  type: "Processing",
  noun: "ProcessingJob",
  maxLength: 63,
  detailType: "SageMaker Processing Job State Change",
  metadataMember: "ProcessingJob",
  outputs(properties) {
    const config = properties.ProcessingOutputConfig as { Outputs?: { S3Output?: { S3Uri?: string } }[] } | undefined;
    return (config?.Outputs ?? []).flatMap((output) => output.S3Output?.S3Uri ?? []);
  },
});
