"""Whether the model works for every group of customers, not only on average."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import Column, Contract
from metrics import roc_auc_interval

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MOST_VALUES = 60
NUMERIC_BANDS = 4
WEAK_GAP = 0.1
"""How far below the overall figure the whole interval of a segment must lie before it is warned about."""


def segment_metrics(
    rows: pd.DataFrame, target: np.ndarray, score: np.ndarray, contract: Contract
) -> list[dict[str, Any]]:
    """Figures per value of each of the contract's segment columns; numeric columns are cut into quarters.

    A segment without both outcomes has no ROC AUC: its three figures are null.
    """
    found: list[dict[str, Any]] = []
    columns = {column.name: column for column in contract.columns}
    for name in contract.segments:
        for value, members in _members(columns[name], rows[name]):
            count = int(members.sum())
            if count:
                found.append(
                    {
                        "column": name,
                        "value": value,
                        "rows": count,
                        **_figures(target[members], score[members], contract),
                    }
                )
    return found


def segment_warnings(segments: list[dict[str, Any]], overall: float) -> list[dict[str, Any]]:
    """Warnings (code ``segment_weak``) for segments that are surely ranked worse than the whole."""
    return [
        {
            "code": "segment_weak",
            "message": f"Where {item['column']} is {item['value']}, ROC AUC is {item['roc_auc']:.3f} "
            f"(at most {item['roc_auc_high']:.3f}); overall it is {overall:.3f}.",
            "facts": {"column": item["column"], "value": item["value"], "roc_auc": item["roc_auc"]},
        }
        for item in segments
        if item.get("roc_auc_high") is not None and item["roc_auc_high"] < overall - WEAK_GAP
    ]


def _figures(target: np.ndarray, score: np.ndarray, contract: Contract) -> dict[str, Any]:
    import numpy as np

    if contract.target.kind == "regression":
        return {"mae": float(np.abs(target - score).mean()), "mean": float(target.mean())}
    positives = int(target.sum())
    if positives == 0 or positives == len(target):
        return {"positives": positives, "roc_auc": None, "roc_auc_low": None, "roc_auc_high": None}
    area = roc_auc_interval(target, score)
    return {"positives": positives, "roc_auc": area.value, "roc_auc_low": area.low, "roc_auc_high": area.high}


def _members(column: Column, values: pd.Series) -> list[tuple[str, np.ndarray]]:
    import numpy as np

    if column.type == "category":
        groups = [(name, (values == name).to_numpy()) for name in column.categories[:MOST_VALUES]]
    elif column.type == "boolean":
        groups = [("yes", (values == 1).to_numpy()), ("no", (values == 0).to_numpy())]
    else:
        numbers = values.to_numpy()
        present = numbers[~np.isnan(numbers)]
        edges = np.unique(np.quantile(present, np.linspace(0, 1, NUMERIC_BANDS + 1))) if len(present) else np.array([])
        groups = []
        for place, (low, high) in enumerate(zip(edges[:-1], edges[1:])):
            above = numbers >= low if place == 0 else numbers > low
            groups.append((f"{low:g} to {high:g}", above & (numbers <= high)))
        if len(edges) == 1:
            groups.append((f"{edges[0]:g}", numbers == edges[0]))
    return [*groups, ("missing", values.isna().to_numpy())]
