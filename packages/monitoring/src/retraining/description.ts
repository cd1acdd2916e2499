import type { RetrainingTrigger } from "./decide";

const LONGEST = 3_072;

/** What a training's run is called, so that later decisions know what started it. */
export function retrainingDescription(model: string, because: string): string {
  return `Retraining of ${model}: ${because}`.slice(0, LONGEST);
}

/** What started a run, by its description. @returns undefined when it was somebody by hand */
export function startedBy(
  description: string | undefined,
): { readonly because: string; readonly trigger?: RetrainingTrigger["kind"] } | undefined {
  if (description === "Scheduled retraining") return { because: "the schedule", trigger: "schedule" };
  const [, because] = /^Retraining of [^:]+: (.+)$/s.exec(description ?? "") ?? [];
  if (because === undefined) return undefined;
  const [, kind] = /^(drift|performance|the schedule)\b/.exec(because) ?? [];
  const trigger = kind === "the schedule" ? "schedule" : (kind as "drift" | "performance" | undefined);
  return { because, ...(trigger === undefined ? {} : { trigger }) };
}
