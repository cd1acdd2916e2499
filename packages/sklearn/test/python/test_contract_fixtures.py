"""The row checks give the answers that the TypeScript checks give, on every shared fixture."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES
from contract import parse_contract
from failure import DataError
from prepare import check_target, warn
from quarantine import check_records
from records import read_records

CASES = sorted(FIXTURES.glob("*.json"))


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """What Python says about a fixture, in the fixture's form."""
    contract = parse_contract(json.dumps(case["contract"]).encode())
    data = base64.b64decode(case["csvBase64"]) if "csvBase64" in case else case["csv"].encode()
    try:
        records = read_records(data, contract, "data.csv")
        checked = check_records(records, contract)
        check_target(checked, contract, "data.csv")
    except DataError as error:
        return {"error": error.code}
    refused = {item.index for item in checked.refused}
    lines = [line for index, line in enumerate(records.lines) if index not in refused]
    rows = zip(*(checked.values[name] for name in contract.features))
    return {
        "accepted": [
            {"line": line, "values": list(values), "target": target}
            for line, values, target in zip(lines, rows, checked.target)
        ],
        "quarantined": [
            {"line": records.lines[item.index], "code": item.problem.code, "column": item.problem.column}
            for item in checked.refused
        ],
        "warnings": [item["code"] for item in warn(records, checked, contract) if item["code"] == "column_unexpected"],
    }


def test_there_are_fixtures() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_fixture(path: Path) -> None:
    case = json.loads(path.read_text())
    assert answer(case) == case["expected"]
