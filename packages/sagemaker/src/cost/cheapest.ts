import { estimateMonth, MILLION } from "./estimate";
import type { PriceTable } from "./price-table";
import type { ServingMode, Usage } from "./usage";

/** A mode that is cheapest from some traffic on. */
export interface CheapestRange {
  readonly mode: ServingMode;
  /** Predictions a month. */
  readonly from: number;
}

/** Which mode is cheapest at which traffic, from no predictions upward. `among` leaves modes out. */
export function cheapestModes(
  usage: Usage,
  prices: PriceTable,
  among: readonly ServingMode[] = ["endpoint", "serverless", "embedded"],
): CheapestRange[] {
  const lines = linesOf(usage, prices).filter(({ mode }) => among.includes(mode));
  const ranges: CheapestRange[] = [];
  let from = 0;
  let best = lines.reduce((a, b) => (b.fixed < a.fixed || (b.fixed === a.fixed && b.each < a.each) ? b : a));
  for (;;) {
    ranges.push({ mode: best.mode, from });
    const here = best;
    const next = lines
      .filter(({ each }) => each < here.each)
      .map((line) => ({ line, at: (line.fixed - here.fixed) / (here.each - line.each) }))
      .sort((a, b) => a.at - b.at)[0];
    if (next === undefined) return ranges;
    from = Math.ceil(next.at);
    best = next.line;
  }
}

function linesOf(usage: Usage, prices: PriceTable): { mode: ServingMode; fixed: number; each: number }[] {
  const none = estimateMonth({ ...usage, predictions: 0 }, prices);
  const million = estimateMonth({ ...usage, predictions: MILLION }, prices);
  return none.map(({ mode, total }, index) => ({
    mode,
    fixed: total,
    each: ((million[index]?.total ?? total) - total) / MILLION,
  }));
}
