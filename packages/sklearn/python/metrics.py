"""How good a score is: ranking, probabilities, decisions, and how sure the figures are.

Ranking and probability metrics are scikit-learn's. Intervals are DeLong's for ROC AUC (DeLong, DeLong and
Clarke-Pearson 1988, doi:10.2307/2531595, computed by midranks as in Sun and Xu 2014, doi:10.1109/LSP.2014.2337313) and
the percentile bootstrap for regression figures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

CONFIDENCE_Z = 1.959963984540054
"""Two-sided 95 %."""

CURVE_POINTS = 200
CALIBRATION_BINS = 10
BOOTSTRAP_ROUNDS = 400


class Interval(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


def roc_auc(target: np.ndarray, score: np.ndarray) -> float:
    """Area under the ROC curve by midranks; ties count half."""
    from scipy.stats import rankdata

    positives = int(target.sum())
    negatives = len(target) - positives
    ranks = float(rankdata(score)[target == 1].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def roc_auc_interval(target: np.ndarray, score: np.ndarray) -> Interval:
    """ROC AUC with DeLong's interval, cut to 0..1. With one row of a class, the interval is 0..1."""
    import numpy as np
    from scipy.stats import rankdata

    positive, negative = score[target == 1], score[target == 0]
    m, n = len(positive), len(negative)
    ranks = rankdata(np.concatenate([positive, negative]))
    above_negatives = (ranks[:m] - rankdata(positive)) / n
    above_positives = 1 - (ranks[m:] - rankdata(negative)) / m
    area = float(above_negatives.mean())
    if m < 2 or n < 2:
        return Interval(area, 0.0, 1.0)
    error = math.sqrt(float(above_negatives.var(ddof=1)) / m + float(above_positives.var(ddof=1)) / n)
    return Interval(area, max(0.0, area - CONFIDENCE_Z * error), min(1.0, area + CONFIDENCE_Z * error))


def classification_metrics(target: np.ndarray, score: np.ndarray, threshold: float) -> dict[str, float]:
    """The figures of `evaluation.json` for a binary target."""
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss

    area = roc_auc_interval(target, score)
    return {
        "roc_auc": area.value,
        "roc_auc_low": area.low,
        "roc_auc_high": area.high,
        "pr_auc": float(average_precision_score(target, score)),
        "brier": float(brier_score_loss(target, score)),
        "log_loss": float(log_loss(target, score, labels=[0, 1])),
        **decision_metrics(confusion(target, score, threshold)),
    }


def confusion(target: np.ndarray, score: np.ndarray, threshold: float) -> dict[str, int]:
    """Counts of right and wrong decisions; a score at the threshold is a positive decision."""
    decided = score >= threshold
    actual = target == 1
    return {
        "tn": int((~decided & ~actual).sum()),
        "fp": int((decided & ~actual).sum()),
        "fn": int((~decided & actual).sum()),
        "tp": int((decided & actual).sum()),
    }


def decision_metrics(counts: dict[str, int]) -> dict[str, float]:
    """Precision, recall, F1 and accuracy; 0 where nothing was decided positive."""
    tp, fp, fn, tn = counts["tp"], counts["fp"], counts["fn"], counts["tn"]
    return {
        "precision": tp / (tp + fp) if tp + fp else 0.0,
        "recall": tp / (tp + fn) if tp + fn else 0.0,
        "f1": 2 * tp / (2 * tp + fp + fn) if tp else 0.0,
        "accuracy": (tp + tn) / (tp + fp + fn + tn),
    }


def regression_metrics(target: np.ndarray, predicted: np.ndarray, mean: float, seed: int) -> dict[str, float]:
    """R², MAE and RMSE with bootstrap intervals, and MAE and RMSE of always answering the training mean."""
    import numpy as np

    error = target - predicted
    baseline = target - mean
    picks = np.random.RandomState(seed).randint(0, len(target), (BOOTSTRAP_ROUNDS, len(target)))
    squares, absolutes, drawn = np.square(error)[picks], np.abs(error)[picks], target[picks]
    spread = np.square(drawn - drawn.mean(axis=1, keepdims=True)).sum(axis=1)
    rounds = {
        "r2": 1 - squares.sum(axis=1) / np.where(spread > 0, spread, np.nan),
        "mae": absolutes.mean(axis=1),
        "rmse": np.sqrt(squares.mean(axis=1)),
    }
    total = float(np.square(target - target.mean()).sum())
    figures = {
        "r2": 1 - float(np.square(error).sum()) / total if total > 0 else 0.0,
        "mae": float(np.abs(error).mean()),
        "rmse": math.sqrt(float(np.square(error).mean())),
    }
    for name, values in rounds.items():
        low, high = np.nanpercentile(values, [2.5, 97.5])
        figures[f"{name}_low"], figures[f"{name}_high"] = float(low), float(high)
    figures["baseline_mae"] = float(np.abs(baseline).mean())
    figures["baseline_rmse"] = math.sqrt(float(np.square(baseline).mean()))
    return figures


def curves(target: np.ndarray, score: np.ndarray) -> dict[str, list[list[float]]]:
    """ROC and precision-recall points, at most `CURVE_POINTS` each; the ROC's first threshold is capped at 1 above."""
    import numpy as np
    from sklearn.metrics import precision_recall_curve, roc_curve

    false_rate, true_rate, thresholds = roc_curve(target, score)
    thresholds = np.where(np.isfinite(thresholds), thresholds, 1.0)
    precision, recall, cuts = precision_recall_curve(target, score)
    return {
        "roc": _thin(np.column_stack([false_rate, true_rate, thresholds])),
        "pr": _thin(np.column_stack([recall, precision, np.append(cuts, 1.0)])),
    }


def _thin(points: np.ndarray) -> list[list[float]]:
    import numpy as np

    if len(points) > CURVE_POINTS:
        points = points[np.unique(np.linspace(0, len(points) - 1, CURVE_POINTS).round().astype(int))]
    return [[round(float(value), 6) for value in point] for point in points]


def calibration(target: np.ndarray, score: np.ndarray) -> dict[str, Any]:
    """Observed share of positives in ten equal bins of the score, and the expected calibration error."""
    import numpy as np

    place = np.minimum((score * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    bins = []
    error = 0.0
    for number in range(CALIBRATION_BINS):
        members = place == number
        count = int(members.sum())
        if count:
            mean, observed = float(score[members].mean()), float(target[members].mean())
            error += abs(mean - observed) * count / len(score)
            bins.append({"mean_predicted": mean, "observed": observed, "count": count})
    return {"bins": bins, "ece": error}


def lift(target: np.ndarray, score: np.ndarray) -> list[dict[str, float]]:
    """Per tenth of the rows, highest scores first: how much denser positives are than on average, and the share found so far."""
    import numpy as np

    order = np.argsort(-score, kind="stable")
    total = int(target.sum())
    rate = total / len(target)
    rows: list[dict[str, float]] = []
    found = 0
    for number, members in enumerate(np.array_split(order, 10), start=1):
        if not len(members):
            continue
        positives = int(target[members].sum())
        found += positives
        rows.append(
            {
                "decile": number,
                "rows": len(members),
                "positives": positives,
                "lift": positives / len(members) / rate if rate else 0.0,
                "captured": found / total if total else 0.0,
            }
        )
    return rows
