"""What the data and the scores looked like when the model was made, for later comparison."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from contract import Column, Contract

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FORMAT = 2
BINS = 20
SCORE_BINS = 20
RANK_SCALE = 1000
"""Middle ranks are whole thousandths, so that a summary's sums of their products are exact."""

MOST_RELATED = 40
MOST_RELATION_ROWS = 200_000
MOST_SEGMENTS = 20


def describe_baseline(
    train: pd.DataFrame, score: np.ndarray, target: np.ndarray, contract: Contract, contract_digest: str
) -> dict[str, Any]:
    """The document `baseline.json`.

    Columns are described on the training rows; scores on the test rows, because a model's scores of rows it has learnt
    are not what it will give later.
    """
    columns = {column.name: _describe(column, train[column.name]) for column in contract.columns}
    bins = {column.name: _bins(column, train[column.name], columns[column.name]) for column in contract.columns}
    return {
        "format": FORMAT,
        "contract": {"name": contract.name, "sha256": contract_digest},
        "rows": len(train),
        "columns": columns,
        "score": {"split": "test", **_score(score, target, contract.target.kind)},
        "target": {"split": "test", "rows": len(target), "mean": float(target.mean())},
        "relations": _relations(columns, bins),
        "segments": _segments(contract, columns, bins),
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
            "categories": list(column.categories),
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


def _score(score: np.ndarray, target: np.ndarray, kind: str) -> dict[str, Any]:
    import numpy as np

    if kind == "regression":
        return {"rows": len(score), **_histogram(score, SCORE_BINS), **_moments(score)}
    edges = np.linspace(0, 1, SCORE_BINS + 1)
    counts, _ = np.histogram(score, edges)
    positives, _ = np.histogram(score[target == 1], edges)
    return {
        "rows": len(score),
        "edges": [float(edge) for edge in edges],
        "counts": [int(count) for count in counts],
        "positives": [int(count) for count in positives],
        **_moments(score),
    }


def _histogram(values: np.ndarray, bins: int) -> dict[str, Any]:
    """Counts between quantile edges. Bin i holds edges[i] <= value < edges[i + 1]; the last bin includes its end."""
    import numpy as np

    if not len(values):
        return {"edges": [], "counts": []}
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)))
    # Between numbers whose difference is no number there is no quantile; the first and the last one are values themselves.
    edges = edges[np.isfinite(edges)]
    if len(edges) == 1:
        return {"edges": [float(edges[0])] * 2, "counts": [len(values)]}
    counts, _ = np.histogram(values, edges)
    return {"edges": [float(edge) for edge in edges], "counts": [int(count) for count in counts]}


def _moments(values: np.ndarray) -> dict[str, Any]:
    """Mean, population standard deviation and range; None where numbers are too large for one to exist."""
    import numpy as np

    if not len(values):
        return {"mean": None, "std": None, "minimum": None, "maximum": None}
    with np.errstate(over="ignore", invalid="ignore"):
        found = {"mean": values.mean(), "std": values.std(), "minimum": values.min(), "maximum": values.max()}
    return {name: float(value) if np.isfinite(value) else None for name, value in found.items()}


def _bins(column: Column, values: pd.Series, described: dict[str, Any]) -> np.ndarray:
    """The bin of each value: of a number the histogram's, of a boolean 0 or 1, of a category its place in the contract
    and one more for any other value; -1 for missing."""
    import numpy as np

    if column.type == "category":
        places = {name: place for place, name in enumerate(column.categories)}
        found = values.map(places).to_numpy(dtype=float)
        return np.where(values.isna(), -1, np.where(np.isnan(found), len(places), found)).astype(int)
    numbers = values.to_numpy(dtype=float)
    if column.type == "boolean":
        return np.where(np.isnan(numbers), -1, numbers).astype(int)
    if not described["counts"]:
        return np.full(len(numbers), -1)
    places = np.searchsorted(described["edges"], numbers, side="right") - 1
    return np.where(np.isnan(numbers), -1, np.clip(places, 0, len(described["counts"]) - 1))


def _counts(described: dict[str, Any]) -> list[int]:
    counts = described["counts"]
    return list(counts.values()) if isinstance(counts, dict) else counts


def middle_ranks(counts: list[int]) -> np.ndarray:
    """The middle rank of each bin, from -1 to 1, in thousandths; the TypeScript side computes the same."""
    import numpy as np

    rows = np.asarray(counts, dtype=float)
    middle = (np.cumsum(rows) - rows + rows / 2) / rows.sum()
    return np.floor((2 * middle - 1) * RANK_SCALE + 0.5)


def _relations(columns: dict[str, Any], bins: dict[str, np.ndarray]) -> dict[str, Any]:
    """Correlations of middle ranks for each pair of columns, and the variance of one row's influence on each.

    A missing value, and a category that the contract does not know, has the rank 0. The influence of a row on a correlation r
    is ``a b - r (a a + b b) / 2`` for standardised ranks a and b; its variance says how far r moves by chance.
    """
    import numpy as np

    step = 1 + (len(next(iter(bins.values()))) - 1) // MOST_RELATION_ROWS if bins else 1
    ranks: dict[str, np.ndarray] = {}
    for name, places in bins.items():
        counts = _counts(columns[name])
        if sum(counts) == 0 or len(ranks) == MOST_RELATED:
            continue
        # One more rank for what is missing (place -1) and for what is no category (the place after the last).
        table = np.append(middle_ranks(counts), [0.0, 0.0])
        rank = table[places[::step]]
        if rank.std() > 0:
            ranks[name] = (rank - rank.mean()) / rank.std()
    correlations, variances = [], []
    for one, other in combinations(ranks.values(), 2):
        r = float(np.mean(one * other))
        correlations.append(r)
        variances.append(float(np.mean((one * other - r / 2 * (one**2 + other**2)) ** 2)))
    rows = len(next(iter(ranks.values()))) if ranks else 0
    return {"columns": list(ranks), "rows": rows, "correlations": correlations, "variances": variances}


def _segments(contract: Contract, columns: dict[str, Any], bins: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """Counts of every column within each value of the contract's segment columns that have names, the commonest first."""
    import numpy as np

    found = []
    kinds = {column.name: column for column in contract.columns}
    sizes = {name: len(_counts(described)) + (0 if kinds[name].numeric else 1) for name, described in columns.items()}
    for name in contract.segments:
        if kinds[name].numeric:
            continue
        values = kinds[name].categories or ("0", "1")
        rows = np.array([int((bins[name] == place).sum()) for place in range(len(values))])
        for place in [int(place) for place in np.argsort(-rows, kind="stable")[:MOST_SEGMENTS] if rows[place] > 0]:
            members = bins[name] == place
            counts = {
                each: [int(count) for count in np.bincount(np.where(within < 0, sizes[each], within), minlength=sizes[each] + 1)]
                for each, within in ((each, places[members]) for each, places in bins.items())
            }
            found.append({"column": name, "value": values[place], "rows": int(rows[place]), "counts": counts})
    return found
