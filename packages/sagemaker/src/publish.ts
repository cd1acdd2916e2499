import { CreatePipelineCommand, UpdatePipelineCommand } from "@aws-sdk/client-sagemaker";
import type { Clients } from "./clients";
import { OperationError } from "./errors";
import { inParallel } from "./in-parallel";
import { createBucket, putIfMissing } from "./objects";
import {
  deployedPipeline,
  type PublicationPlan,
  type Publishable,
  type PublishOptions,
  type PublishRequest,
  planPublication,
  RECORDS,
} from "./publication-plan";

/** What publishing did. */
export interface Published {
  readonly pipelineArn: string;
  readonly change: "created" | "updated" | "unchanged";
  /** The pipeline's version in SageMaker, from 1. @default absent where the service does not say */
  readonly version?: number;
  /** Code that was sent. */
  readonly uploaded: { readonly objects: number; readonly bytes: number };
  /** Objects that were there already. */
  readonly present: number;
}

const UPLOADS_AT_ONCE = 8;

/**
 * Brings a compiled pipeline to the account: code that is not there yet, then the definition when it differs.
 *
 * @example
 * const { change } = await publish(clients, compile(churnTraining, target), { roleArn: target.roleArn });
 */
export async function publish(
  clients: Pick<Clients, "sagemaker" | "s3">,
  compiled: Publishable,
  options: PublishOptions,
): Promise<Published> {
  return await applyPublication(clients, await planPublication(clients, compiled, options));
}

/**
 * Sends the requests of a plan.
 *
 * @throws OperationError `pipeline_changed` when the pipeline is no longer what the plan was made against.
 */
export async function applyPublication(
  clients: Pick<Clients, "sagemaker" | "s3">,
  plan: PublicationPlan,
): Promise<Published> {
  for (const { operation, input } of plan.requests)
    if (operation === "CreateBucket") await createBucket(clients, input.Bucket);
  const puts = plan.requests.filter((request) => request.operation === "PutObject");
  const sent = await inParallel(puts, UPLOADS_AT_ONCE, async ({ input, body }) => {
    const { Bucket: bucket, Key: key, ContentLength: bytes } = input;
    return (await putIfMissing(clients, { bucket, key, bytes, open: () => body })) ? bytes : undefined;
  });
  const isCode = puts.map(({ input }) => !input.Key.startsWith(RECORDS));
  const uploads = sent.filter((bytes, index) => bytes !== undefined && isCode[index]).map(Number);
  return {
    ...(await sendDefinition(clients, plan)),
    change: plan.change,
    uploaded: { objects: uploads.length, bytes: uploads.reduce((sum, bytes) => sum + bytes, 0) },
    present: plan.present + isCode.filter(Boolean).length - uploads.length,
  };
}

async function sendDefinition(
  clients: Pick<Clients, "sagemaker">,
  plan: PublicationPlan,
): Promise<Pick<Published, "pipelineArn" | "version">> {
  const request = plan.requests.find(isDefinition);
  const known = plan.deployed?.PipelineArn ?? "";
  if (request === undefined) return { pipelineArn: known };
  if (request.operation === "CreatePipeline") {
    const { PipelineArn = "" } = await clients.sagemaker.send(new CreatePipelineCommand(request.input));
    return { pipelineArn: PipelineArn, version: 1 };
  }
  await refuseOtherChange(clients, plan, request.input.PipelineName ?? "");
  const { PipelineArn = known, PipelineVersionId } = await clients.sagemaker.send(
    new UpdatePipelineCommand(request.input),
  );
  return { pipelineArn: PipelineArn, ...(PipelineVersionId === undefined ? {} : { version: PipelineVersionId }) };
}

function isDefinition(
  request: PublishRequest,
): request is Extract<PublishRequest, { operation: "CreatePipeline" | "UpdatePipeline" }> {
  return request.operation === "CreatePipeline" || request.operation === "UpdatePipeline";
}

/** Between a plan and its confirmation someone else may have published. */
async function refuseOtherChange(
  clients: Pick<Clients, "sagemaker">,
  { deployed }: PublicationPlan,
  pipeline: string,
): Promise<void> {
  const now = await deployedPipeline(clients, pipeline);
  if (now?.PipelineDefinition === deployed?.PipelineDefinition && now?.RoleArn === deployed?.RoleArn) return;
  throw new OperationError(
    "pipeline_changed",
    `Pipeline ${pipeline} was changed by someone else in the meantime; nothing was overwritten. Run the command again to see the difference.`,
    { facts: { pipeline, modifiedAt: now?.LastModifiedTime, modifiedBy: now?.LastModifiedBy?.UserProfileName } },
  );
}
