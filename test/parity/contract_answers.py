"""Answers contract cases with the Python side: a JSON list of {contract, csv} on standard input, of answers on output.

    python contract_answers.py FOLDER_OF_THE_CONTAINER_SCRIPTS < cases.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

sys.path.insert(0, sys.argv[1])

from contract import parse_contract  # noqa: E402
from failure import DataError  # noqa: E402
from prepare import check_target, warn  # noqa: E402
from quarantine import check_records  # noqa: E402
from records import read_records  # noqa: E402


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Accepted rows and refused ones by line, or the error of the whole file."""
    contract = parse_contract(json.dumps(case["contract"]).encode())
    try:
        records = read_records(case["csv"].encode(), contract, "data.csv")
        checked = check_records(records, contract)
        check_target(checked, contract, "data.csv")
    except DataError as error:
        return {"error": error.code}
    refused = {item.index for item in checked.refused}
    lines = [line for index, line in enumerate(records.lines) if index not in refused]
    return {
        "accepted": [
            [line, [checked.values[name][index] for name in contract.features], checked.target[index]]
            for index, line in enumerate(lines)
        ],
        "quarantined": [
            [records.lines[item.index], item.problem.code, item.problem.column] for item in checked.refused
        ],
        "warnings": [item["code"] for item in warn(records, checked, contract) if item["code"] == "column_unexpected"],
    }


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
