import type { CacheDifference } from "@sagewright/pipeline";
import type { DefinitionDiff, StepDifference } from "@sagewright/sagemaker";
import pc from "picocolors";

const marks = { added: pc.green("+"), removed: pc.red("-"), changed: pc.yellow("~") } as const;

/** A difference between definitions for a person: one line a step, its attributes below, then the cache. */
export function diffLines({ same, envelope, steps, losesCache }: DefinitionDiff): string[] {
  if (same) return ["no difference"];
  return [
    ...envelope.map((one) => `${marks[changeOf(one)]} ${attribute(one)}`),
    ...steps.flatMap(stepLines),
    ...losesCache.map(({ step, reason }) => `${pc.yellow("!")} ${step} loses its cache: ${reason}`),
  ];
}

function stepLines({ step, type, change, attributes }: StepDifference): string[] {
  return [`${marks[change]} ${step}  ${pc.dim(type)}`, ...attributes.map((one) => `    ${attribute(one)}`)];
}

function changeOf({ before, after }: CacheDifference): keyof typeof marks {
  return before === undefined ? "added" : after === undefined ? "removed" : "changed";
}

function attribute({ path, before, after }: CacheDifference): string {
  if (before === undefined) return `${path}: ${shown(after)} ${pc.dim("(new)")}`;
  if (after === undefined) return `${path}: ${shown(before)} ${pc.dim("(removed)")}`;
  return `${path}: ${shown(before)} → ${shown(after)}`;
}

const LONGEST = 100;

/** A value in one line. Long ones, such as addresses with a digest, keep both ends. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)}…${text.slice(-LONGEST / 2 + 1)}`;
}
