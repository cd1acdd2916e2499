import { DescribePipelineExecutionCommand, ListPipelineParametersForExecutionCommand } from "@aws-sdk/client-sagemaker";
import { listTrials } from "../catalogue";
import type { Clients } from "../clients";
import { decisionRecord } from "../compare/promotion-record";
import { listSteps } from "../execution-snapshot";
import { describeModel, type ModelDetails } from "../registry";
import { stepView } from "../step-view";
import { type JobNode, processingJob, source, trainingJob, tuningJob, unlessGone } from "./jobs";
import { facts, type LineageNode, missing } from "./node";

type Reader = Pick<Clients, "sagemaker" | "s3">;

/**
 * What a model version was made from: the jobs, their parameters and code, and at the end the data with its digest.
 *
 * Found by Describe calls alone: a job made what another one read when their S3 addresses say so.
 */
export async function modelLineage(clients: Reader, arn: string): Promise<LineageNode> {
  const model = await describeModel(clients, arn);
  const execution = model.executionArn === undefined ? undefined : await executionNode(clients, model.executionArn);
  const { jobs, tuningArns } = await jobsOf(clients, model.executionArn);
  const trainer = await withTuner(clients, await trainerOf(clients, model), tuningArns);
  const known = trainer === undefined ? jobs : [trainer, ...jobs.filter(({ node }) => node.name !== trainer.node.name)];
  const tree = new Tree(known);
  const from = [
    ...(execution === undefined ? [] : [execution]),
    tree.maker(model.modelDataUrl, "the training job that wrote the model"),
    ...(model.metricsUri === undefined ? [] : [tree.maker(model.metricsUri, "the job that evaluated the model")]),
  ];
  return { ...packageNode(model), from };
}

function packageNode(model: ModelDetails): LineageNode {
  const decision = decisionRecord(model);
  const { contract, contract_sha256: contractSha256, roc_auc: rocAuc, r2 } = model.metadata;
  return {
    kind: "model-package",
    name: `${model.group}/${model.version}`,
    arn: model.arn,
    uri: model.modelDataUrl,
    ...(model.manifestSha256 === undefined ? {} : { sha256: model.manifestSha256 }),
    facts: facts({
      approval: model.approval,
      reason: model.approvalReason,
      decidedBy: decision?.by,
      decidedAt: decision?.at,
      gate: decision?.gate,
      rocAuc,
      r2,
      contract,
      contractSha256,
    }),
    from: [],
  };
}

async function executionNode(clients: Reader, arn: string): Promise<LineageNode> {
  const name = arn.split("/").at(-1) ?? arn;
  const request = { PipelineExecutionArn: arn };
  const found = await unlessGone(() => clients.sagemaker.send(new DescribePipelineExecutionCommand(request)));
  if (found === undefined) return missing(name, "the pipeline execution is not there any more");
  const { PipelineParameters = [] } = await clients.sagemaker.send(
    new ListPipelineParametersForExecutionCommand(request),
  );
  return {
    kind: "pipeline-execution",
    name,
    arn,
    facts: facts({
      pipeline: found.PipelineArn?.split("/").at(-1),
      version: found.PipelineVersionId,
      status: found.PipelineExecutionStatus,
      started: found.CreationTime?.toISOString(),
      ...Object.fromEntries(PipelineParameters.map(({ Name, Value }) => [Name ?? "", Value])),
    }),
    from: [],
  };
}

/** Processing and training jobs of an execution, those of cached steps included, and the tuning jobs beside them. */
async function jobsOf(
  clients: Reader,
  executionArn: string | undefined,
): Promise<{ jobs: JobNode[]; tuningArns: string[] }> {
  const steps = executionArn === undefined ? undefined : await unlessGone(() => listSteps(clients, executionArn));
  const found: { jobs: JobNode[]; tuningArns: string[] } = { jobs: [], tuningArns: [] };
  for (const step of steps ?? []) {
    const { job } = stepView(step, 0);
    if (job?.kind === "TuningJob") found.tuningArns.push(job.arn);
    const read = job?.kind === "ProcessingJob" ? processingJob : job?.kind === "TrainingJob" ? trainingJob : undefined;
    const node = job === undefined ? undefined : await read?.(clients, job.name);
    if (node !== undefined) found.jobs.push(node);
  }
  return found;
}

/** A trial with its tuning job, also where the trial itself does not name it. */
async function withTuner(
  clients: Reader,
  trainer: JobNode | undefined,
  tuningArns: readonly string[],
): Promise<JobNode | undefined> {
  if (trainer === undefined || trainer.node.from.length > 0) return trainer;
  for (const arn of tuningArns) {
    const trials = await listTrials(clients, arn.slice(arn.lastIndexOf("/") + 1));
    if (trials.some(({ name }) => name === trainer.node.name))
      return { ...trainer, node: { ...trainer.node, from: [await tuningJob(clients, arn)] } };
  }
  return trainer;
}

/** SageMaker writes a model to `<output path>/<training job>/output/model.tar.gz`; the job itself confirms it. */
async function trainerOf(clients: Reader, { modelDataUrl }: ModelDetails): Promise<JobNode | undefined> {
  const name = /\/([^/]+)\/output\/model\.tar\.gz$/.exec(modelDataUrl)?.[1];
  const job = name === undefined ? undefined : await trainingJob(clients, name);
  return job?.outputs.includes(modelDataUrl) ? job : undefined;
}

/** Puts jobs in order: each below what was made from it, spelt out once. */
class Tree {
  readonly #shown = new Set<string>();

  constructor(private readonly jobs: readonly JobNode[]) {}

  /** The job that wrote an address, with everything it was made from. */
  maker(uri: string, what: string): LineageNode {
    const job = this.#writerOf(uri);
    return job === undefined ? missing(uri, `${what} is not known`) : this.#grown(job);
  }

  #writerOf(uri: string): JobNode | undefined {
    return this.jobs.find(({ outputs }) =>
      outputs.some((output) => uri === output || uri.startsWith(output.endsWith("/") ? output : `${output}/`)),
    );
  }

  #grown(job: JobNode): LineageNode {
    if (this.#shown.has(job.node.name)) return { ...job.node, facts: {}, from: [], repeated: true };
    this.#shown.add(job.node.name);
    const before = new Set<JobNode>();
    const sources: LineageNode[] = [];
    for (const { name, uri } of job.inputs) {
      const writer = this.#writerOf(uri);
      if (writer !== undefined && writer !== job) before.add(writer);
      else if (uri !== "") sources.push(source(name, uri, job));
    }
    return { ...job.node, from: [...job.node.from, ...sources, ...[...before].map((each) => this.#grown(each))] };
  }
}
