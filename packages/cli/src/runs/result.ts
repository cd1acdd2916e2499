import type { TrainingUsage, WaitedInVain } from "@sagewright/sagemaker";
import { type ExitCode, exitCodes } from "../exit-codes";
import { failureExitCode, readFailure } from "./failure";
import type { FinishedRun } from "./run-pipeline";
import { stepsOfType } from "./step-names";

/** A remark of the run's steps that a person should read, such as a suspicion of leakage. */
export interface RunWarning {
  code: string;
  message: string;
}

/** The object that `run --json` ends with. */
export interface RunResult {
  pipeline: string;
  /** ARN of the execution. */
  execution: string;
  status: string;
  /** Whether the model passed the gate; null when the run ended before it. */
  gate: "passed" | "refused" | null;
  metrics: Record<string, number>;
  /** Rows put aside with their reasons; null when preparation did not end. */
  quarantined: number | null;
  warnings: RunWarning[];
  /** ARN of the registered version; null when nothing was registered. */
  modelPackage: string | null;
  seconds: number;
  /** Steps that failed, the gate's among them, each with its reason as SageMaker words it. */
  failures: { step: string; reason: string }[];
  /** Machine time of its training, and what spot saved; null when it trained nothing itself. */
  training: TrainingUsage | null;
  /** Steps that ended it because no spot capacity came. */
  waitedInVain: WaitedInVain[];
  /** ARN of the run whose place this one took, on demand; null when it took none. */
  onDemandAfter: string | null;
}

/** Reads the result of a finished run out of its report. */
export function runResult({ pipeline, definition, report, ...rest }: FinishedRun): RunResult {
  const files = Object.values(report.files).flatMap((byName) => Object.values(byName)) as ReportFile[];
  return {
    pipeline,
    execution: report.executionArn,
    status: report.status,
    gate: gateOutcome(definition, report),
    metrics: { ...report.metrics },
    quarantined: files.find((file) => file?.rows?.quarantined !== undefined)?.rows?.quarantined ?? null,
    warnings: files.flatMap((file) => file?.warnings ?? []).map(({ code, message }) => ({ code, message })),
    modelPackage: report.modelPackageArn ?? null,
    seconds: Math.round(report.seconds * 1000) / 1000,
    failures: report.failures.map(({ step, reason }) => ({ step, reason })),
    training: rest.training ?? null,
    waitedInVain: [...(rest.waited ?? [])],
    onDemandAfter: rest.onDemandAfter ?? null,
  };
}

/** The exit code a run's result stands for. */
export function runExitCode(result: RunResult): ExitCode {
  if (result.gate === "refused") return exitCodes.gateNotMet;
  if (result.status === "Succeeded") return exitCodes.done;
  const [failed] = result.failures;
  return failed === undefined ? exitCodes.failed : failureExitCode(readFailure(failed.reason));
}

interface ReportFile {
  rows?: { quarantined?: number };
  warnings?: RunWarning[];
}

function gateOutcome(definition: FinishedRun["definition"], report: FinishedRun["report"]): RunResult["gate"] {
  const fails = stepsOfType(definition, "Fail");
  if (report.failures.some((failure) => fails.includes(failure.step))) return "refused";
  const decided = report.conditions.length > 0 && report.status === "Succeeded";
  return decided ? "passed" : null;
}
