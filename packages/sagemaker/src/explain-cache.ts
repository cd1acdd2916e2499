import {
  DescribeHyperParameterTuningJobCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  DescribeTransformJobCommand,
} from "@aws-sdk/client-sagemaker";
import { type CacheDifference, cacheKeyAttributes, explainMiss, type Json } from "@sagewright/pipeline";
import type { Clients } from "./clients";
import type { JobReference, StepView } from "./execution-events";
import { listSteps, takeSnapshot } from "./execution-snapshot";
import { listExecutions } from "./executions";
import { stepView } from "./step-view";

/** Why a step was, or was not, taken from the cache. */
export interface CacheExplanation {
  readonly step: string;
  readonly result: "hit" | "miss";
  /** One sentence. */
  readonly reason: string;
  /** Execution that the step was taken from, or compared with. @default absent on a first run */
  readonly comparedWith?: string;
  /** Every attribute of the cache key that differs from the newest earlier success. */
  readonly changed: readonly CacheDifference[];
}

const EARLIER_EXECUTIONS = 20;

/**
 * Explains the cache of one execution from what the service tells of it: for every step that runs as a job, hit or miss,
 * and which attribute of its key differs from the newest earlier execution in which the step succeeded.
 */
export async function explainCache(
  clients: Pick<Clients, "sagemaker">,
  executionArn: string,
): Promise<CacheExplanation[]> {
  const snapshot = await takeSnapshot(clients, executionArn, Date.now(), everything);
  const steps = snapshot.steps.filter((step) => step.job !== undefined || step.cachedFrom !== undefined);
  const earlier = new EarlierSuccesses(clients, snapshot.pipelineArn, executionArn);
  const explained: CacheExplanation[] = [];
  for (const step of steps) explained.push(await explainStep(clients, step, earlier));
  return explained;
}

/** No tuning progress is needed here. */
const everything: ReadonlySet<string> = { has: () => true } as unknown as ReadonlySet<string>;

async function explainStep(
  clients: Pick<Clients, "sagemaker">,
  step: StepView,
  earlier: EarlierSuccesses,
): Promise<CacheExplanation> {
  if (step.cachedFrom !== undefined) {
    const reason = `nothing changed since run ${idOf(step.cachedFrom)}`;
    return { step: step.name, result: "hit", reason, comparedWith: step.cachedFrom, changed: [] };
  }
  const before = await earlier.of(step.name);
  if (before?.job === undefined || step.job === undefined) {
    return { step: step.name, result: "miss", reason: "it has not succeeded before", changed: [] };
  }
  const changed = explainMiss(await attributes(clients, before.job), await attributes(clients, step.job));
  return { step: step.name, result: "miss", reason: reasonOf(changed), comparedWith: before.executionArn, changed };
}

function reasonOf(changed: readonly CacheDifference[]): string {
  if (changed.length === 0) return "the earlier result has expired, is gone, or caching is off";
  const upstream = [...new Set(changed.map(newOutputOf))];
  if (!upstream.includes(undefined)) return `it reads new output of ${upstream.join(", ")}`;
  const own = changed.filter((change) => newOutputOf(change) === undefined);
  return `${own.map((change) => change.path).join(", ")} changed`;
}

/** The step whose output a difference is about: the same address, but for the execution's id. */
function newOutputOf({ before, after }: CacheDifference): string | undefined {
  if (typeof before !== "string" || typeof after !== "string") return undefined;
  const output = /^(s3:\/\/[^/]+\/runs\/[^/]+)\/([a-z0-9]{12})\/([^/]+)(\/.*)?$/;
  const [old, now] = [output.exec(before), output.exec(after)];
  if (old === null || now === null) return undefined;
  return [1, 3, 4].every((part) => old[part] === now[part]) ? now[3] : undefined;
}

/** What decides about a job's cache key, as the service describes it. */
async function attributes({ sagemaker }: Pick<Clients, "sagemaker">, { kind, name }: JobReference) {
  const describe = {
    ProcessingJob: () => sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name })),
    TrainingJob: () => sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name })),
    TransformJob: () => sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: name })),
    TuningJob: () => sagemaker.send(new DescribeHyperParameterTuningJobCommand({ HyperParameterTuningJobName: name })),
  };
  const described = JSON.parse(JSON.stringify(await describe[kind]())) as Json;
  return cacheKeyAttributes(stepTypes[kind], described) ?? {};
}

const stepTypes = {
  ProcessingJob: "Processing",
  TrainingJob: "Training",
  TransformJob: "Transform",
  TuningJob: "Tuning",
} as const;

/** The newest successes of a pipeline's steps before one execution, read as far back as needed. */
class EarlierSuccesses {
  readonly #clients: Pick<Clients, "sagemaker">;
  readonly #pipelineArn: string;
  readonly #executionArn: string;
  readonly #found = new Map<string, StepView & { executionArn: string }>();
  #unread: string[] | undefined;

  constructor(clients: Pick<Clients, "sagemaker">, pipelineArn: string, executionArn: string) {
    this.#clients = clients;
    this.#pipelineArn = pipelineArn;
    this.#executionArn = executionArn;
  }

  async of(step: string): Promise<(StepView & { executionArn: string }) | undefined> {
    this.#unread ??= await this.#earlierExecutions();
    while (!this.#found.has(step)) {
      const executionArn = this.#unread.shift();
      if (executionArn === undefined) return undefined;
      for (const each of await listSteps(this.#clients, executionArn)) {
        const view = stepView(each, 0);
        const ended = view.state === "succeeded" || view.state === "cached";
        if (ended && view.job !== undefined && !this.#found.has(view.name)) {
          this.#found.set(view.name, { ...view, executionArn });
        }
      }
    }
    return this.#found.get(step);
  }

  async #earlierExecutions(): Promise<string[]> {
    const pipeline = this.#pipelineArn.slice(this.#pipelineArn.lastIndexOf("/") + 1);
    const executions = await listExecutions(this.#clients, { pipeline, limit: EARLIER_EXECUTIONS });
    const arns = executions.flatMap(({ PipelineExecutionArn: arn }) => (arn === undefined ? [] : [arn]));
    return arns.slice(arns.indexOf(this.#executionArn) + 1);
  }
}

function idOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
