"""The endpoint's code: the answers of the model that was trained, and a reason for every request it refuses."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import synthetic
from containers import SCRIPTS, Outcome, prepare, train
from contract import parse_contract
from failure import ArtefactError
from inference import Model, model_fn, transform_fn
from request import Refusal, read_request

CONTRACT = parse_contract(json.dumps(synthetic.BINARY).encode())
ROW: dict[str, Any] = {"age": 40, "spend": 51.5, "calls": 3, "autopay": True, "plan": "plus", "region": "west"}
CSV = "age,spend,calls,autopay,plan,region\n40,51.5,3,yes,plus,west\n,NA,1,no,legacy,\n"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    base = tmp_path_factory.mktemp("inference")
    return train(base / "t", prepare(base / "p", synthetic.BINARY, synthetic.table(400)), {"n_estimators": 15})


@pytest.fixture(scope="module")
def model(trained: Outcome) -> Model:
    return model_fn(str(trained.base / "model"))


def expected(trained: Outcome) -> list[float]:
    """What scikit-learn's pipeline itself says about the two rows of `CSV`."""
    rows = pd.DataFrame(
        {
            "age": [40.0, np.nan],
            "spend": [51.5, np.nan],
            "calls": [3.0, 1.0],
            "autopay": [1.0, 0.0],
            "plan": np.array(["plus", "legacy"], dtype=object),
            "region": np.array(["west", np.nan], dtype=object),
        }
    )
    return joblib.load(trained.base / "model" / "model.joblib").predict_proba(rows)[:, 1].tolist()


@pytest.mark.parametrize(
    ("body", "content_type", "rows"),
    [
        (CSV, "text/csv", 2),
        (CSV.split("\n", 1)[1], "text/csv", 2),
        (CSV.encode(), "text/csv; charset=utf-8", 2),
        ("\ufeff".encode() + CSV.encode(), "text/csv; charset=utf-8", 2),
        (
            json.dumps(
                [ROW, {"age": None, "spend": None, "calls": 1, "autopay": False, "plan": "legacy", "region": None}]
            ),
            "application/json",
            2,
        ),
        (json.dumps({"instances": [[40, 51.5, 3, "yes", "plus", "west"]]}), "application/json", 1),
        (json.dumps(ROW).encode(), "application/json", 1),
        (json.dumps({**ROW, "customer": 7}), "", 1),
    ],
)
def test_answers_are_those_of_the_trained_pipeline(
    body: str | bytes, content_type: str, rows: int, model: Model, trained: Outcome
) -> None:
    answer, media = transform_fn(model, body, content_type, "application/json")
    assert media == "application/json"
    assert json.loads(answer) == {"predictions": expected(trained)[:rows]}


def test_answers_in_csv_read_back_to_the_same_numbers(model: Model, trained: Outcome) -> None:
    answer, media = transform_fn(model, CSV, "text/csv", "text/csv")
    assert media == "text/csv"
    assert [float(line) for line in answer.splitlines()] == expected(trained)


def npy() -> bytes:
    """An array as numpy saves it."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (npy(), "application/x-npy", 415, "content_type_unsupported"),
        ("<x/>", "text/xml", 415, "content_type_unsupported"),
        (b"\xff\xfe", "text/csv; charset=utf-8", 400, "not_utf8"),
        ("{", "application/json", 400, "not_json"),
        ("[]", "application/json", 400, "no_rows"),
        ("", "text/csv", 400, "no_rows"),
        ("[1]", "application/json", 400, "not_an_object"),
        (json.dumps({**ROW, "colour": "red"}), "application/json", 400, "field_unexpected"),
        (json.dumps({k: v for k, v in ROW.items() if k != "spend"}), "application/json", 400, "field_missing"),
        ("age,spend\n1,2\n", "text/csv", 400, "column_missing"),
        ("1,2,3\n", "text/csv", 400, "field_count"),
        (json.dumps({**ROW, "age": "40"}), "application/json", 400, "row_invalid"),
        (json.dumps({**ROW, "age": 40.5}), "application/json", 400, "row_invalid"),
        (json.dumps({**ROW, "age": 121}), "application/json", 400, "row_invalid"),
        (json.dumps({**ROW, "age": 10**400}), "application/json", 400, "row_invalid"),
        (json.dumps({**ROW, "autopay": "Yes"}), "application/json", 400, "row_invalid"),
        (json.dumps({**ROW, "autopay": 1}), "application/json", 400, "row_invalid"),
        (json.dumps({**ROW, "region": "east"}), "application/json", 400, "row_invalid"),
        (
            '{"age": NaN, "spend": 1, "calls": 1, "autopay": true, "plan": "plus", "region": "west"}',
            "application/json",
            400,
            "row_invalid",
        ),
    ],
)
def test_requests_are_refused_with_status_and_code(
    body: str | bytes, content_type: str, status: int, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        read_request(body, content_type, CONTRACT)
    assert (refused.value.status, refused.value.body["code"]) == (status, code)


def test_a_refusal_names_the_row_and_the_rule() -> None:
    with pytest.raises(Refusal) as refused:
        read_request(json.dumps([ROW, {**ROW, "calls": -1, "region": "east"}]), "application/json", CONTRACT)
    assert [(problem["row"], problem["column"], problem["code"]) for problem in refused.value.body["problems"]] == [
        (1, "calls", "below_minimum"),
        (1, "region", "unknown_category"),
    ]


def test_a_changed_or_missing_file_is_refused_before_it_is_loaded(trained: Outcome, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(trained.base / "model", changed)
    (changed / "model.joblib").write_bytes(b"cos\nsystem\n(S'touch /tmp/never'\ntR.")
    with pytest.raises(ArtefactError, match="artefact_changed: model.joblib has SHA-256"):
        model_fn(str(changed))
    (changed / "model.joblib").unlink()
    with pytest.raises(ArtefactError, match="artefact_missing"):
        model_fn(str(changed))


def test_the_model_carries_the_code_that_serves_it(trained: Outcome) -> None:
    carried = {path.name: path.read_bytes() for path in (trained.base / "model" / "code").iterdir()}
    assert "inference.py" in carried and "request.py" in carried
    assert all((SCRIPTS / name).read_bytes() == source for name, source in carried.items())
