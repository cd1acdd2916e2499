import { createHash } from "node:crypto";
import {
  CreatePipelineCommand,
  DescribePipelineCommand,
  type DescribePipelineResponse,
  UpdatePipelineCommand,
} from "@aws-sdk/client-sagemaker";
import { isNotFound } from "./aws-errors";
import type { Clients } from "./clients";
import { OperationError } from "./errors";
import { inParallel } from "./in-parallel";
import { putIfMissing } from "./objects";
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
}

/** What publishing did. */
export interface Published {
  readonly pipelineArn: string;
  readonly change: "created" | "updated" | "unchanged";
  readonly uploaded: { readonly objects: number; readonly bytes: number };
  /** Objects that were there already. */
  readonly present: number;
}

const UPLOADS_AT_ONCE = 8;
/** SageMaker takes a definition inside the request up to this size; a larger one goes through S3. */
const INLINE_LIMIT_BYTES = 102_400;

/**
 * Brings a compiled pipeline to the account: code that is not there yet, then the definition when it differs.
 *
 * @example
 * const { change } = await publish(clients, compile(churnTraining, target), { roleArn: target.roleArn });
 */
export async function publish(clients: Clients, compiled: Publishable, options: PublishOptions): Promise<Published> {
  const objects = compiled.assets.flatMap(({ uri, files }) =>
    files.map(({ key, bytes }) => ({
      bucket: parseS3Uri(uri).bucket,
      key,
      bytes: bytes.byteLength,
      open: () => bytes,
    })),
  );
  const sent = await inParallel(objects, UPLOADS_AT_ONCE, async (object) =>
    (await putIfMissing(clients, object)) ? object.bytes : -1,
  );
  const uploads = sent.filter((bytes) => bytes >= 0);
  const { pipelineArn, change } = await publishDefinition(clients, compiled, options);
  return {
    pipelineArn,
    change,
    uploaded: { objects: uploads.length, bytes: uploads.reduce((sum, bytes) => sum + bytes, 0) },
    present: objects.length - uploads.length,
  };
}

async function publishDefinition(
  clients: Clients,
  compiled: Publishable,
  options: PublishOptions,
): Promise<Pick<Published, "pipelineArn" | "change">> {
  const existing = await describe(clients, compiled.name);
  if (existing?.PipelineStatus === "Deleting") {
    throw new OperationError(
      "pipeline_deleting",
      `Pipeline ${compiled.name} is being deleted. Wait until it is gone, then publish again.`,
      { facts: { pipeline: compiled.name } },
    );
  }
  if (existing !== undefined && isSame(existing, compiled, options)) {
    return { pipelineArn: existing.PipelineArn ?? "", change: "unchanged" };
  }
  const request = {
    PipelineName: compiled.name,
    RoleArn: options.roleArn,
    ...(await definitionMember(clients, compiled)),
    ...(options.description === undefined ? {} : { PipelineDescription: options.description }),
    ...(options.parallelism === undefined
      ? {}
      : { ParallelismConfiguration: { MaxParallelExecutionSteps: options.parallelism } }),
  };
  if (existing === undefined) {
    const ClientRequestToken = createHash("sha256").update(compiled.name).update(compiled.json).digest("hex");
    const { PipelineArn } = await clients.sagemaker.send(new CreatePipelineCommand({ ...request, ClientRequestToken }));
    return { pipelineArn: PipelineArn ?? "", change: "created" };
  }
  const { PipelineArn } = await clients.sagemaker.send(new UpdatePipelineCommand(request));
  return { pipelineArn: PipelineArn ?? existing.PipelineArn ?? "", change: "updated" };
}

async function describe(clients: Clients, name: string): Promise<DescribePipelineResponse | undefined> {
  try {
    return await clients.sagemaker.send(new DescribePipelineCommand({ PipelineName: name }));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
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

async function definitionMember(clients: Clients, compiled: Publishable) {
  const body = Buffer.from(compiled.json, "utf8");
  const [asset] = compiled.assets;
  if (body.byteLength < INLINE_LIMIT_BYTES || asset === undefined) return { PipelineDefinition: compiled.json };
  const { bucket } = parseS3Uri(asset.uri);
  const key = `definitions/${createHash("sha256").update(body).digest("hex")}.json`;
  await putIfMissing(clients, { bucket, key, bytes: body.byteLength, open: () => body });
  return { PipelineDefinitionS3Location: { Bucket: bucket, ObjectKey: key } };
}
