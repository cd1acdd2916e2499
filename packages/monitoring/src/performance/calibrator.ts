import type { ScoreBaseline } from "../baseline/baseline";

/** The chance of the positive class that goes with a score. */
export type Calibrator = (score: number) => number;

/**
 * How often each score came true in the model's test split: shares of the baseline's bins, made to ascend by pooling
 * adjacent violators (Ayer et al. 1955), with straight lines between the bins' middles.
 *
 * @returns undefined when the baseline does not say how many were positive
 */
export function calibratorOf({ edges, counts, positives }: ScoreBaseline): Calibrator | undefined {
  if (positives === undefined) return undefined;
  const points = ascending(
    counts.flatMap((rows, bin) => {
      const middle = ((edges[bin] ?? 0) + (edges[bin + 1] ?? 0)) / 2;
      return rows === 0 ? [] : [{ score: middle, rows, share: (positives[bin] ?? 0) / rows }];
    }),
  );
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return (score) => {
    if (score <= first.score) return first.share;
    if (score >= last.score) return last.share;
    const next = points.findIndex((point) => point.score >= score);
    const [from, to] = [points[next - 1] ?? first, points[next] ?? last];
    return from.share + ((score - from.score) / (to.score - from.score)) * (to.share - from.share);
  };
}

interface Point {
  readonly score: number;
  readonly rows: number;
  readonly share: number;
}

function ascending(points: readonly Point[]): Point[] {
  const groups: Point[][] = [];
  for (const point of points) {
    let group = [point];
    for (let before = groups.at(-1); before !== undefined && shareOf(before) > shareOf(group); before = groups.at(-1)) {
      groups.pop();
      group = [...before, ...group];
    }
    groups.push(group);
  }
  return groups.flatMap((group) => {
    const share = shareOf(group);
    return group.map((point) => ({ ...point, share }));
  });
}

function shareOf(points: readonly Point[]): number {
  const rows = points.reduce((sum, point) => sum + point.rows, 0);
  return points.reduce((sum, point) => sum + point.rows * point.share, 0) / rows;
}
