"""A data set that weighs its rows, as retraining on fresh rows does, trains as scikit-learn does with `sample_weight`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import synthetic
from containers import Outcome, digests, evaluate, prepare, train
from contract import parse_contract
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from table import read_table

SPLITS = ["train"] * 8 + ["validation", "test"]
FRESH = ["1", "2.5", "0.3", "1e0"]


def weighed(rows: int, weights: list[str]) -> bytes:
    """A table with the columns `sagewright_split` and `sagewright_weight`, whose words go round."""
    header, *lines = synthetic.table(rows).decode().splitlines()
    marked = [
        f"{line},{SPLITS[index % len(SPLITS)]},{weights[index % len(weights)]}" for index, line in enumerate(lines)
    ]
    return "\n".join([f"{header},sagewright_split,sagewright_weight", *marked, ""]).encode()


def rows_of(prepared: Outcome, part: str) -> list[dict[str, str]]:
    """What Prepare wrote of a split."""
    return list(csv.DictReader(io.StringIO((prepared.output(part) / f"{part}.csv").read_text())))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A data set with weights, prepared once."""
    outcome = prepare(tmp_path_factory.mktemp("weights"), synthetic.BINARY, weighed(600, FRESH))
    assert outcome.code == 0, outcome.reason
    return outcome


def test_weights_stand_beside_the_rows_to_train_on_and_nowhere_else(prepared: Outcome) -> None:
    train_rows = rows_of(prepared, "train")
    expected = [float(FRESH[i % len(FRESH)]) for i in range(600) if SPLITS[i % len(SPLITS)] == "train"]
    assert [float(row["sagewright_weight"]) for row in train_rows] == expected
    for part in ("validation", "test"):
        assert "sagewright_weight" not in rows_of(prepared, part)[0]
    unexpected = [warning["facts"]["columns"] for warning in prepared.json("report", "prepare.json")["warnings"]]
    assert unexpected == [["value"]]


@pytest.mark.parametrize(
    ("settings", "kind", "own"),
    [
        ({"n_estimators": 30, "max_depth": 6}, RandomForestClassifier, {}),
        ({"estimator": "hist_gradient_boosting", "max_iter": 20}, HistGradientBoostingClassifier, {}),
        ({"estimator": "logistic_regression", "max_iter": 500}, LogisticRegression, {}),
    ],
)
def test_the_fitted_model_is_the_one_of_sample_weight_bit_for_bit(
    settings: dict[str, Any], kind: type, own: dict[str, Any], prepared: Outcome, tmp_path: Path
) -> None:
    trained = train(tmp_path / "t", prepared, {**settings, "seed": 7})
    assert trained.code == 0, trained.reason
    assert "weights: rows count 0.3 to 2.5 times" in trained.stdout
    contract = parse_contract(json.dumps(synthetic.BINARY).encode())
    frame, target = read_table(str(prepared.output("train") / "train.csv"), contract)
    assert list(frame.columns) == contract.features
    weights = np.array([float(row["sagewright_weight"]) for row in rows_of(prepared, "train")])
    preprocess = joblib.load(prepared.output("preprocess") / "preprocess.joblib")
    parameters = {name: value for name, value in settings.items() if name != "estimator"}
    features = preprocess.transform(frame)
    direct = kind(**parameters, **own, random_state=7).fit(features, target, sample_weight=weights)
    model = joblib.load(trained.base / "model" / "model.joblib")[-1]
    plain = kind(**parameters, **own, random_state=7).fit(features, target)
    probabilities = direct.predict_proba(features)
    np.testing.assert_array_equal(model.predict_proba(features), probabilities)
    assert not np.array_equal(plain.predict_proba(features), probabilities)
    if kind is RandomForestClassifier:
        for one, other in zip(model.estimators_, direct.estimators_, strict=True):
            for name in ("feature", "threshold", "children_left", "children_right", "value", "impurity"):
                np.testing.assert_array_equal(getattr(one.tree_, name), getattr(other.tree_, name))


def test_an_interrupted_forest_of_weighed_rows_goes_on_to_the_same_model(prepared: Outcome, tmp_path: Path) -> None:
    settings = {"n_estimators": 60, "max_depth": 5}
    whole = train(tmp_path / "whole", prepared, settings)
    (tmp_path / "t" / "checkpoints").mkdir(parents=True)
    portions = train(tmp_path / "t", prepared, {**settings, "checkpoint_seconds": 0})
    assert "checkpoint: saved 25 of 60 trees" in portions.stdout
    for name in ("model.joblib", "predictor.safetensors"):
        assert digests(portions.base / "model")[name] == digests(whole.base / "model")[name]


def test_judging_knows_no_weights(prepared: Outcome, tmp_path: Path) -> None:
    trained = train(tmp_path / "t", prepared, {"n_estimators": 30})
    judged = evaluate(tmp_path / "e", prepared, trained)
    assert judged.code == 0, judged.reason
    baseline = (judged.output("baseline") / "baseline.json").read_text()
    assert "sagewright_weight" not in baseline and "sagewright_weight" not in judged.json("report", "evaluation.json")
    report = judged.json("report", "evaluation.json")
    assert report["rows"] == 60
    assert [each["feature"] for each in report["importance"] if each["feature"].startswith("sagewright")] == []


@pytest.mark.parametrize("weight", ["0", "-1", "nan", "inf", "much", ""])
def test_a_weight_that_is_none_is_refused(weight: str, tmp_path: Path) -> None:
    outcome = prepare(tmp_path, synthetic.BINARY, weighed(100, ["1", weight]))
    assert outcome.code == 1
    assert f"weight_invalid: data.csv says {weight!r} in sagewright_weight, which is no number above 0." in outcome.reason


def test_without_weights_the_tables_are_as_they_were(tmp_path: Path) -> None:
    outcome = prepare(tmp_path, synthetic.BINARY, synthetic.table(200))
    assert list(rows_of(outcome, "train")[0]) == ["age", "spend", "calls", "autopay", "plan", "region", "left"]
