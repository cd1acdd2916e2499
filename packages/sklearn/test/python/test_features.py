"""Rows that were transformed before they are sent: the estimator's own answers, and a refusal of everything else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import joblib
import numpy as np
import pytest
import synthetic
from containers import Outcome, prepare, train
from contract import read_contract
from features import is_features, read_features
from inference import Model, model_fn, transform_fn
from request import Refusal
from table import read_table

MEDIA = "application/vnd.sagewright.features"


@pytest.fixture(scope="module", params=["random_forest", "hist_gradient_boosting", "mlp"])
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    base = tmp_path_factory.mktemp("features")
    prepared = prepare(base / "p", synthetic.BINARY, synthetic.table(400))
    return train(base / "t", prepared, {"estimator": request.param})


@pytest.fixture(scope="module")
def model(trained: Outcome) -> Model:
    return model_fn(str(trained.base / "model"))


def content_type(model: Model) -> str:
    return f'{MEDIA}; model="{model.digest}"'


def test_the_answers_to_transformed_rows_are_those_to_the_rows(trained: Outcome, model: Model) -> None:
    contract = read_contract(str(trained.base / "model" / "contract.json"))
    rows, _ = read_table(str(trained.base / "input" / "data" / "train" / "train.csv"), contract)
    pipeline = joblib.load(trained.base / "model" / "model.joblib")
    body = np.ascontiguousarray(pipeline[0].transform(rows), dtype="<f8").tobytes()
    answer, media = transform_fn(model, body, content_type(model), "application/json")
    assert media == "application/json"
    assert json.loads(answer) == {"predictions": pipeline.predict_proba(rows)[:, 1].tolist()}
    answer, _ = transform_fn(model, body[: 8 * model.width], content_type(model), "text/csv")
    assert float(answer) == pipeline.predict_proba(rows[:1])[0, 1]


def test_the_model_is_named_by_the_digest_of_its_manifest(trained: Outcome, model: Model) -> None:
    manifest = Path(trained.base / "model" / "manifest.json").read_bytes()
    assert model.digest == hashlib.sha256(manifest).hexdigest()
    names = joblib.load(trained.base / "model" / "model.joblib")[0].get_feature_names_out()
    assert model.width == len(names)


@pytest.mark.parametrize("sent", [MEDIA, f"{MEDIA.upper()}; model=x", f"{MEDIA} ;model=x"])
def test_the_type_is_recognised_with_and_without_parameters(sent: str) -> None:
    assert is_features(sent)
    assert not is_features("application/json")
    assert not is_features(None)


DIGEST = "ab" * 32
ROW = np.array([1.0, 2.0, 3.0], dtype="<f8").tobytes()


@pytest.mark.parametrize(
    ("body", "sent", "status", "code", "says"),
    [
        (ROW, f"{MEDIA}; model={'cd' * 32}", 409, "model_differs", DIGEST),
        (ROW, f"{MEDIA}; model=", 409, "model_differs", DIGEST),
        (ROW, MEDIA, 400, "model_unnamed", "SHA-256 of its manifest"),
        (ROW, f"{MEDIA}; charset=utf-8", 400, "model_unnamed", "parameter model"),
        (b"", f"{MEDIA}; model={DIGEST}", 400, "no_rows", "no rows"),
        (ROW[:-1], f"{MEDIA}; model={DIGEST}", 400, "features_width", "23 bytes, which is no multiple of 24"),
        (ROW[:16], f"{MEDIA}; model={DIGEST}", 400, "features_width", "3 float64 numbers"),
        (ROW + ROW[:8], f"{MEDIA}; model={DIGEST}", 400, "features_width", "32 bytes"),
        ("a text", f"{MEDIA}; model={DIGEST}", 400, "features_width", "6 bytes"),
        (ROW[:16] + np.array([np.nan]).tobytes(), f"{MEDIA}; model={DIGEST}", 400, "features_not_finite", "Row 0, feature 2 is nan"),
        (ROW + np.array([0.0, -np.inf, 0.0]).tobytes(), f"{MEDIA}; model={DIGEST}", 400, "features_not_finite", "Row 1, feature 1 is -inf"),
    ],
)
def test_what_is_no_vector_of_this_model_is_refused(body: bytes | str, sent: str, status: int, code: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_features(body, sent, DIGEST, 3)
    assert (refused.value.status, refused.value.body["code"]) == (status, code)
    assert says in refused.value.body["message"]


def test_another_models_rows_are_told_which_model_answers() -> None:
    with pytest.raises(Refusal) as refused:
        read_features(ROW, f"{MEDIA}; model=other", DIGEST, 3)
    assert refused.value.body["model"] == DIGEST


def test_features_are_taken_in_any_case_of_the_digest_and_with_quotes() -> None:
    features = read_features(ROW, f'{MEDIA}; Model="{DIGEST.upper()}"', DIGEST, 3)
    assert features.tolist() == [[1.0, 2.0, 3.0]]
    assert features.flags.writeable
