"""predictor.safetensors: read back with the real safetensors package, equal bytes for equal models, clear refusals."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from export import ExportError, export_predictor, predictor_bytes
from safetensors import safe_open
from safetensors.numpy import load
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

CONTRACT = {
    "format": 1,
    "name": "small",
    "columns": [
        {"name": "age", "type": "number", "unit": "years", "description": "Age today"},
        {"name": "plan", "type": "category", "categories": ["a", "b"]},
    ],
}
FRAME = pd.DataFrame({"age": [20.0, 30.0, np.nan, 55.0, 41.0, 38.0] * 8, "plan": ["a", "b", "b", "a", None, "b"] * 8})
TARGET = np.array([0, 1, 1, 0, 1, 0] * 8)


def fitted(model: Any, numeric: Any = None, category: Any = None, target: Any = TARGET) -> Pipeline:
    numeric = numeric or [("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())]
    category = category or [
        ("impute", SimpleImputer(strategy="most_frequent", missing_values=None)),
        ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
    ]
    parts = [("numbers", Pipeline(numeric), ["age"]), ("words", Pipeline(category), ["plan"])]
    return Pipeline([("preprocess", ColumnTransformer(parts)), ("model", model)]).fit(FRAME, target)


def forest() -> RandomForestClassifier:
    return RandomForestClassifier(5, max_depth=3, random_state=1)


def document(content: bytes) -> dict[str, Any]:
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["predictor"])


def test_the_safetensors_package_reads_every_tensor(tmp_path: Any) -> None:
    pipeline = fitted(forest())
    path = tmp_path / "predictor.safetensors"
    export_predictor(pipeline, CONTRACT, path, task="binary", threshold=0.4, metadata={"version": "3"})
    tensors = load(path.read_bytes())
    trees = [estimator.tree_ for estimator in pipeline[-1].estimators_]
    assert tensors["tree.nodes"].tolist() == [tree.node_count for tree in trees]
    assert sorted(tensors["tree.value"]) == sorted(np.concatenate([tree.value[:, 0, 1] for tree in trees]))
    stored = tensors["tree.threshold"][tensors["tree.feature"] >= 0]
    original = np.concatenate([tree.threshold[tree.feature >= 0] for tree in trees])
    assert stored.dtype == np.float32
    assert np.allclose(np.sort(stored), np.sort(original), rtol=1e-6)
    with safe_open(path, "numpy") as file:
        described = json.loads(file.metadata()["predictor"])
    assert described["threshold"] == 0.4
    assert described["metadata"] == {"version": "3"}
    assert described["columns"][0] == {"name": "age", "type": "number", "unit": "years", "description": "Age today"}


def test_equal_models_give_equal_bytes() -> None:
    first, second = (predictor_bytes(fitted(forest()), CONTRACT, task="binary") for _ in range(2))
    assert first == second


def test_the_imputed_value_and_the_scale_are_those_of_the_pipeline() -> None:
    pipeline = fitted(LogisticRegression())
    number, category = document(predictor_bytes(pipeline, CONTRACT, task="binary"))["encodings"]
    numbers = pipeline["preprocess"].named_transformers_["numbers"]
    assert number["fill"] == numbers["impute"].statistics_[0]
    assert (number["mean"], number["scale"]) == (numbers["scale"].mean_[0], numbers["scale"].scale_[0])
    assert (category["fill"], category["categories"]) == ("b", ["a", "b"])


def test_linear_models_are_explained_against_the_mean_of_the_background() -> None:
    pipeline = fitted(LogisticRegression())
    tensors = load(predictor_bytes(pipeline, CONTRACT, task="binary", background=FRAME))
    assert np.allclose(tensors["reference"], pipeline["preprocess"].transform(FRAME).mean(axis=0), atol=1e-15)
    without = load(predictor_bytes(pipeline, CONTRACT, task="binary"))
    assert without["reference"].tolist() == [0.0, 0.0, 1.0]


def test_a_regression_forest_holds_means() -> None:
    pipeline = fitted(RandomForestRegressor(3, random_state=0), target=TARGET * 10.0)
    tensors = load(predictor_bytes(pipeline, CONTRACT, task="regression"))
    assert tensors["tree.value"].max() == 10.0


@pytest.mark.parametrize(
    ("pipeline", "task", "message"),
    [
        (
            lambda: fitted(GradientBoostingClassifier(n_estimators=2)),
            "binary",
            "step model: GradientBoostingClassifier cannot be exported exactly",
        ),
        (
            lambda: fitted(forest(), numeric=[("impute", SimpleImputer()), ("squeeze", MinMaxScaler())]),
            "binary",
            "step preprocess.numbers.squeeze: MinMaxScaler cannot be exported exactly",
        ),
        (
            lambda: fitted(forest(), numeric=[("neighbours", KNNImputer())]),
            "binary",
            "step preprocess.numbers.neighbours: KNNImputer cannot be exported exactly",
        ),
        (
            lambda: fitted(forest(), numeric=[("impute", SimpleImputer(add_indicator=True)), ("scale", StandardScaler())]),
            "binary",
            "step preprocess.numbers.impute: add_indicator=True",
        ),
        (
            lambda: fitted(
                forest(),
                category=[
                    ("impute", SimpleImputer(strategy="most_frequent", missing_values=None)),
                    ("encode", OneHotEncoder(handle_unknown="ignore", min_frequency=3, sparse_output=False)),
                ],
            ),
            "binary",
            "step preprocess.words.encode: min_frequency",
        ),
        (lambda: fitted(forest(), target=np.arange(48) % 3), "binary", "needs a classifier of two classes, received 3"),
        (lambda: fitted(Ridge()), "binary", "needs a classifier of two classes, received a regressor"),
        (lambda: fitted(forest()), "regression", "task regression needs a regressor"),
        (lambda: fitted(forest()), "ranking", "task 'ranking' is not one of binary, regression"),
        (lambda: forest().fit([[0.0], [1.0]], [0, 1]), "binary", "needs a ColumnTransformer and an estimator"),
    ],
)
def test_what_cannot_be_exported_exactly_is_refused_by_name(pipeline: Any, task: str, message: str) -> None:
    with pytest.raises(ExportError) as caught:
        predictor_bytes(pipeline(), CONTRACT, task=task)
    assert message in str(caught.value)


def test_a_column_that_the_contract_does_not_name_is_refused() -> None:
    contract = {**CONTRACT, "columns": CONTRACT["columns"][:1]}
    with pytest.raises(ExportError, match="columns that the contract does not name: plan"):
        predictor_bytes(fitted(forest()), contract, task="binary")


def test_a_threshold_outside_the_unit_interval_is_refused() -> None:
    with pytest.raises(ExportError, match="threshold 1.5"):
        predictor_bytes(fitted(forest()), CONTRACT, task="binary", threshold=1.5)


def test_categorical_splits_of_boosting_are_refused() -> None:
    codes = pd.DataFrame({"age": np.tile(np.arange(6.0), 40), "plan": ["a", "b"] * 120})
    model = HistGradientBoostingClassifier(max_iter=3, categorical_features=[0], min_samples_leaf=2)
    parts = [("numbers", "passthrough", ["age"])]
    pipeline = Pipeline([("preprocess", ColumnTransformer(parts)), ("model", model)])
    pipeline.fit(codes, np.isin(codes["age"], (1.0, 3.0, 4.0)).astype(int))
    with pytest.raises(ExportError, match="step model: splits on categories"):
        predictor_bytes(pipeline, CONTRACT, task="binary")
