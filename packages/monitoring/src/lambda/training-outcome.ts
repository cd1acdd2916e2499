import type { PipelineExecutionStep, SageMaker } from "@aws-sdk/client-sagemaker";
import { startedBy } from "../retraining/description";
import type { RetrainingOutcome } from "../retraining/outcome";

/** A version about which something changed. */
export interface DecidedPackage {
  readonly ModelPackageGroupName?: string | undefined;
  readonly ModelPackageArn: string;
  readonly ModelPackageVersion?: number | undefined;
  readonly ModelApprovalStatus?: string | undefined;
  readonly ApprovalDescription?: string | undefined;
}

type Registry = Pick<SageMaker, "describePipelineExecution" | "listPipelineExecutionSteps" | "describeModelPackage">;

/** What a run came to. @returns undefined while it goes on, and for one that somebody started by hand */
export async function runOutcome(
  sagemaker: Registry,
  { model, run, status }: { readonly model: string; readonly run: string; readonly status: string },
): Promise<RetrainingOutcome | undefined> {
  if (!["Succeeded", "Failed", "Stopped"].includes(status)) return undefined;
  const found = await sagemaker.describePipelineExecution({ PipelineExecutionArn: run });
  const cause = startedBy(found.PipelineExecutionDescription);
  if (cause === undefined) return undefined;
  const steps = await stepsOf(sagemaker, run);
  const result = await resultOf(sagemaker, { status, steps, reason: found.FailureReason });
  return { model, run: idOf(run), because: cause.because, result };
}

/** What somebody decided about a version that a training made. @returns undefined where nothing was, or no training made it */
export async function decisionOutcome(
  sagemaker: Registry,
  { ModelPackageArn: arn, ModelApprovalStatus: approval }: DecidedPackage,
): Promise<RetrainingOutcome | undefined> {
  if (approval !== "Approved" && approval !== "Rejected") return undefined;
  const found = await sagemaker.describeModelPackage({ ModelPackageName: arn });
  const run = found.MetadataProperties?.GeneratedBy;
  if (run === undefined || !run.includes("/execution/")) return undefined;
  const { PipelineExecutionDescription } = await sagemaker.describePipelineExecution({ PipelineExecutionArn: run });
  const cause = startedBy(PipelineExecutionDescription);
  if (cause === undefined) return undefined;
  const version = String(found.ModelPackageVersion ?? "");
  const said = found.ApprovalDescription === undefined ? "" : `: ${found.ApprovalDescription}`;
  const result: RetrainingOutcome["result"] =
    approval === "Approved"
      ? { kind: "promoted", version }
      : { kind: "kept", reason: `version ${version} was rejected${said}`.slice(0, 500) };
  // Of a run there is one end; of its version one decision of each kind.
  const decision = approval.toLowerCase();
  return { model: found.ModelPackageGroupName ?? "", run: idOf(run), decision, because: cause.because, result };
}

async function resultOf(
  sagemaker: Registry,
  run: {
    readonly status: string;
    readonly steps: readonly PipelineExecutionStep[];
    readonly reason: string | undefined;
  },
): Promise<RetrainingOutcome["result"]> {
  const { status, steps, reason } = run;
  const arn = steps.find(({ Metadata }) => Metadata?.RegisterModel?.Arn !== undefined)?.Metadata?.RegisterModel?.Arn;
  if (status === "Succeeded" && arn !== undefined) {
    const { ModelPackageVersion, ModelApprovalStatus } = await sagemaker.describeModelPackage({
      ModelPackageName: arn,
    });
    const version = String(ModelPackageVersion ?? "");
    return ModelApprovalStatus === "Approved" ? { kind: "promoted", version } : { kind: "waiting", version };
  }
  const gate = steps.find(({ Metadata }) => Metadata?.Fail !== undefined)?.Metadata?.Fail?.ErrorMessage;
  if (gate !== undefined) return { kind: "kept", reason: gate.slice(0, 500) };
  if (status === "Succeeded") return { kind: "kept", reason: "it registered no version" };
  const failed = steps.find(({ StepStatus }) => StepStatus === "Failed");
  const why = failed === undefined ? reason : `${failed.StepName}: ${failed.FailureReason ?? "no reason is given"}`;
  return { kind: "failed", reason: (why ?? `it was ${status.toLowerCase()}`).slice(0, 500) };
}

async function stepsOf(sagemaker: Registry, run: string): Promise<PipelineExecutionStep[]> {
  const steps: PipelineExecutionStep[] = [];
  let token: string | undefined;
  do {
    const page = await sagemaker.listPipelineExecutionSteps({
      PipelineExecutionArn: run,
      MaxResults: 100,
      ...(token === undefined ? {} : { NextToken: token }),
    });
    steps.push(...(page.PipelineExecutionSteps ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return steps;
}

/** `wk2x…`, the last part of an execution's ARN. */
const idOf = (run: string): string => run.slice(run.lastIndexOf("/") + 1);
