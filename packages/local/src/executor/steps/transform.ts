import { jobKind } from "./job-kind";

/** Transform: CreateTransformJob. */
export const transformStep = jobKind({
  type: "Transform",
  noun: "TransformJob",
  maxLength: 63,
  detailType: "SageMaker Transform Job State Change",
  metadataMember: "TransformJob",
  outputs(properties) {
    const output = properties.TransformOutput as { S3OutputPath?: string } | undefined;
    return output?.S3OutputPath === undefined ? [] : [output.S3OutputPath];
  },
});
