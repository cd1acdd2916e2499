"""What to do when one outcome is rare: nothing, weigh classes, or make synthetic minority rows (SMOTE).

The training image has no imbalanced-learn, so SMOTE is written here in the few lines it needs (Chawla et al. 2002,
doi:10.1613/jair.953). It draws random numbers in the order imbalanced-learn does, and gives equal rows for equal seeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from failure import SettingError

if TYPE_CHECKING:
    import numpy as np

METHODS = ("none", "class_weight", "smote")
NEIGHBOURS = 5


def balance(
    method: str, estimator: Any, features: np.ndarray, target: np.ndarray, seed: int, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, list[str]]:
    """Applies a method to the transformed training rows; validation and test rows are never touched.

    Args:
        method: One of `METHODS`.
        estimator: Unfitted; `class_weight` is set on it where it has one.
        features: Transformed training rows.
        target: 0 or 1.
        seed: For the drawn rows.
        weights: How much each row counts; a repeated row counts as its first, a synthetic one as its place between two.

    Returns:
        The rows, targets and weights to fit on, and notes on what was done, one sentence each.

    Raises:
        SettingError: imbalance_unknown, or smote_too_few_rows.
    """
    if method not in METHODS:
        raise SettingError(
            "imbalance_unknown", f"imbalance is {method!r}, not one of {', '.join(METHODS)}.", "Give one."
        )
    if method == "none":
        return features, target, weights, []
    if "class_weight" in estimator.get_params() and method == "class_weight":
        estimator.set_params(class_weight="balanced")
        return features, target, weights, ["Classes weigh in inverse proportion to their frequency."]
    import numpy as np

    # A row's weight goes where the row goes, and is no feature by which rows are near one another.
    rows = features if weights is None else np.column_stack([features, weights])
    if method == "smote":
        rows, target, made = smote(features, target, seed, rows)
        note = f"SMOTE made {made} synthetic minority rows on the transformed training rows; one-hot columns of those rows hold fractions."
    else:
        rows, target, repeated = oversample(rows, target, seed)
        name = type(estimator).__name__
        note = f"{name} has no class_weight: {repeated} minority rows were repeated instead, which has the same effect on average."
    if weights is None:
        return rows, target, None, [note]
    return np.ascontiguousarray(rows[:, :-1]), target, np.ascontiguousarray(rows[:, -1]), [note]


def oversample(features: np.ndarray, target: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Repeats random minority rows until the classes are equal, then shuffles."""
    import numpy as np

    random = np.random.RandomState(seed)
    minority, missing = _minority(target)
    drawn = random.choice(np.flatnonzero(target == minority), missing)
    order = random.permutation(np.concatenate([np.arange(len(target)), drawn]))
    return features[order], target[order], missing


def smote(
    features: np.ndarray, target: np.ndarray, seed: int, rows: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, int]:
    """Adds points on the lines between minority rows and their nearest minority neighbours until the classes are equal.

    Args:
        features: What rows are near one another by.
        target: 0 or 1.
        seed: For the drawn points.
        rows: What points are made of: the features, and what goes along with them. The features alone when absent.

    Raises:
        SettingError: smote_too_few_rows.
    """
    import numpy as np
    from sklearn.neighbors import NearestNeighbors

    minority, missing = _minority(target)
    rows = features if rows is None else rows
    own = features[target == minority]
    if len(own) <= NEIGHBOURS:
        raise SettingError(
            "smote_too_few_rows",
            f"SMOTE needs more than {NEIGHBOURS} minority rows; the training split has {len(own)}.",
            "Use imbalance class_weight, or give more rows.",
        )
    if missing == 0:
        return rows, target, 0
    near = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(own).kneighbors(own, return_distance=False)[:, 1:]
    random = np.random.RandomState(seed)
    picked = random.randint(low=0, high=near.size, size=missing)
    steps = random.uniform(size=missing)[:, np.newaxis]
    base, neighbour = np.divmod(picked, near.shape[1])
    points = rows[target == minority]
    made = points[base] + steps * (points[near[base, neighbour]] - points[base])
    return np.vstack([rows, made]), np.concatenate([target, np.full(missing, minority, target.dtype)]), missing


def _minority(target: np.ndarray) -> tuple[int, int]:
    positives = int(target.sum())
    negatives = len(target) - positives
    return (1, negatives - positives) if positives <= negatives else (0, positives - negatives)
