"""Linear models and multi-layer perceptrons as a chain of dense layers (a linear model is one layer)."""

from __future__ import annotations

from typing import Any

import numpy as np
from export_format import ExportError

_ACTIVATIONS = ("identity", "logistic", "tanh", "relu")


def linear_layers(model: Any, step: str) -> dict[str, np.ndarray]:
    """The one layer of a fitted logistic or linear regression."""
    coefficients = np.atleast_2d(np.asarray(model.coef_, dtype=np.float64))
    if coefficients.shape[0] != 1:
        raise ExportError(f"step {step}: {coefficients.shape[0]} rows of coefficients; only one can be exported")
    intercept = np.broadcast_to(np.atleast_1d(np.asarray(model.intercept_, dtype=np.float64)), (1,))
    return {"layer.0.weight": coefficients.T.copy(), "layer.0.bias": intercept.copy()}


def network_layers(model: Any, step: str) -> dict[str, np.ndarray]:
    """The layers of a fitted multi-layer perceptron, weights shaped (inputs, outputs)."""
    if model.activation not in _ACTIVATIONS:
        raise ExportError(f"step {step}: activation {model.activation!r}; use one of {', '.join(_ACTIVATIONS)}")
    if model.coefs_[-1].shape[1] != 1:
        raise ExportError(f"step {step}: {model.coefs_[-1].shape[1]} outputs; only one can be exported")
    tensors: dict[str, np.ndarray] = {}
    for number, (weight, bias) in enumerate(zip(model.coefs_, model.intercepts_, strict=True)):
        tensors[f"layer.{number}.weight"] = np.asarray(weight, dtype=np.float64)
        tensors[f"layer.{number}.bias"] = np.asarray(bias, dtype=np.float64)
    return tensors
