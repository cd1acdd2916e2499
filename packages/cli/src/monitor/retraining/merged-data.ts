import {
  GetObjectCommand,
  type GetObjectCommandInput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type Contract, ContractError } from "@sagewright/contract";
import {
  asItWas,
  type BaseMerged,
  type DataObject,
  type FreshRules,
  isMerged,
  lastData,
  MERGED_PREFIX,
  MonitoringError,
  mergeWithBase,
} from "@sagewright/monitoring";
import type { Session } from "../../session";
import { type CaptureSource, recordFiles } from "../capture-files";

/** What a training gets to read. */
export type MergedData = BaseMerged;

/** What is merged. */
export interface MergeRequest {
  readonly captures: CaptureSource;
  /** What really happened. */
  readonly groundTruth: CaptureSource;
  readonly contract: Contract;
  /** Data of the last run: an object, or a folder with one. */
  readonly uri: string;
  /** Data that a run is given where nothing was merged: an object, or a folder with one. */
  readonly given: string;
  /** Where trainings read, and what is merged goes. */
  readonly bucket: string;
  readonly group: string;
  readonly rules: FreshRules;
  readonly now: Date;
}

/**
 * Puts what was predicted and labelled since beside the data of the last run, and stores the whole: by the rules of the function on
 * AWS, in the place that trainings may read there. What cannot be merged keeps no model from being trained, and is said.
 */
export async function mergedData(
  { clients }: Pick<Session, "clients">,
  { captures, groundTruth, uri, given, bucket, group, ...request }: MergeRequest,
): Promise<MergedData> {
  const place = { bucket, prefix: MERGED_PREFIX, model: group };
  const s3 = operationsOf(clients.s3);
  let base: DataObject | undefined;
  try {
    base = await lastData(s3, isMerged(uri, place) ? { given, merged: uri } : { given: uri });
    return await mergeWithBase(s3, {
      ...{ ...request, base, place },
      captures: recordFiles(captures),
      groundTruth: recordFiles(groundTruth),
    });
  } catch (error) {
    if (!(error instanceof MonitoringError || error instanceof ContractError)) throw error;
    return { ...asItWas(error.message).summary, uri: base?.uri ?? uri };
  }
}

type Operations = Parameters<typeof lastData>[0] & Parameters<typeof mergeWithBase>[0];

/** A client's operations by name, as functions on AWS call them. */
function operationsOf(client: S3Client): Operations {
  return {
    getObject: (input: GetObjectCommandInput) => client.send(new GetObjectCommand(input)),
    putObject: (input: PutObjectCommandInput) => client.send(new PutObjectCommand(input)),
    listObjectsV2: (input: ListObjectsV2CommandInput) => client.send(new ListObjectsV2Command(input)),
  } as Operations;
}
