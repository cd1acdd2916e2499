import { createHash } from "node:crypto";
import {
  DescribePipelineExecutionCommand,
  ListPipelineParametersForExecutionCommand,
  ListPipelineVersionsCommand,
  type Parameter,
  StartPipelineExecutionCommand,
  UpdatePipelineCommand,
  UpdatePipelineVersionCommand,
} from "@aws-sdk/client-sagemaker";
import { parseDefinition, printDefinition, withPlacement } from "@sagewright/pipeline";
import type { Clients } from "../clients";
import { OperationError } from "../errors";
import { executionDefinition } from "../executions";
import { bucketExists, createBucket, putIfMissing } from "../objects";
import { definitionMember, definitionRecord, deployedPipeline } from "../publication-plan";

/** Which execution to run again on demand. */
export interface OnDemandRetry {
  /** One that has ended. */
  readonly executionArn: string;
  /** Where records of definitions lie. */
  readonly bucket: string;
}

/** An execution that was started on demand. */
export interface RetriedOnDemand {
  readonly executionArn: string;
  /** Version of the pipeline that it runs. */
  readonly version: number;
}

type RetryClients = Pick<Clients, "sagemaker" | "s3">;

/**
 * Starts what an execution ran once more, with its parameters, on machines on demand; steps that succeeded come from the cache, and
 * checkpoints are read. Asked for twice, it is one execution.
 *
 * A pipeline cannot turn spot off by a parameter: the service refuses a wait without spot, and no member of a request can be left out
 * when a pipeline runs. So the definition without spot becomes a version of the pipeline, once, and the execution names that version;
 * what is published stays the newest.
 *
 * @throws OperationError `nothing_on_spot` when the execution asked for no spot
 */
export async function retryOnDemand(
  clients: RetryClients,
  { executionArn, bucket }: OnDemandRetry,
): Promise<RetriedOnDemand> {
  const { sagemaker } = clients;
  const ran = await executionDefinition(clients, executionArn);
  const placed = withPlacement(ran, { spot: false });
  if (placed === withPlacement(ran, {}))
    throw new OperationError("nothing_on_spot", `${executionArn} asked for no spot machines. Retry it as it is.`, {
      facts: { executionArn },
    });
  const execution = await sagemaker.send(new DescribePipelineExecutionCommand({ PipelineExecutionArn: executionArn }));
  const { PipelineArn = "", ParallelismConfiguration, SelectiveExecutionConfig } = execution;
  const version = await onDemandVersion(clients, { pipelineArn: PipelineArn, json: marked(placed), bucket });
  const parameters = await parametersOf(clients, executionArn);
  const id = executionArn.slice(executionArn.lastIndexOf("/") + 1);
  const started = await sagemaker.send(
    new StartPipelineExecutionCommand({
      PipelineName: PipelineArn,
      PipelineVersionId: version,
      ...(parameters.length === 0 ? {} : { PipelineParameters: parameters }),
      ...(ParallelismConfiguration === undefined ? {} : { ParallelismConfiguration }),
      ...(SelectiveExecutionConfig === undefined ? {} : { SelectiveExecutionConfig }),
      PipelineExecutionDescription: `On demand: spot capacity did not come for ${id}.`,
      ClientRequestToken: sha256(`on demand: ${executionArn}`),
    }),
  );
  return { executionArn: started.PipelineExecutionArn ?? "", version };
}

/** A definition that says of itself that it was made here, and not published. */
function marked(json: string): string {
  const definition = parseDefinition(json);
  return printDefinition({ ...definition, Metadata: { ...definition.Metadata, "sagewright:onDemand": "true" } });
}

interface VersionWish {
  readonly pipelineArn: string;
  readonly json: string;
  readonly bucket: string;
}

/** The version that runs a definition: the one made for it before, or a new one that the published definition follows at once. */
async function onDemandVersion(clients: RetryClients, wish: VersionWish): Promise<number> {
  const { pipelineArn, json } = wish;
  const displayName = `on-demand-${sha256(json).slice(0, 24)}`;
  const found = await versions(clients, pipelineArn);
  const published = (await deployedPipeline(clients, pipelineArn))?.PipelineDefinition ?? "";
  const [newest, before] = found;
  // Cut off before what is published was back: nobody else writes a definition with this mark.
  if (published === json) {
    const version = newest?.PipelineVersionId ?? 0;
    const back = await deployedPipeline(clients, pipelineArn, before?.PipelineVersionId);
    return named(clients, { ...wish, version, displayName, published: back?.PipelineDefinition ?? "" });
  }
  const known = found.find(({ PipelineVersionDisplayName }) => PipelineVersionDisplayName === displayName);
  if (known?.PipelineVersionId !== undefined) return known.PipelineVersionId;
  return named(clients, { ...wish, version: await update(clients, wish), displayName, published });
}

/** Names a version, by which it is found again, and puts back what is published, unless somebody published in between. */
async function named(
  clients: RetryClients,
  {
    version,
    displayName,
    published,
    ...wish
  }: VersionWish & Record<"displayName" | "published", string> & { version: number },
): Promise<number> {
  await clients.sagemaker.send(
    new UpdatePipelineVersionCommand({
      PipelineArn: wish.pipelineArn,
      PipelineVersionId: version,
      PipelineVersionDisplayName: displayName,
      PipelineVersionDescription: "The same on demand, for runs whose spot capacity did not come.",
    }),
  );
  const now = await deployedPipeline(clients, wish.pipelineArn);
  if (now?.PipelineDefinition === wish.json) await update(clients, { ...wish, json: published });
  return version;
}

/** Leaves a record, as publishing does: what is deployed is known to come from here. */
async function update(clients: RetryClients, { pipelineArn, json, bucket }: VersionWish): Promise<number> {
  const record = definitionRecord(json, bucket);
  if (!(await bucketExists(clients, bucket))) await createBucket(clients, bucket);
  const { key, bytes } = record;
  await putIfMissing(clients, { bucket, key, bytes: bytes.byteLength, open: () => bytes });
  const { PipelineVersionId = 0 } = await clients.sagemaker.send(
    new UpdatePipelineCommand({ PipelineName: nameOf(pipelineArn), ...definitionMember(json, record) }),
  );
  return PipelineVersionId;
}

/** Newest first. */
async function versions({ sagemaker }: RetryClients, pipelineArn: string) {
  const { PipelineVersionSummaries = [] } = await sagemaker.send(
    new ListPipelineVersionsCommand({ PipelineName: pipelineArn, SortOrder: "Descending", MaxResults: 100 }),
  );
  return PipelineVersionSummaries;
}

async function parametersOf({ sagemaker }: RetryClients, PipelineExecutionArn: string): Promise<Parameter[]> {
  const found: Parameter[] = [];
  let NextToken: string | undefined;
  do {
    const page = await sagemaker.send(
      new ListPipelineParametersForExecutionCommand({
        PipelineExecutionArn,
        ...(NextToken === undefined ? {} : { NextToken }),
      }),
    );
    found.push(...(page.PipelineParameters ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

function nameOf(pipelineArn: string): string {
  return pipelineArn.slice(pipelineArn.lastIndexOf("/") + 1);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
