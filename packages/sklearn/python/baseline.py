"""What the data and the scores looked like when the model was made, for later comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import Column, Contract

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FORMAT = 1
BINS = 20
SCORE_BINS = 20


def describe_baseline(
    train: pd.DataFrame, score: np.ndarray, target: np.ndarray, contract: Contract, contract_digest: str
) -> dict[str, Any]:
    """The document `baseline.json`.

    Columns are described on the training rows; scores on the test rows, because a model's scores of rows it has learnt
    are not what it will give later.
    """
    return {
        "format": FORMAT,
        "contract": {"name": contract.name, "sha256": contract_digest},
        "rows": len(train),
        "columns": {column.name: _describe(column, train[column.name]) for column in contract.columns},
        "score": {"split": "test", **_score(score, contract.target.kind)},
        "target": {"split": "test", "rows": len(target), "mean": float(target.mean())},
    }


def _describe(column: Column, values: pd.Series) -> dict[str, Any]:
    import numpy as np

    missing = int(values.isna().sum())
    if column.type == "category":
        counts = values.value_counts()
        known = {name: int(counts.get(name, 0)) for name in column.categories}
        return {
            "type": column.type,
            "missing": missing,
            "counts": known,
            "other": len(values) - missing - sum(known.values()),
        }
    present = values.to_numpy()[~np.isnan(values.to_numpy())]
    if column.type == "boolean":
        return {
            "type": column.type,
            "missing": missing,
            "counts": {"0": int((present == 0).sum()), "1": int((present == 1).sum())},
        }
    return {"type": column.type, "missing": missing, **_histogram(present, BINS), **_moments(present)}


def _score(score: np.ndarray, kind: str) -> dict[str, Any]:
    import numpy as np

    if kind == "regression":
        return {"rows": len(score), **_histogram(score, SCORE_BINS), **_moments(score)}
    edges = np.linspace(0, 1, SCORE_BINS + 1)
    counts, _ = np.histogram(score, edges)
    return {
        "rows": len(score),
        "edges": [float(edge) for edge in edges],
        "counts": [int(count) for count in counts],
        **_moments(score),
    }


def _histogram(values: np.ndarray, bins: int) -> dict[str, Any]:
    """Counts between quantile edges. Bin i holds edges[i] <= value < edges[i + 1]; the last bin includes its end."""
    import numpy as np

    if not len(values):
        return {"edges": [], "counts": []}
    edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)))
    if len(edges) == 1:
        return {"edges": [float(edges[0])] * 2, "counts": [len(values)]}
    counts, _ = np.histogram(values, edges)
    return {"edges": [float(edge) for edge in edges], "counts": [int(count) for count in counts]}


def _moments(values: np.ndarray) -> dict[str, Any]:
    if not len(values):
        return {"mean": None, "std": None, "minimum": None, "maximum": None}
    return {
        "mean": float(values.mean()),
        "std": float(values.std()),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
    }
