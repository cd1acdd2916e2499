"""Each supported estimator as tensors plus the JSON description that the predictor evaluates."""

from __future__ import annotations

from typing import Any

import numpy as np
from export_format import ExportError
from export_layers import linear_layers, network_layers
from export_trees import boosting_trees, forest_trees, tree_tensors

_FORESTS = ("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor")
_BOOSTING = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
_LINEAR = ("LogisticRegression", "LinearRegression", "Ridge", "RidgeCV", "Lasso", "ElasticNet")
_NETWORKS = ("MLPClassifier", "MLPRegressor")
_BOOSTING_LINKS = {"squared_error": "identity", "absolute_error": "identity", "quantile": "identity", "log_loss": "logit"}


def describe_estimator(
    model: Any, features: int, task: str, step: str
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Describe a fitted estimator.

    Args:
        model: A fitted binary classifier or single-output regressor of a supported class, or a
            TransformedTargetRegressor that standardises the target of one.
        features: How many features the preprocessing makes.
        task: "binary" or "regression".
        step: The estimator's name in the pipeline, for messages.

    Returns:
        The JSON description and the tensors.

    Raises:
        ExportError: The class or one of its settings cannot be exported exactly.
    """
    target = {"scale": 1.0, "offset": 0.0}
    if type(model).__name__ == "TransformedTargetRegressor":
        target = _target_scaling(model, step)
        model = model.regressor_
    name = type(model).__name__
    if model.n_features_in_ != features:
        raise ExportError(f"step {step}: expects {model.n_features_in_} features, the preprocessing makes {features}")
    _check_task(model, task, step)
    if name in _FORESTS:
        description = {"kind": "trees", "combine": "mean", "compare": "float32", "base": 0.0, "link": "identity"}
        tensors = tree_tensors(forest_trees(model, step), float32=True)
    elif name in _BOOSTING:
        base = float(np.ravel(model._baseline_prediction)[0])
        link = _boosting_link(model, step)
        description = {"kind": "trees", "combine": "sum", "compare": "float64", "base": base, "link": link}
        tensors = tree_tensors(boosting_trees(model, step), float32=False)
    elif name in _LINEAR:
        description = {"kind": "layers", "activation": "identity", "link": _task_link(task)}
        tensors = linear_layers(model, step)
    elif name in _NETWORKS:
        description = {"kind": "layers", "activation": model.activation, "link": _network_link(model, step)}
        tensors = network_layers(model, step)
    else:
        supported = ", ".join(_FORESTS + _BOOSTING + _LINEAR + _NETWORKS)
        raise ExportError(f"step {step}: {name} cannot be exported exactly. Use one of {supported}.")
    return {"estimator": name, **description, "target": target}, tensors


def _check_task(model: Any, task: str, step: str) -> None:
    classes = getattr(model, "classes_", None)
    if task == "binary" and (classes is None or len(classes) != 2):
        received = "a regressor" if classes is None else f"{len(classes)} classes"
        raise ExportError(f"step {step}: task binary needs a classifier of two classes, received {received}")
    if task == "regression" and classes is not None:
        raise ExportError(f"step {step}: task regression needs a regressor, received {type(model).__name__}")


def _task_link(task: str) -> str:
    return "logit" if task == "binary" else "identity"


def _boosting_link(model: Any, step: str) -> str:
    if model.loss in ("poisson", "gamma"):
        return "log"
    if model.loss not in _BOOSTING_LINKS:
        raise ExportError(f"step {step}: loss {model.loss!r} cannot be exported")
    return _BOOSTING_LINKS[model.loss]


def _network_link(model: Any, step: str) -> str:
    links = {"logistic": "logit", "identity": "identity", "exp": "log"}
    if model.out_activation_ not in links:
        raise ExportError(f"step {step}: output activation {model.out_activation_!r} cannot be exported")
    return links[model.out_activation_]


def _target_scaling(model: Any, step: str) -> dict[str, float]:
    transformer = model.transformer_
    if type(transformer).__name__ != "StandardScaler":
        raise ExportError(f"step {step}: target transformer {type(transformer).__name__}. Use StandardScaler or none.")
    return {
        "scale": float(transformer.scale_[0]) if transformer.with_std else 1.0,
        "offset": float(transformer.mean_[0]) if transformer.with_mean else 0.0,
    }
