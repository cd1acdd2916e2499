import { ServiceError } from "../../errors";

/** S3's errors, with the texts and statuses that clients compare. */
export const noSuchBucket = (bucket: string): ServiceError =>
  new ServiceError("NoSuchBucket", "The specified bucket does not exist", {
    status: 404,
    facts: { BucketName: bucket },
  });

export const noSuchKey = (key: string): ServiceError =>
  new ServiceError("NoSuchKey", "The specified key does not exist.", { status: 404, facts: { Key: key } });

export const noSuchUpload = (uploadId: string): ServiceError =>
  new ServiceError(
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { status: 404, facts: { UploadId: uploadId } },
  );

export const preconditionFailed = (condition: string): ServiceError =>
  new ServiceError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    status: 412,
    facts: { Condition: condition },
  });

export const invalidArgument = (message: string): ServiceError =>
  new ServiceError("InvalidArgument", message, { status: 400 });

export const invalidRange = (size: number): ServiceError =>
  new ServiceError("InvalidRange", "The requested range is not satisfiable", {
    status: 416,
    facts: { ActualObjectSize: size },
  });
