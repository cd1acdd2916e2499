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
  const [, because] = /^Retraining of [^:]+: (.+)$/s.exec(description ?? "") ?? [];
  if (because === undefined) return undefined;
  const trigger = begins.find(([beginning]) => because.startsWith(beginning))?.[1];
  return { because, ...(trigger === undefined ? {} : { trigger }) };
}

/** As `retrainingCause` begins. */
const begins: readonly (readonly [string, RetrainingTrigger["kind"]])[] = [
  ["drift: ", "drift"],
  ["performance: ", "performance"],
  ["the schedule of ", "schedule"],
  ["asked for: ", "request"],
];
