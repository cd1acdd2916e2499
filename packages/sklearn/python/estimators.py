"""The estimators that can be chosen, and how their hyperparameters are read from text.

Names and ranges are scikit-learn's own: a hyperparameter is accepted when the estimator's constructor has it, and its
value when scikit-learn's own validation accepts it, so that this list cannot fall behind the library in the image.
"""

from __future__ import annotations

import difflib
import json
import re
from typing import Any

from failure import SettingError

CLASSES: dict[str, dict[str, tuple[str, str]]] = {
    "random_forest": {
        "binary": ("sklearn.ensemble", "RandomForestClassifier"),
        "regression": ("sklearn.ensemble", "RandomForestRegressor"),
    },
    "extra_trees": {
        "binary": ("sklearn.ensemble", "ExtraTreesClassifier"),
        "regression": ("sklearn.ensemble", "ExtraTreesRegressor"),
    },
    "hist_gradient_boosting": {
        "binary": ("sklearn.ensemble", "HistGradientBoostingClassifier"),
        "regression": ("sklearn.ensemble", "HistGradientBoostingRegressor"),
    },
    "logistic_regression": {"binary": ("sklearn.linear_model", "LogisticRegression")},
    "linear_regression": {"regression": ("sklearn.linear_model", "Ridge")},
    "mlp": {
        "binary": ("sklearn.neural_network", "MLPClassifier"),
        "regression": ("sklearn.neural_network", "MLPRegressor"),
    },
}
"""Estimator name → task → module and class. The linear model of a regression is Ridge."""

RESERVED = ("n_jobs", "random_state", "verbose", "warm_start", "categorical_features", "monotonic_cst", "oob_score")
"""Set by this code, or not expressible after preprocessing."""

FORESTS = ("random_forest", "extra_trees")
TREES = (*FORESTS, "hist_gradient_boosting")

INTEGER = re.compile(r"[+-]?[0-9]+")


def build_estimator(name: str, task: str, settings: dict[str, str], seed: int) -> Any:
    """An unfitted estimator.

    Args:
        name: A key of `CLASSES`.
        task: ``binary`` or ``regression``.
        settings: The estimator's hyperparameters as SageMaker passes them: text.
        seed: Becomes `random_state` where the estimator has one.

    Raises:
        SettingError: estimator_unknown, hyperparameter_unknown or hyperparameter_invalid.
    """
    kind = estimator_class(name, task)
    known = kind().get_params()
    values: dict[str, Any] = {}
    for key, text in settings.items():
        if key not in known or key in RESERVED:
            _refuse_name(key, name, kind.__name__, known)
        values[key] = parse_value(text)
    if "random_state" in known:
        values["random_state"] = seed
    sizes = values.get("hidden_layer_sizes")
    if isinstance(sizes, int) and sizes >= 1:
        values["hidden_layer_sizes"] = (sizes,)
    estimator = kind(**values)
    validate(estimator)
    return estimator


def estimator_class(name: str, task: str) -> Any:
    """The scikit-learn class of an estimator.

    Raises:
        SettingError: estimator_unknown or estimator_task.
    """
    import importlib

    if task not in ("binary", "regression"):
        raise SettingError("task_unknown", f"task is {task!r}, not binary or regression.", "Give one of the two.")
    if name not in CLASSES:
        raise SettingError(
            "estimator_unknown", f"estimator is {name!r}, not one of {', '.join(CLASSES)}.", "Give one of them."
        )
    if task not in CLASSES[name]:
        able = [other for other, tasks in CLASSES.items() if task in tasks]
        raise SettingError(
            "estimator_task", f"estimator {name} cannot do the task {task}.", f"Give one of {', '.join(able)}."
        )
    module, kind = CLASSES[name][task]
    return getattr(importlib.import_module(module), kind)


def parse_value(text: str) -> Any:
    """The value that a hyperparameter's text spells: number, boolean, None, list (as a tuple) or the text itself.

    SageMaker's toolkit passes `str` of the JSON value: ``True``, the empty string for null, ``[64, 32]``.
    """
    text = text.strip()
    if text in ("", "None", "null"):
        return None
    if text in ("True", "true", "False", "false"):
        return text in ("True", "true")
    if INTEGER.fullmatch(text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        pass
    if text[0] in "[(" and text[-1] in "])":
        try:
            return tuple(json.loads(f"[{text[1:-1].rstrip(', ')}]"))
        except ValueError:
            return text
    return text


def validate(estimator: Any) -> None:
    """Applies scikit-learn's own checks of names, types and ranges.

    Raises:
        SettingError: hyperparameter_invalid, with scikit-learn's sentence.
    """
    try:
        estimator._validate_params()
    except ValueError as error:
        raise SettingError("hyperparameter_invalid", str(error), "Give a value in that range.") from None


def _refuse_name(key: str, name: str, kind: str, known: dict[str, Any]) -> None:
    allowed = sorted(known.keys() - set(RESERVED))
    if key in RESERVED:
        raise SettingError(
            "hyperparameter_reserved",
            f"{key} of {name} is set by Sagewright.",
            f"Leave it out; free are {', '.join(allowed)}.",
        )
    near = difflib.get_close_matches(key, allowed, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"It has {', '.join(allowed)}."
    raise SettingError("hyperparameter_unknown", f"{name} ({kind}) has no hyperparameter {key!r}.", hint)
