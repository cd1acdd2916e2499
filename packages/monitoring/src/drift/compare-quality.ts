import type { Baseline, ColumnBaseline } from "../baseline/baseline";
import { fisherTest } from "../statistics/fisher";
import { type ColumnSummary, OTHER_NAMES, type Summary } from "../summary/summary";
import type { DriftRules } from "./options";
import { testShares } from "./options";
import type { QualityCode, QualityFinding } from "./report";
import { figure, percent } from "./words";

/** Kinds of test for each column. */
const KINDS = 4;

/** A share of rows that is worth a word: of missing values, and of values that should not be there at all. */
const LEAST = { missing: 0.02, wrong: 0.005 };

/** From this share of rows on a column tells nothing any more. */
const CRITICAL = 0.5;

interface Observed {
  readonly code: QualityCode;
  readonly column: string;
  readonly found: number;
  readonly baselineFound: number;
  readonly least: number;
  /** The sentence, given both shares as text. */
  readonly says: (before: string, now: string) => string;
}

/** What is wrong with the data of a window. Shares are of all its rows. */
export function compareQuality(baseline: Baseline, summary: Summary, rules: DriftRules): QualityFinding[] {
  if (summary.rows === 0) return [];
  const tests = (baseline.columns.length * KINDS) / testShares.quality;
  const observed = baseline.columns.flatMap((column, index) => {
    const counts = summary.columns[index];
    return counts === undefined ? [] : observations(column, counts);
  });
  const findings = observed.flatMap((one) => judged(one, baseline, summary, rules, tests));
  return [...absentColumns(baseline, summary), ...unknownColumns(summary), ...findings].sort(bySeverity);
}

function observations(column: ColumnBaseline, counts: ColumnSummary): Observed[] {
  const { name } = column;
  const outside = counts.below + counts.above;
  const worst = counts.below > counts.above ? counts.minimum : counts.maximum;
  const found: Observed[] = [
    {
      code: "missing_share",
      column: name,
      found: counts.missing,
      baselineFound: column.missing,
      least: LEAST.missing,
      says: (before, now) => `missing values went from ${before} to ${now} of rows.`,
    },
    {
      code: "invalid_value",
      column: name,
      found: counts.invalid,
      baselineFound: 0,
      least: LEAST.wrong,
      says: (_, now) => `${now} of rows hold NaN, an infinity or a value of another type.`,
    },
  ];
  if (column.type !== "number") {
    const [top] = [...counts.names].filter(([each]) => each !== OTHER_NAMES).sort((a, b) => b[1] - a[1]);
    const like = top === undefined ? "" : `, most often "${top[0]}"`;
    found.push({
      code: "new_category",
      column: name,
      found: counts.bins.at(-1) ?? 0,
      baselineFound: column.other,
      least: LEAST.wrong,
      says: (before, now) => `values outside the known categories went from ${before} to ${now} of rows${like}.`,
    });
    return found;
  }
  found.push({
    code: "out_of_range",
    column: name,
    found: outside,
    baselineFound: 0,
    least: LEAST.wrong,
    says: (_, now) => `${now} of rows lie outside the contract's range, as far as ${figure(worst)}.`,
  });
  const [only] = column.edges;
  if (only !== undefined && only === column.edges.at(-1))
    found.push({
      code: "constant_in_baseline",
      column: name,
      found: (counts.bins[0] ?? 0) + (counts.bins.at(-1) ?? 0),
      baselineFound: 0,
      least: LEAST.wrong,
      says: (_, now) => `it was always ${figure(only)} when the model was trained, and is not in ${now} of rows.`,
    });
  return found;
}

function judged(
  one: Observed,
  baseline: Baseline,
  { rows }: Summary,
  rules: DriftRules,
  tests: number,
): QualityFinding[] {
  const [before, now] = [one.baselineFound / Math.max(1, baseline.rows), one.found / rows];
  if (rows < rules.minimumRows || Math.abs(now - before) < one.least) return [];
  const chance = fisherTest({
    found: one.found,
    of: rows,
    baselineFound: one.baselineFound,
    baselineOf: baseline.rows,
  });
  const pValue = Math.min(1, chance * tests);
  if (pValue > rules.significance) return [];
  return [
    {
      code: one.code,
      column: one.column,
      severity: now >= CRITICAL && before < CRITICAL ? "critical" : "warning",
      baseline: before,
      window: now,
      pValue,
      sentence: `${one.column}: ${one.says(percent(before), percent(now))}`,
    },
  ];
}

/** One row without a field is one too many: training had the column. */
function absentColumns(baseline: Baseline, { rows, columns, unknown }: Summary): QualityFinding[] {
  return baseline.columns.flatMap(({ name }, index) => {
    const absent = columns[index]?.absent ?? 0;
    if (absent === 0) return [];
    const renamed = [...unknown].filter(
      ([each, times]) => each !== OTHER_NAMES && Math.abs(times - absent) <= absent / 10,
    );
    const hint = renamed.length === 0 ? "" : ` Was it renamed to ${renamed.map(([each]) => each).join(" or ")}?`;
    const share = absent / rows;
    return [
      {
        code: "column_absent",
        column: name,
        severity: share >= CRITICAL ? "critical" : "warning",
        baseline: 0,
        window: share,
        sentence: `${name}: the column is not in ${share === 1 ? "any row" : `${percent(share)} of rows`}.${hint}`,
      },
    ];
  });
}

function unknownColumns({ rows, unknown }: Summary): QualityFinding[] {
  return [...unknown].map(([name, times]) => {
    const what = name === OTHER_NAMES ? "more fields than can be listed are" : `${name}: the field is`;
    return {
      code: "column_unknown",
      column: name,
      severity: "warning",
      baseline: 0,
      window: Math.min(1, times / rows),
      sentence: `${what} no column of the contract, in ${percent(Math.min(1, times / rows))} of rows.`,
    };
  });
}

function bySeverity(one: QualityFinding, other: QualityFinding): number {
  if (one.severity !== other.severity) return one.severity === "critical" ? -1 : 1;
  return other.window - one.window;
}
