"""Data that cannot be used ends the job with one clear sentence, and never with a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import synthetic
from containers import archive, evaluate, prepare, run_script, train

HEADER = b"customer,age,spend,calls,autopay,plan,region,left,value\n"


def lines(count: int, left: str) -> bytes:
    """Rows that all have the same outcome."""
    return b"".join(b"%d,30,1.5,%d,yes,plus,north,%s,1\n" % (i, i, left.encode()) for i in range(count))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "file_empty: data.csv is empty."),
        (b" \r\n \n", "file_empty: data.csv is empty."),
        (b"PK\x03\x04\x00\x00\x08", "file_binary: data.csv holds zero bytes at offset 4"),
        (
            HEADER + "1,30,1,1,yes,plus,north,yes,1\n2,30,1,1,yes,plüs,north,no,1\n".encode("latin-1"),
            "not UTF-8: byte 0xfc on line 3",
        ),
        (HEADER, "no_rows: data.csv has a header but no rows."),
        (HEADER.replace(b",left", b""), "column_missing: data.csv lacks 'left'; it has 'customer', 'age'"),
        (HEADER.replace(b"spend", b"age"), "header_duplicate: data.csv has the column 'age' 2 times."),
        (b"1,30,1.5,4,yes,plus,north,no,7\n", "header_missing: The first line of data.csv holds none of the 8 columns"),
        (HEADER + lines(30, "no"), "target_one_class: Every usable row of data.csv has a negative left"),
        (HEADER + lines(30, "maybe"), "no_rows: All 30 rows of data.csv were quarantined (target_unknown 30)."),
        (HEADER + lines(30, "no") + b"90,30,1.5,4,yes,plus,north,yes,1\n", "too_few_rows: The"),
    ],
)
def test_unusable_data(data: bytes, reason: str, tmp_path: Path) -> None:
    outcome = prepare(tmp_path, synthetic.BINARY, data)
    assert outcome.code == 1
    assert reason in outcome.reason
    assert outcome.reason in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_third_value_of_the_target_is_quarantined_and_counted(tmp_path: Path) -> None:
    data = synthetic.table(300) + b"900,30,1.5,4,yes,plus,north,perhaps,1\n901,30,1.5,4,yes,plus,north,?,1\n"
    outcome = prepare(tmp_path, synthetic.BINARY, data)
    assert outcome.code == 0
    assert outcome.json("report", "prepare.json")["byCode"] == {"target_missing": 1, "target_unknown": 1}


def test_unknown_columns_and_many_bad_rows_are_warned_about(tmp_path: Path) -> None:
    data = synthetic.table(300) + b"".join(b"%d,old,1.5,4,yes,plus,north,yes,1\n" % i for i in range(900, 950))
    outcome = prepare(tmp_path, synthetic.BINARY, data)
    warnings = outcome.json("report", "prepare.json")["warnings"]
    assert [warning["code"] for warning in warnings] == ["column_unexpected", "quarantine_large"]
    assert warnings[0]["facts"] == {"columns": ["value"]}
    assert "warning: quarantine_large: 50 of 350 rows (14.3%) were quarantined." in outcome.stdout


def test_two_data_files_are_ambiguous(tmp_path: Path) -> None:
    (tmp_path / "processing/input/data").mkdir(parents=True)
    (tmp_path / "processing/input/data/other.csv").write_text("x")
    outcome = prepare(tmp_path, synthetic.BINARY, synthetic.table(10))
    assert outcome.code == 1
    assert outcome.reason.startswith("data_ambiguous: ")


def test_shares_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    outcome = prepare(tmp_path, synthetic.BINARY, synthetic.table(10), "--train", "0.9")
    assert outcome.reason.startswith("split_shares: train, validation and test are [0.9, 0.15, 0.15]")


def test_a_contract_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    outcome = prepare(tmp_path, {**synthetic.BINARY, "format": 2}, synthetic.table(10))
    assert outcome.reason.startswith("contract_format: contract.json has format 2; this code reads format 1.")


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    prepared = prepare(tmp_path / "p", synthetic.BINARY, synthetic.table(300))
    trained = train(tmp_path / "t", prepared, {"estimator": "logistic_regression"})
    model = trained.base / "model" / "model.joblib"
    model.write_bytes(model.read_bytes() + b"\0")
    outcome = evaluate(tmp_path / "e", prepared, trained)
    assert outcome.code == 1
    assert outcome.reason.startswith("artefact_changed: model.joblib has SHA-256 ")


def test_a_column_that_is_always_missing_does_not_stop_training(tmp_path: Path) -> None:
    text = synthetic.table(400).decode().splitlines()
    cells = [line.split(",") for line in text]
    data = "\n".join(
        ",".join("" if i and place in (2, 5) else cell for place, cell in enumerate(row)) for i, row in enumerate(cells)
    )
    prepared = prepare(tmp_path / "p", synthetic.BINARY, data.encode())
    assert prepared.code == 0, prepared.stderr
    trained = train(tmp_path / "t", prepared, {"n_estimators": 10})
    assert trained.code == 0, trained.stderr
    evaluated = evaluate(tmp_path / "e", prepared, trained)
    assert evaluated.code == 0, evaluated.stderr
    assert json.dumps(evaluated.json("baseline", "baseline.json"), allow_nan=False)


@pytest.mark.parametrize("damage", [slice(0, 400), slice(4, None), slice(0, 0)])
def test_a_damaged_archive_is_refused(damage: slice, tmp_path: Path) -> None:
    prepared = prepare(tmp_path / "p", synthetic.BINARY, synthetic.table(300))
    trained = train(tmp_path / "t", prepared, {"estimator": "logistic_regression"})
    packed = archive(trained, tmp_path / "e/processing/input/model/model.tar.gz")
    packed.write_bytes(packed.read_bytes()[damage])
    outcome = run_script("evaluate.py", tmp_path / "e", [])
    assert outcome.code == 1
    assert outcome.reason.startswith("model_unreadable: ")
