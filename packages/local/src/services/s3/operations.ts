import type { Clock } from "../../clock";
import type { OperationTable } from "../../service";
import type { Store } from "../../state/store";
import { bucketOperations } from "./buckets";
import { listOperations } from "./listing";
import { multipartOperations } from "./multipart";
import type { ObjectStore } from "./object-store";
import { readOperations } from "./read-object";
import { writeOperations } from "./write-object";

/** What S3 needs. */
export interface S3Options {
  objects: ObjectStore;
  store: Store;
  clock: Clock;
  region: string;
}

/** S3, as far as machine learning on SageMaker and its clients use it. */
export function s3Operations(options: S3Options): OperationTable {
  const { objects, region } = options;
  return {
    ...bucketOperations(objects, region),
    ...readOperations(objects),
    ...writeOperations(objects),
    ...listOperations(objects),
    ...multipartOperations(options),
  };
}
