import { meanInterval } from "../statistics/intervals";
import type { LabelledScores } from "./binary-metrics";
import type { Figure, RegressionMetric } from "./report";

/** Figures of a regression; `bias` is the mean of prediction minus outcome. The interval of `r2` takes the outcomes' variance as known. */
export function regressionMetrics({ scores, outcomes }: LabelledScores): Record<RegressionMetric, Figure> {
  const rows = scores.length;
  const none: Figure = { value: null, because: rows === 0 ? "no_labels" : "too_few_labels" };
  if (rows < 2) return { mae: none, rmse: none, bias: none, r2: none };
  let [sum, absolute, squares, fourths, total] = [0, 0, 0, 0, 0];
  for (let row = 0; row < rows; row += 1) {
    const error = (scores[row] as number) - (outcomes[row] as number);
    sum += error;
    absolute += Math.abs(error);
    squares += error ** 2;
    fourths += error ** 4;
    total += outcomes[row] as number;
  }
  const mean = total / rows;
  const variance = outcomes.reduce((all, outcome) => all + (outcome - mean) ** 2, 0) / rows;
  const mse = meanInterval(squares, fourths, rows);
  const half = (mse.high - mse.value) / variance;
  const r2 = 1 - mse.value / variance;
  return {
    mae: meanInterval(absolute, squares, rows),
    rmse: { value: Math.sqrt(mse.value), low: Math.sqrt(Math.max(0, mse.low)), high: Math.sqrt(mse.high) },
    bias: meanInterval(sum, squares, rows),
    r2:
      variance === 0
        ? { value: null, because: "one_class" }
        : { value: r2, low: r2 - half, high: Math.min(1, r2 + half) },
  };
}
