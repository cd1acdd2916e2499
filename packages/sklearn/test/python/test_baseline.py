"""The baseline of columns that leave little to describe."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from baseline import describe_baseline
from contract import parse_contract

CONTRACT = {
    "format": 1,
    "name": "odd",
    "missing": [""],
    "id": [],
    "ignore": [],
    "target": {"column": "left", "kind": "binary", "positive": ["yes"], "negative": ["no"]},
    "columns": [
        {"name": "amount", "type": "number"},
        {"name": "plan", "type": "category", "categories": ["10", "2", "1"]},
        {"name": "active", "type": "boolean", "true": ["yes"], "false": ["no"]},
    ],
    "segments": ["plan"],
}


def described(amount: list[float], plan: list[str | None], active: list[float]) -> dict:
    """The document of some rows, as JSON that every reader takes."""
    frame = pd.DataFrame({"amount": amount, "plan": pd.Series(plan, dtype=object), "active": active})
    contract = parse_contract(json.dumps(CONTRACT).encode())
    document = describe_baseline(frame, np.array([0.2, 0.8]), np.array([0, 1]), contract, "0")
    return json.loads(json.dumps(document, allow_nan=False))


def test_numbers_too_large_for_a_deviation_have_none() -> None:
    amount = described([1e308, -1e308, 3, 4, 5], ["1", "2", "1", "10", "2"], [0, 1, 1, 0, 1])["columns"]["amount"]
    assert amount["std"] is None
    assert amount["minimum"] == -1e308 and amount["maximum"] == 1e308
    assert amount["edges"] == sorted(amount["edges"]) and amount["edges"][0] == -1e308 and amount["edges"][-1] == 1e308
    assert sum(amount["counts"]) == 5


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_a_constant_number_has_one_bin_and_no_relation(rows: int) -> None:
    document = described([7.0] * rows, ["2"] * rows, [1.0] * rows)
    assert document["columns"]["amount"]["edges"] == [7.0, 7.0]
    assert document["columns"]["amount"]["counts"] == [rows]
    assert document["relations"]["columns"] == []


def test_what_is_always_missing_is_counted_and_nothing_more() -> None:
    document = described([np.nan] * 4, [None] * 4, [np.nan] * 4)
    assert document["columns"]["amount"] == {
        "type": "number",
        "missing": 4,
        "edges": [],
        "counts": [],
        "mean": None,
        "std": None,
        "minimum": None,
        "maximum": None,
    }
    assert document["columns"]["plan"]["counts"] == {"10": 0, "2": 0, "1": 0}
    assert document["segments"] == []


def test_categories_keep_the_contracts_order_and_count_what_is_none_of_them() -> None:
    document = described([1.0, 2, 3, 4, 5], ["1", "2", "tin", "10", "2"], [0, 1, 1, 0, 1])
    plan = document["columns"]["plan"]
    assert plan["categories"] == ["10", "2", "1"]
    assert plan["counts"] == {"10": 1, "2": 2, "1": 1} and plan["other"] == 1
    assert [(each["value"], each["rows"]) for each in document["segments"]] == [("2", 2), ("10", 1), ("1", 1)]
