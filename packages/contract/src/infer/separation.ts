import { parseNumber } from "../number-grammar";
import type { Profile } from "./profile";

/**
 * How well one column alone tells the classes apart: the area under the ROC curve of the best score made of that column,
 * from 0.5 (not at all) to 1 (without error).
 *
 * A number is scored by the positive share of its bin (40 bins of equal count at most, so that any shape of dependence
 * counts), a text by the positive share of that text; missing is a value like any other, because what is missing can tell
 * the answer too. Shares are those of the rows themselves, which flatters a column with many values: values that occur
 * fewer than five times are therefore scored together.
 */
export function separation(profile: Profile, positive: readonly boolean[]): number {
  const mostlyNumeric = profile.numeric > 0.95 * profile.present && profile.values.size > 40;
  const groups = mostlyNumeric ? numberGroups(profile) : textGroups(profile);
  const tallies = new Map<number, { positives: number; negatives: number }>();
  groups.forEach((group, row) => {
    const tally = tallies.get(group) ?? { positives: 0, negatives: 0 };
    if (positive[row] === true) tally.positives += 1;
    else tally.negatives += 1;
    tallies.set(group, tally);
  });
  return areaUnderCurve([...tallies.values()]);
}

/** The probability that a random positive is in a group with a higher positive share than a random negative's. */
function areaUnderCurve(groups: { positives: number; negatives: number }[]): number {
  const share = (group: { positives: number; negatives: number }): number =>
    group.positives / (group.positives + group.negatives);
  const ordered = [...groups].sort((a, b) => share(a) - share(b));
  let below = 0;
  let area = 0;
  let positives = 0;
  for (const group of ordered) {
    area += group.positives * (below + group.negatives / 2);
    below += group.negatives;
    positives += group.positives;
  }
  return area / (below * positives);
}

const RARE = -1;
const MISSING = -2;

function textGroups({ texts, values }: Profile): number[] {
  const groups = new Map<string, number>([...values].map(([text, count], index) => [text, count < 5 ? RARE : index]));
  return texts.map((text) => groups.get(text) ?? MISSING);
}

function numberGroups({ texts, values }: Profile): number[] {
  const numbers = texts.map((text) => parseNumber(text));
  const sorted = numbers.filter((number) => number !== undefined).sort((a, b) => a - b);
  const bins = Math.min(40, Math.max(2, Math.floor(sorted.length / 25)));
  const edges = Array.from(
    { length: bins - 1 },
    (_, index) => sorted[Math.floor(((index + 1) * sorted.length) / bins)] ?? 0,
  );
  return numbers.map((number, row) => {
    if (number === undefined) return values.has(texts[row] ?? "") ? RARE : MISSING;
    const bin = edges.findIndex((edge) => number < edge);
    return bin === -1 ? edges.length : bin;
  });
}
