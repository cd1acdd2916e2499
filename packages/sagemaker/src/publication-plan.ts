import { createHash } from "node:crypto";
import {
  type CreatePipelineCommandInput,
  DescribePipelineCommand,
  type DescribePipelineResponse,
  type UpdatePipelineCommandInput,
} from "@aws-sdk/client-sagemaker";
import { isNotFound } from "./aws-errors";
import type { Clients } from "./clients";
import { type DefinitionDiff, diffDefinitions } from "./definition-diff";
import { OperationError } from "./errors";
import { inParallel } from "./in-parallel";
import { bucketExists, objectSize } from "./objects";
import { parseS3Uri } from "./s3-uri";

/** The parts of a compiled pipeline that go to the cloud; `compile()` of @sagewright/pipeline returns them. */
export interface Publishable {
  readonly name: string;
  /** The definition as it is sent. */
  readonly json: string;
  readonly assets: readonly {
    readonly uri: string;
    readonly files: readonly { readonly key: string; readonly bytes: Uint8Array }[];
  }[];
}

/** How the pipeline stands in the account. */
export interface PublishOptions {
  /** Role that SageMaker assumes when it runs the pipeline. */
  readonly roleArn: string;
  /** @default no description */
  readonly description?: string;
  /** Most steps that run at once. @default SageMaker's own limit */
  readonly parallelism?: number;
  /** Put on the pipeline when it is made. @default none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Where a definition's record goes when the pipeline has no code to name a bucket. @default it leaves no record */
  readonly bucket?: string;
}

/** One request that publishing sends. */
export type PublishRequest =
  | { readonly operation: "CreateBucket"; readonly input: { readonly Bucket: string } }
  | { readonly operation: "PutObject"; readonly input: PutRequest; readonly body: Uint8Array }
  | { readonly operation: "CreatePipeline"; readonly input: CreatePipelineCommandInput }
  | { readonly operation: "UpdatePipeline"; readonly input: UpdatePipelineCommandInput };

/** A PutObject request without its body. */
export interface PutRequest {
  readonly Bucket: string;
  readonly Key: string;
  readonly ContentLength: number;
}

/** What publishing would do; nothing has been changed. */
export interface PublicationPlan {
  readonly change: "created" | "updated" | "unchanged";
  /** Every request that would change something, in order. */
  readonly requests: readonly PublishRequest[];
  /** Objects that are there already. */
  readonly present: number;
  /** Against what is deployed. @default absent when nothing is */
  readonly diff?: DefinitionDiff;
  /** The pipeline as it is deployed. @default absent when it is not */
  readonly deployed?: DescribePipelineResponse;
  /** What is deployed was not published from here: no record of it lies in the bucket. */
  readonly foreign: boolean;
}

const HEADS_AT_ONCE = 8;
/** Where definitions lie in the bucket. */
export const RECORDS = "definitions/";
/** SageMaker takes a definition inside the request up to this size; a larger one goes through S3. */
const INLINE_LIMIT_BYTES = 102_400;

/** Finds out what publishing would do, by requests that only read. */
export async function planPublication(
  clients: Pick<Clients, "sagemaker" | "s3">,
  compiled: Publishable,
  options: PublishOptions,
): Promise<PublicationPlan> {
  const objects = compiled.assets.flatMap(({ uri, files }) =>
    files.map(({ key, bytes }) => ({ bucket: parseS3Uri(uri).bucket, key, bytes })),
  );
  const deployed = await deployedPipeline(clients, compiled.name);
  const change = deployed === undefined ? "created" : isSame(deployed, compiled, options) ? "unchanged" : "updated";
  const record = recordOf(compiled, compiled.json, options.bucket);
  const wanted = change === "unchanged" || record === undefined ? objects : [...objects, record];
  const there = await inParallel(
    wanted,
    HEADS_AT_ONCE,
    async (object) => (await objectSize(clients, object)) === object.bytes.byteLength,
  );
  const missing = wanted.filter((_, index) => there[index] !== true);
  return {
    change,
    requests: [
      ...(await bucketRequests(clients, missing)),
      ...missing.map(putRequest),
      ...definitionRequest(change, compiled, options, record),
    ],
    present: objects.filter((_, index) => there[index] === true).length,
    foreign: change === "updated" && (await isForeign(clients, compiled, deployed?.PipelineDefinition ?? "", options)),
    ...(deployed === undefined
      ? {}
      : { deployed, diff: diffDefinitions(deployed.PipelineDefinition ?? "", compiled.json) }),
  };
}

