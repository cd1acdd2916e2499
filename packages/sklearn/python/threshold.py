"""Where to draw the line between yes and no.

`train.py` chooses the threshold on the validation split and records it with the model; `evaluate.py` uses it, unchanged,
on the test split. Choosing on the test split would make its figures too good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np


class Costs(NamedTuple):
    """What a wrong decision costs, in any one unit."""

    false_positive: float
    false_negative: float


def choose_threshold(target: np.ndarray, score: np.ndarray, costs: Costs | None = None) -> dict[str, Any]:
    """Chooses a threshold.

    With costs, the one with the least total cost; without, the one with the greatest F1. Of equally good ones the
    highest. Only observed scores are tried, since decisions change nowhere else; the value lies halfway to the next
    lower score, so that no validation row sits on the line and rounding cannot move one across it.

    Returns:
        ``value``, ``method`` (``min_cost`` or ``max_f1``), ``split`` and ``candidates``: what other methods would choose.
    """
    import numpy as np

    order = np.argsort(-score, kind="stable")
    sorted_score = score[order]
    last = np.append(np.flatnonzero(np.diff(sorted_score)), len(score) - 1)
    tp = np.cumsum(target[order])[last].astype(float)
    decided = last + 1.0
    fp = decided - tp
    positives = float(target.sum())
    negatives = len(target) - positives
    observed = sorted_score[last]
    values = (observed + np.append(observed[1:], 0.0)) / 2

    f1 = 2 * tp / (decided + positives)
    youden = tp / positives - fp / negatives
    candidates = [
        {"method": "max_f1", "value": float(values[int(np.argmax(f1))])},
        {"method": "max_youden", "value": float(values[int(np.argmax(youden))])},
        {"method": "half", "value": 0.5},
    ]
    if costs is not None:
        cost = costs.false_positive * fp + costs.false_negative * (positives - tp)
        candidates.insert(0, {"method": "min_cost", "value": float(values[int(np.argmin(cost))])})
    return {**candidates[0], "split": "validation", "candidates": candidates}
