"""Weights that a data set brings along in its column `sagewright_weight`: how much a row counts in training, and nowhere else.

Prepare carries them into train.csv beside the features, of which they are none; train hands them to the estimator as
`sample_weight`. Rows for validation and testing, the fitted preprocessing and the baseline know no weights.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from failure import DataError, SettingError
from own_columns import WEIGHT

if TYPE_CHECKING:
    import numpy as np


def given(texts: Sequence[str], file: str) -> list[float]:
    """The weights that a data set's column says.

    Args:
        texts: What the column says of each row.
        file: What messages call the data set.

    Raises:
        DataError: weight_invalid, for what is no number above 0.
    """
    weights = [_number(text) for text in texts]
    for text, weight in zip(texts, weights):
        if not (math.isfinite(weight) and weight > 0):
            raise DataError(
                "weight_invalid",
                f"{file} says {text[:40]!r} in {WEIGHT}, which is no number above 0.",
                f"Weigh every row, or leave the column {WEIGHT} out.",
            )
    return weights


def read_weights(directory: str) -> np.ndarray | None:
    """The weights of train.csv; None where it has none, and every row counts once."""
    import pandas as pd

    table = pd.read_csv(
        os.path.join(directory, "train.csv"),
        usecols=lambda name: name == WEIGHT,
        dtype="float64",
        float_precision="round_trip",
        encoding="utf-8",
    )
    return table[WEIGHT].to_numpy() if WEIGHT in table.columns else None


def sample_weight(estimator: Any, weights: np.ndarray | None) -> dict[str, np.ndarray]:
    """The weights as an argument of the estimator's `fit`; nothing where there are none.

    Raises:
        SettingError: weights_unsupported.
    """
    from sklearn.utils.validation import has_fit_parameter

    if weights is None:
        return {}
    if not has_fit_parameter(estimator, "sample_weight"):
        raise SettingError(
            "weights_unsupported",
            f"{type(estimator).__name__} takes no weights, and {WEIGHT} has some.",
            "Choose another estimator, or let fresh rows weigh 1.",
        )
    return {"sample_weight": weights}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
