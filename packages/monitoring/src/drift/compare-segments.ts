import type { Baseline, SegmentBaseline } from "../baseline/baseline";
import { binCount } from "../summary/bins";
import type { SegmentSummary, Summary } from "../summary/summary";
import { compareFeature } from "./compare-feature";
import { type DriftRules, testShares } from "./options";
import { bySize } from "./order";
import type { SegmentDrift } from "./report";
import { counted } from "./words";

/** Compares each segment with itself in the training data. */
export function compareSegments(baseline: Baseline, summary: Summary, rules: DriftRules): SegmentDrift[] {
  const tests = (baseline.segments.length * baseline.columns.length) / testShares.segments;
  return baseline.segments.flatMap((segment, index) => {
    const counts = summary.segments[index];
    return counts === undefined ? [] : [compareSegment({ baseline, segment, counts, rules, tests })];
  });
}

interface SegmentPair {
  readonly baseline: Baseline;
  readonly segment: SegmentBaseline;
  readonly counts: SegmentSummary;
  readonly rules: DriftRules;
  readonly tests: number;
}

function compareSegment({ baseline, segment, counts, rules, tests }: SegmentPair): SegmentDrift {
  const { column, value } = segment;
  const name = `${column} ${value}`;
  const known = { column, value, rows: counts.rows, drifted: [] };
  if (counts.rows === 0) return { ...known, verdict: "no_data", sentence: `${name}: no prediction in this window.` };
  if (Math.min(counts.rows, segment.rows) < rules.minimumRows) {
    const sentence = `${name}: ${counted(counts.rows, "prediction")} beside ${counted(segment.rows, "row")} of training, too few to tell drift from chance.`;
    return { ...known, verdict: "too_few_rows", sentence };
  }
  const drifted = baseline.columns
    .filter((each) => each.name !== column)
    .map((each) => {
      const index = baseline.columns.indexOf(each);
      const bins = binCount(each);
      const before = (segment.counts[each.name] ?? []).slice(0, -1);
      const padded = each.type === "number" ? [0, ...before, 0] : before;
      const window = [...(counts.columns[index] ?? [])].slice(0, bins);
      return compareFeature({ column: each, baseline: padded, window }, rules, tests);
    })
    .filter(({ verdict }) => verdict === "drift")
    .sort(bySize);
  const [worst] = drifted;
  if (worst === undefined)
    return { ...known, verdict: "no_drift", sentence: `${name}: no more difference than chance explains.` };
  const more = drifted.length === 1 ? "" : ` (and ${counted(drifted.length - 1, "more feature")})`;
  return { ...known, drifted, verdict: "drift", sentence: `${name}: ${worst.sentence.replace(/\.$/, "")}${more}.` };
}
