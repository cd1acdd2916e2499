import { DescribeProcessingJobCommand } from "@aws-sdk/client-sagemaker";
import type { Clients } from "./clients";
import { OperationError } from "./errors";
import { type ExecutionSnapshot, takeSnapshot } from "./execution-snapshot";
import { executionDefinition } from "./executions";
import { readJson } from "./objects";
import { type Surroundings, systemSurroundings } from "./surroundings";

/** How an execution went: the snapshot, and what its steps wrote into the files the definition declares. */
export interface ExecutionReport extends ExecutionSnapshot {
  readonly seconds: number;
  /** Decisions of the Condition steps that were reached. */
  readonly conditions: readonly { readonly step: string; readonly outcome: boolean }[];
  /** Steps that failed, each with its reason. */
  readonly failures: readonly { readonly step: string; readonly reason: string }[];
  /** The version registered by this execution, or by the one its cache points to. */
  readonly modelPackageArn?: string;
  /** Property files: step name, file name, content. A file that a step did not write is absent. */
  readonly files: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The `metrics` member of every property file that has one, as numbers; a later step's value wins. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Reports on an execution, running or ended. */
export function executionReport(
  clients: Pick<Clients, "sagemaker" | "s3">,
  executionArn: string,
): Promise<ExecutionReport> {
  return executionReportWith(clients, executionArn, systemSurroundings);
}

/** {@link executionReport} with the clock handed in. */
export async function executionReportWith(
  clients: Pick<Clients, "sagemaker" | "s3">,
  executionArn: string,
  surroundings: Pick<Surroundings, "now">,
): Promise<ExecutionReport> {
  const now = surroundings.now();
  const snapshot = await takeSnapshot(clients, executionArn, now);
  const files = await propertyFiles(clients, snapshot);
  const package_ = snapshot.steps.findLast((step) => step.modelPackageArn !== undefined);
  const end = snapshot.status === "Executing" ? now : (snapshot.changedAt?.getTime() ?? now);
  return {
    ...snapshot,
    seconds: Math.max(0, end - (snapshot.startedAt?.getTime() ?? end)) / 1_000,
    conditions: snapshot.steps.flatMap(({ name, outcome }) => (outcome === undefined ? [] : [{ step: name, outcome }])),
    failures: snapshot.steps.flatMap(({ name, state, reason }) =>
      state === "failed" ? [{ step: name, reason: reason ?? "No reason was given." }] : [],
    ),
    ...(package_?.modelPackageArn === undefined ? {} : { modelPackageArn: package_.modelPackageArn }),
    files,
    metrics: metricsOf(files),
  };
}

interface DefinedStep {
  readonly Name: string;
  readonly PropertyFiles?: readonly { PropertyFileName: string; OutputName: string; FilePath: string }[];
  readonly Arguments?: { readonly IfSteps?: readonly DefinedStep[]; readonly ElseSteps?: readonly DefinedStep[] };
}

function flatten(steps: readonly DefinedStep[]): DefinedStep[] {
  return steps.flatMap((step) => [
    step,
    ...flatten(step.Arguments?.IfSteps ?? []),
    ...flatten(step.Arguments?.ElseSteps ?? []),
  ]);
}

async function propertyFiles(
  clients: Pick<Clients, "sagemaker" | "s3">,
  snapshot: ExecutionSnapshot,
): Promise<Record<string, Record<string, unknown>>> {
  const definition = JSON.parse(await executionDefinition(clients, snapshot.executionArn)) as { Steps?: DefinedStep[] };
  const defined = flatten(definition.Steps ?? []);
  const files: Record<string, Record<string, unknown>> = {};
  for (const step of snapshot.steps) {
    const declared = defined.find(({ Name }) => Name === step.name)?.PropertyFiles ?? [];
    const succeeded = step.state === "succeeded" || step.state === "cached";
    if (declared.length === 0 || !succeeded || step.job?.kind !== "ProcessingJob") continue;
    const job = await clients.sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: step.job.name }));
    for (const { PropertyFileName, OutputName, FilePath } of declared) {
      const output = job.ProcessingOutputConfig?.Outputs?.find((candidate) => candidate.OutputName === OutputName);
      const folder = output?.S3Output?.S3Uri;
      const content =
        folder === undefined ? undefined : await readIfThere(clients, `${folder.replace(/\/$/, "")}/${FilePath}`);
      if (content !== undefined) files[step.name] = { ...files[step.name], [PropertyFileName]: content };
    }
  }
  return files;
}

async function readIfThere(clients: Pick<Clients, "s3">, uri: string): Promise<unknown> {
  try {
    return await readJson(clients, uri);
  } catch (error) {
    if (error instanceof OperationError || (error instanceof Error && error.name === "NoSuchKey")) return undefined;
    throw error;
  }
}

function metricsOf(files: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const content of Object.values(files).flatMap((byName) => Object.values(byName))) {
    const found = (content as { metrics?: unknown } | null)?.metrics;
    if (typeof found !== "object" || found === null) continue;
    for (const [name, value] of Object.entries(found)) if (typeof value === "number") metrics[name] = value;
  }
  return metrics;
}
