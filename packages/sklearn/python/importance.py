"""Which features a model needs: how much worse it ranks when one feature's values are shuffled between rows."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from contract import Contract

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

REPEATS = 3
ROW_BUDGET = 12_000
"""Rows scored in all; features with many columns get fewer rows each."""

Score = Callable[["pd.DataFrame"], "np.ndarray"]
Quality = Callable[["np.ndarray", "np.ndarray"], float]


def permutation_importance(
    rows: pd.DataFrame, target: np.ndarray, contract: Contract, score: Score, quality: Quality, seed: int
) -> list[dict[str, Any]]:
    """The mean loss of quality per feature over a few shuffles, on a sample of the rows.

    All shuffled copies are scored in one call, which costs a fraction of one call per copy.

    Returns:
        ``feature``, ``mean``, ``std``; greatest mean first.
    """
    import numpy as np
    import pandas as pd

    random = np.random.RandomState(seed)
    features = contract.features
    count = min(len(rows), max(100, ROW_BUDGET // (len(features) * REPEATS)))
    sample = _sample(target, count, random, contract.target.kind)
    part, actual = rows.iloc[sample], target[sample]
    repeats = len(features) * REPEATS
    columns: dict[str, Any] = {}
    for place, name in enumerate(features):
        values = part[name].to_numpy()
        stacked = np.tile(values, repeats + 1)
        for repeat in range(REPEATS):
            start = (1 + place * REPEATS + repeat) * len(sample)
            stacked[start : start + len(sample)] = random.permutation(values)
        columns[name] = stacked
    scores = score(pd.DataFrame(columns, columns=features)).reshape(repeats + 1, len(sample))
    base = quality(actual, scores[0])
    losses = np.array([base - quality(actual, row) for row in scores[1:]]).reshape(len(features), REPEATS)
    found = [
        {"feature": name, "mean": float(loss.mean()), "std": float(loss.std())} for name, loss in zip(features, losses)
    ]
    return sorted(found, key=lambda item: -item["mean"])


def _sample(target: np.ndarray, count: int, random: np.random.RandomState, kind: str) -> np.ndarray:
    """Row indices; for a binary target with as many positives as the share asks for, and at least ten."""
    import numpy as np

    if kind != "binary" or count >= len(target):
        return np.sort(random.permutation(len(target))[:count])
    positive, negative = np.flatnonzero(target == 1), np.flatnonzero(target == 0)
    wanted = min(len(positive), max(10, round(count * len(positive) / len(target))))
    rest = min(len(negative), count - wanted)
    chosen = [random.permutation(positive)[:wanted], random.permutation(negative)[:rest]]
    return np.sort(np.concatenate(chosen))


def in_parallel(score: Score, workers: int | None = None) -> Score:
    """Scores portions of the rows on threads. Rows do not depend on each other, so the answer stays the same bits."""
    import numpy as np

    threads = workers or available_cores()

    def portions(rows: pd.DataFrame) -> np.ndarray:
        if threads == 1 or len(rows) < 1000:
            return score(rows)
        bounds = np.linspace(0, len(rows), threads + 1).astype(int)
        pieces = [rows.iloc[a:b] for a, b in zip(bounds[:-1], bounds[1:])]
        with ThreadPoolExecutor(threads) as pool:
            return np.concatenate(list(pool.map(score, pieces)))

    return portions


def available_cores() -> int:
    """Cores this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
