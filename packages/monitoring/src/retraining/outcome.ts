import type { Observation } from "../findings/finding";

/** What a training came to. */
export interface RetrainingOutcome {
  /** Name of the model group. */
  readonly model: string;
  readonly run: string;
  /** What somebody decided about its version: such an outcome comes after the run's own. @default nobody has */
  readonly decision?: string;
  /** Why it was started. */
  readonly because: string;
  readonly result:
    | { readonly kind: "promoted"; readonly version: string }
    /** It passed the pipeline's gate, and somebody decides. */
    | { readonly kind: "waiting"; readonly version: string }
    /** The gate, or somebody, kept the champion. */
    | { readonly kind: "kept"; readonly reason: string }
    | { readonly kind: "failed"; readonly reason: string };
  /** ROC AUC on the same rows. @default absent where they were not compared */
  readonly auc?: { readonly champion: number; readonly challenger: number };
}

/** Tells those who know of the model's drift and performance what the training came to; a failed one is a finding of its own. */
export function retrainingObservation(outcome: RetrainingOutcome, at: string): Observation {
  const { model, run, decision, result } = outcome;
  const told = decision === undefined ? run : `${run}/${decision}`;
  const text = sentence(outcome);
  const key = `${model}/retraining`;
  return {
    format: 1,
    at,
    cleared: result.kind === "failed" ? [] : [key],
    findings:
      result.kind !== "failed"
        ? []
        : [
            {
              key,
              kind: "retraining",
              severity: "performance",
              subject: run,
              what: text,
              extent: "The champion goes on serving; what the training was to repair stays as it is.",
              since: at,
              model: { name: model },
              action: `Read the run's log, repair what it names, and start it again: sagewright runs retry ${run}`,
              runbook: "retraining-failed",
            },
          ],
    notes: ["drift", "performance"].map((group) => ({
      id: `${told}/${group}${result.kind === "waiting" ? "/waiting" : ""}`,
      about: `${model}/${group}`,
      text,
    })),
  };
}

function sentence({ run, because, result, auc }: RetrainingOutcome): string {
  const figures =
    auc === undefined
      ? ""
      : ` ROC AUC on the same rows: challenger ${auc.challenger.toFixed(3)}, champion ${auc.champion.toFixed(3)}.`;
  const text = {
    waiting: () => `is version ${result.kind === "waiting" ? result.version : ""} and waits for its approval.`,
    promoted: () => `took over as version ${result.kind === "promoted" ? result.version : ""}.`,
    kept: () => `did not take over: ${result.kind === "kept" ? result.reason : ""}.`,
    failed: () => `failed: ${result.kind === "failed" ? result.reason : ""}.`,
  }[result.kind]();
  return `The model trained by ${run} (${because}) ${text}${figures}`.replaceAll("..", ".").slice(0, 1_000);
}
