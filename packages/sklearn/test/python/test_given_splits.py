"""A data set that names each row's split, as retraining on fresh rows makes one, is divided as it says."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import synthetic
from containers import Outcome, prepare

NAMES = ["train"] * 8 + ["validation", "test"]


def named(rows: int, names: list[str]) -> bytes:
    """A table with the column `sagewright_split`, whose words go round."""
    header, *lines = synthetic.table(rows).decode().splitlines()
    marked = [f"{line},{names[index % len(names)]}" for index, line in enumerate(lines)]
    return "\n".join([f"{header},sagewright_split", *marked, ""]).encode()


def ages(text: str, part: str | None = None) -> list[float | None]:
    """The column `age` of a table, of the rows that name a split."""
    rows = csv.DictReader(io.StringIO(text))
    kept = [row["age"].strip() for row in rows if part is None or row["sagewright_split"] == part]
    return [float(age) if age.replace(".", "").isdigit() else None for age in kept]


def test_rows_go_where_the_data_says_also_when_some_are_quarantined(tmp_path: Path) -> None:
    data = named(400, NAMES)
    header, *lines = data.decode().splitlines()
    broken = [line if index % 50 else ",".join(["?"] * line.count(",")) + ",train" for index, line in enumerate(lines)]
    outcome = prepare(tmp_path, synthetic.BINARY, "\n".join([header, *broken, ""]).encode())
    assert outcome.code == 0, outcome.reason
    report = outcome.json("report", "prepare.json")
    assert report["rows"] == {"read": 400, "accepted": 392, "quarantined": 8}
    assert {part: facts["rows"] for part, facts in report["splits"].items()} == {
        "train": 312,
        "validation": 40,
        "test": 40,
    }
    for part in ("validation", "test"):
        assert ages(table(outcome, part)) == ages(data.decode(), part)
    assert [warning["facts"]["columns"] for warning in report["warnings"]] == [["value"]]


def table(outcome: Outcome, part: str) -> str:
    return (outcome.output(part) / f"{part}.csv").read_text()


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["train", "tomorrow"], "split_unknown: data.csv says 'tomorrow' in sagewright_split, which is none of train"),
        (["train"], "too_few_rows: The validation split would have 0 rows"),
    ],
)
def test_a_division_that_cannot_be_used_is_refused(names: list[str], reason: str, tmp_path: Path) -> None:
    outcome = prepare(tmp_path, synthetic.BINARY, named(100, names))
    assert outcome.code == 1
    assert reason in outcome.reason