/**
 * A pipeline as it is deployed, or undefined when it is not.
 *
 * @param version - @default the newest
 * @throws OperationError `pipeline_deleting`
 */
export async function deployedPipeline(
  clients: Pick<Clients, "sagemaker">,
  name: string,
  version?: number,
): Promise<DescribePipelineResponse | undefined> {
  try {
    const wanted = version === undefined ? {} : { PipelineVersionId: version };
    const found = await clients.sagemaker.send(new DescribePipelineCommand({ PipelineName: name, ...wanted }));
    if (found.PipelineStatus !== "Deleting") return found;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
  throw new OperationError(
    "pipeline_deleting",
    `Pipeline ${name} is being deleted. Wait until it is gone, then publish again.`,
    { facts: { pipeline: name } },
  );
}

/** Where a definition lies in a bucket, and its text. */
export interface PlannedObject {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: Uint8Array;
}

function isSame(existing: DescribePipelineResponse, compiled: Publishable, options: PublishOptions): boolean {
  return (
    existing.PipelineDefinition === compiled.json &&
    existing.RoleArn === options.roleArn &&
    (options.description === undefined || existing.PipelineDescription === options.description) &&
    (options.parallelism === undefined ||
      existing.ParallelismConfiguration?.MaxParallelExecutionSteps === options.parallelism)
  );
}

/** A pipeline without code names no bucket of its own. */
function recordOf(
  { assets: [asset] }: Publishable,
  json: string,
  otherwise: string | undefined,
): PlannedObject | undefined {
  const bucket = asset === undefined ? otherwise : parseS3Uri(asset.uri).bucket;
  return bucket === undefined ? undefined : definitionRecord(json, bucket);
}

/**
 * Where a definition lies in the bucket, by its content: a record of what was published, and the way to send one that is
 * too large for the request.
 */
export function definitionRecord(json: string, bucket: string): PlannedObject {
  const bytes = Buffer.from(json, "utf8");
  const key = `${RECORDS}${createHash("sha256").update(bytes).digest("hex")}.json`;
  return { bucket, key, bytes };
}

async function isForeign(
  clients: Pick<Clients, "s3">,
  compiled: Publishable,
  deployed: string,
  { bucket }: PublishOptions,
): Promise<boolean> {
  const record = recordOf(compiled, deployed, bucket);
  return record !== undefined && (await objectSize(clients, record)) === undefined;
}

async function bucketRequests(
  clients: Pick<Clients, "s3">,
  missing: readonly PlannedObject[],
): Promise<PublishRequest[]> {
  const requests: PublishRequest[] = [];
  for (const Bucket of new Set(missing.map(({ bucket }) => bucket)))
    if (!(await bucketExists(clients, Bucket))) requests.push({ operation: "CreateBucket", input: { Bucket } });
  return requests;
}

function putRequest({ bucket, key, bytes }: PlannedObject): PublishRequest {
  const input = { Bucket: bucket, Key: key, ContentLength: bytes.byteLength };
  return { operation: "PutObject", input, body: bytes };
}

function definitionRequest(
  change: PublicationPlan["change"],
  { name, json }: Publishable,
  { roleArn, description, parallelism, tags }: PublishOptions,
  stored: PlannedObject | undefined,
): PublishRequest[] {
  if (change === "unchanged") return [];
  const input = {
    PipelineName: name,
    RoleArn: roleArn,
    ...definitionMember(json, stored),
    ...(description === undefined ? {} : { PipelineDescription: description }),
    ...(parallelism === undefined ? {} : { ParallelismConfiguration: { MaxParallelExecutionSteps: parallelism } }),
  };
  if (change === "updated") return [{ operation: "UpdatePipeline", input }];
  const ClientRequestToken = createHash("sha256").update(name).update(json).digest("hex");
  const Tags = Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  const tagged = Tags.length === 0 ? {} : { Tags };
  return [{ operation: "CreatePipeline", input: { ...input, ...tagged, ClientRequestToken } }];
}

/** The member of a request that carries a definition: its text, or where a large one lies. */
export function definitionMember(
  json: string,
  stored: PlannedObject | undefined,
): Pick<UpdatePipelineCommandInput, "PipelineDefinition" | "PipelineDefinitionS3Location"> {
  return stored === undefined || stored.bytes.byteLength < INLINE_LIMIT_BYTES
    ? { PipelineDefinition: json }
    : { PipelineDefinitionS3Location: { Bucket: stored.bucket, ObjectKey: stored.key } };
}
