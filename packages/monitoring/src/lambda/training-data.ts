import type { S3 } from "@aws-sdk/client-s3";
import type { SageMaker } from "@aws-sdk/client-sagemaker";
import { ContractError } from "@sagewright/contract";
import { z } from "zod";
import { MonitoringError } from "../errors";
import { type DataObject, lastData } from "../retraining/last-data";
import { asItWas } from "../retraining/merge-data";
import {
  type BaseMerged,
  isMerged,
  type MergedPlace,
  mergeWithBase,
  type RememberedData,
  remember,
  remembered,
} from "../retraining/merged-objects";
import { boundedFiles, checkSize, checkTime } from "./bounded-files";
import { recordObjects } from "./record-objects";
import { openContract, registeredVersions } from "./registry";

/** Where a model's fresh rows are, and how they join: prefixes of one bucket, without slashes at their ends. */
export const freshPlacesSchema = z.object({
  bucket: z.string().min(1),
  captures: z.string().min(1),
  labels: z.string().min(1),
  /** What is merged is stored here. */
  merged: z.string().min(1),
  rules: z.object({
    weight: z.number().positive().default(1),
    minimumRows: z.number().int().min(1).default(200),
    windowDays: z.number().min(1).optional(),
    dateColumn: z.string().optional(),
  }),
});

/** As {@link freshPlacesSchema} reads it. */
export type FreshPlaces = z.infer<typeof freshPlacesSchema>;

/** Which start needs data, and what it would be given. */
export interface DataRequest {
  readonly model: string;
  /** The same start has the same one. */
  readonly token: string;
  /** Data of the parameters: an object or a folder with one. */
  readonly given: string;
  /** Newest execution that succeeded. @default none */
  readonly lastRun?: string | undefined;
  readonly places: FreshPlaces;
  readonly now: Date;
  /** Whether there is time left. */
  hasTime(): boolean;
}

/** What is asked, and where. */
export interface DataClients {
  readonly s3: Pick<S3, "getObject" | "putObject" | "listObjectsV2">;
  readonly sagemaker: Pick<
    SageMaker,
    "listModelPackages" | "describeModelPackage" | "listPipelineParametersForExecution"
  >;
}

/** The parameter that names a training pipeline's data. */
export const INPUT = "InputDataUri";

/** Rows are kept as objects, several times as large as their text. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Older fresh rows are in the data that the last run merged. */
const READ_DAYS = 400;

/**
 * What a training is to read: the last data with what was predicted and labelled since, stored by its content; where nothing is fresh,
 * or merging would take more than a function has, the last data, and why. The same token gives the same answer.
 */
export async function trainingData(clients: DataClients, request: DataRequest): Promise<RememberedData> {
  const { model, token, places } = request;
  const place: MergedPlace = { bucket: places.bucket, prefix: places.merged, model };
  const known = await remembered(clients.s3, token, place);
  if (known !== undefined) return known;
  return remember(clients.s3, { token, place, data: await merged(clients, request, place) });
}

async function merged(clients: DataClients, request: DataRequest, place: MergedPlace): Promise<RememberedData> {
  let base: DataObject | undefined;
  try {
    base = await lastData(clients.s3, { given: request.given, merged: await lastMerged(clients, request, place) });
    const { uri, sentence } = await mergeWith(clients, request, { base, place });
    return { uri, sentence };
  } catch (error) {
    // What cannot be merged does not keep a model from being trained; what S3 refuses is tried again.
    if (!(error instanceof MonitoringError || error instanceof ContractError)) throw error;
    const { sentence } = asItWas(error.message).summary;
    return base === undefined ? { sentence } : { uri: base.uri, sentence };
  }
}

async function mergeWith(
  clients: DataClients,
  { model, places, now, hasTime }: DataRequest,
  { base, place }: { readonly base: DataObject; readonly place: MergedPlace },
): Promise<BaseMerged> {
  const { arns, newest } = await registeredVersions(clients, model);
  const arn = newest === undefined ? undefined : arns.get(newest);
  if (arn === undefined) return { ...asItWas(`${model} has no version yet`).summary, uri: base.uri };
  const contract = await openContract(clients, arn);
  const files = (prefix: string) => recordObjects(clients.s3, { bucket: places.bucket, prefix, to: now });
  return mergeWithBase(clients.s3, {
    ...{ base, place, contract, now, rules: places.rules, readDays: READ_DAYS },
    captures: boundedFiles(files(places.captures), { what: "captures", hasTime }),
    groundTruth: boundedFiles(files(places.labels), { what: "labels", mostBytes: MOST_BYTES, hasTime }),
    check({ bytes, uri }) {
      checkTime({ what: "captures", hasTime });
      checkSize(bytes, { what: `rows of ${uri}`, mostBytes: MOST_BYTES });
    },
  });
}

/** What the newest run that succeeded read, where it was merged. */
async function lastMerged(
  { sagemaker }: DataClients,
  { lastRun }: DataRequest,
  place: MergedPlace,
): Promise<string | undefined> {
  if (lastRun === undefined) return undefined;
  const { PipelineParameters = [] } = await sagemaker.listPipelineParametersForExecution({
    PipelineExecutionArn: lastRun,
    MaxResults: 50,
  });
  const uri = PipelineParameters.find(({ Name }) => Name === INPUT)?.Value;
  return isMerged(uri, place) ? uri : undefined;
}
