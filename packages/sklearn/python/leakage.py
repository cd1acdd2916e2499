"""Warns when a result is too good to be true, which in practice means that a column gives the answer away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import Column, Contract
from metrics import roc_auc

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FEATURE_AUC = 0.98
MODEL_AUC = 0.995
FEATURE_R2 = 0.98
MODEL_R2 = 0.995
MOST_BINS = 32


def leakage_warnings(
    train: tuple[pd.DataFrame, np.ndarray],
    test: tuple[pd.DataFrame, np.ndarray],
    contract: Contract,
    quality: float,
) -> list[dict[str, Any]]:
    """Looks at every feature alone and at the model as a whole.

    Args:
        train: Rows and targets from which each feature's own prediction is learnt.
        test: Rows and targets on which it is judged.
        contract: Names the features and the kind of target.
        quality: The model's ROC AUC, or R² for a regression, on the test rows.

    Returns:
        Warnings with codes ``leakage_feature`` and ``leakage_model``.
    """
    binary = contract.target.kind == "binary"
    limit, name = (FEATURE_AUC, "ROC AUC") if binary else (FEATURE_R2, "R²")
    warnings = []
    for column in contract.columns:
        alone = _quality_alone(column, train, test, binary)
        if alone >= limit:
            warnings.append(
                {
                    "code": "leakage_feature",
                    "message": f"{column.name} alone reaches {name} {alone:.4f}: it probably tells the outcome. "
                    "Check whether it is known before the outcome happens.",
                    "facts": {"feature": column.name, "value": alone, "limit": limit},
                }
            )
    limit = MODEL_AUC if binary else MODEL_R2
    if quality >= limit:
        warnings.append(
            {
                "code": "leakage_model",
                "message": f"The model reaches {name} {quality:.4f}: real outcomes are not this predictable. "
                "Look for columns that are filled in after the outcome, or for synthetic data.",
                "facts": {"value": quality, "limit": limit},
            }
        )
    return warnings


def _quality_alone(
    column: Column, train: tuple[pd.DataFrame, np.ndarray], test: tuple[pd.DataFrame, np.ndarray], binary: bool
) -> float:
    """How well one feature predicts the test rows by the mean target of its bin (or category) in the training rows."""
    import numpy as np

    places, test_places, count = _bins(column, train[0][column.name], test[0][column.name])
    overall = float(train[1].mean())
    rows = np.bincount(places, minlength=count)
    means = (np.bincount(places, weights=train[1], minlength=count) + overall) / (rows + 1)
    predicted = means[test_places]
    if binary:
        return roc_auc(test[1], predicted)
    spread = float(np.square(test[1] - test[1].mean()).sum())
    return 1 - float(np.square(test[1] - predicted).sum()) / spread if spread > 0 else 0.0


def _bins(column: Column, train: pd.Series, test: pd.Series) -> tuple[np.ndarray, np.ndarray, int]:
    """Bin numbers of both tables; missing values are a bin of their own, since a gap can tell the outcome too."""
    import numpy as np

    if column.type == "category":
        known = {value: place + 1 for place, value in enumerate(column.categories)}
        return train.map(known).fillna(0).to_numpy(int), test.map(known).fillna(0).to_numpy(int), len(known) + 1
    values = train.to_numpy()
    present = values[~np.isnan(values)]
    edges = np.unique(np.quantile(present, np.linspace(0, 1, MOST_BINS + 1)[1:-1])) if len(present) else np.array([])

    def place(series: pd.Series) -> np.ndarray:
        numbers = series.to_numpy()
        return np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="left"))

    return place(train), place(test), len(edges) + 2
