"""Every estimator trains, evaluates and is exported, for every task; wrong settings are refused in plain words."""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import pytest
import synthetic
from containers import Outcome, evaluate, prepare, train
from contract import parse_contract
from estimators import CLASSES, build_estimator, parse_value
from failure import SettingError
from table import read_table

SMALL = {
    "random_forest": {"n_estimators": 20, "max_features": "sqrt"},
    "extra_trees": {"n_estimators": 20, "bootstrap": "True"},
    "hist_gradient_boosting": {"max_iter": 20, "learning_rate": 0.2},
    "logistic_regression": {"C": 0.5},
    "linear_regression": {"alpha": 0.5},
    "mlp": {"hidden_layer_sizes": "[8, 4]", "max_iter": 60, "alpha": 0.001},
}
CASES = [(name, task) for name, tasks in CLASSES.items() for task in tasks]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    data = synthetic.table(900)
    base = tmp_path_factory.mktemp("prepared")
    contracts = {"binary": synthetic.BINARY, "regression": synthetic.REGRESSION}
    return {task: prepare(base / task, contract, data) for task, contract in contracts.items()}


@pytest.mark.parametrize(("name", "task"), CASES)
def test_estimator(name: str, task: str, prepared: dict[str, Outcome], tmp_path: Path) -> None:
    trained = train(tmp_path / "t", prepared[task], {"estimator": name, "task": task, **SMALL[name]})
    assert trained.code == 0, trained.stderr
    evaluated = evaluate(tmp_path / "e", prepared[task], trained)
    assert evaluated.code == 0, evaluated.stderr
    report = evaluated.json("report", "evaluation.json")
    assert report["kind"] == task
    assert report["metrics"]["roc_auc" if task == "binary" else "r2"] > 0.6
    assert report["importance"][0]["feature"] in ("calls", "spend", "autopay")
    assert (trained.base / "model" / "predictor.safetensors").stat().st_size > 1000


@pytest.mark.parametrize("method", ["class_weight", "smote"])
@pytest.mark.parametrize("name", ["random_forest", "logistic_regression", "mlp", "hist_gradient_boosting"])
def test_imbalance_raises_the_scores_of_the_rare_class(
    name: str, method: str, prepared: dict[str, Outcome], tmp_path: Path
) -> None:
    trained = train(tmp_path, prepared["binary"], {"estimator": name, "imbalance": method, **SMALL[name]})
    assert trained.code == 0, trained.stderr
    assert "imbalance: " in trained.stdout
    plain = train(tmp_path / "plain", prepared["binary"], {"estimator": name, **SMALL[name]})

    assert mean_score(trained) > mean_score(plain) + 0.02


def mean_score(outcome: Outcome) -> float:
    """The mean probability that a model gives the validation rows."""
    rows, _ = read_table(
        str(outcome.base / "input/data/validation/validation.csv"),
        parse_contract(json.dumps(synthetic.BINARY).encode()),
    )
    return float(joblib.load(outcome.base / "model" / "model.joblib").predict_proba(rows)[:, 1].mean())


def test_costs_choose_the_threshold(prepared: dict[str, Outcome], tmp_path: Path) -> None:
    costs = {"cost_false_positive": 1, "cost_false_negative": 8}
    trained = train(tmp_path, prepared["binary"], {"estimator": "logistic_regression", **costs})
    chosen = json.loads((trained.base / "model" / "manifest.json").read_text())["threshold"]
    assert chosen["method"] == "min_cost"
    assert chosen["value"] < 0.3


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"estimator": "xgboost"}, "estimator_unknown: estimator is 'xgboost', not one of random_forest, extra_trees"),
        ({"max_dept": 4}, "has no hyperparameter 'max_dept'. Did you mean max_depth?"),
        ({"max_depth": 0}, "The 'max_depth' parameter of RandomForestClassifier must be an int in the range [1, inf)"),
        ({"max_features": "all"}, "The 'max_features' parameter of RandomForestClassifier must be"),
        ({"n_jobs": 4}, "hyperparameter_reserved: n_jobs of random_forest is set by Sagewright."),
        ({"task": "regression"}, "task_mismatch: task is 'regression', but the contract's target is binary."),
        ({"seed": "tuesday"}, "number_invalid: seed is 'tuesday', not a number."),
        ({"imbalance": "undersample"}, "imbalance_unknown: imbalance is 'undersample'"),
        ({"cost_false_negative": 5}, "cost_invalid: cost_false_positive is None, not a cost of 0 or more."),
    ],
)
def test_wrong_settings_are_refused(
    settings: dict[str, object], reason: str, prepared: dict[str, Outcome], tmp_path: Path
) -> None:
    outcome = train(tmp_path, prepared["binary"], settings)
    assert outcome.code == 1
    assert reason in outcome.reason
    assert "Traceback" not in outcome.stderr


def test_an_estimator_of_the_other_task_is_refused_with_those_that_can() -> None:
    with pytest.raises(
        SettingError, match="estimator logistic_regression cannot do the task regression. Give one of random_f"
    ):
        build_estimator("logistic_regression", "regression", {}, 1)
    with pytest.raises(SettingError, match="estimator linear_regression cannot do the task binary"):
        build_estimator("linear_regression", "binary", {}, 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("1.0", 1.0),
        ("1e-3", 0.001),
        ("True", True),
        ("false", False),
        ("", None),
        ("None", None),
        ("[64, 32]", (64, 32)),
        ("(64,)", (64,)),
        ("sqrt", "sqrt"),
    ],
)
def test_values_are_read_as_the_toolkit_writes_them(text: str, value: object) -> None:
    read = parse_value(text)
    assert read == value and type(read) is type(value)
