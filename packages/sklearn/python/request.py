"""Reads the body of a prediction request into columns of canonical values, or says what is wrong with it.

JSON is read as strictly as the TypeScript package reads it: a feature may not be left out (null says that it is not
known), a field nobody knows is refused, a number is a JSON number, a boolean is true, false or one of the contract's
texts. CSV fields are read like those of the training data.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from contract import SPACES, Canonical, Column, Contract, Problem, column_check, parse_number
from wording import SENTENCES, SHOWN, allowed_values

MOST_PROBLEMS = 20

Row = dict[str, Any]
Columns = dict[str, list[Canonical]]


class Refusal(Exception):
    """A request that is answered with a 4xx.

    Args:
        status: HTTP status.
        code: Stable name of the reason.
        message: A sentence for the caller.
        problems: Which rows and columns are wrong, when that is the reason.
        facts: Further members of the answer, for programs.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        problems: list[dict[str, Any]] | None = None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, **({"problems": problems} if problems else {}), **(facts or {})}


def read_request(body: str | bytes, content_type: str | None, contract: Contract) -> Columns:
    """Canonical columns of the rows in a body.

    Raises:
        Refusal: 415 for a type that is not supported, 400 for a body that cannot be read or breaks the contract.
    """
    media = (content_type or "application/json").split(";")[0].strip().lower()
    if media not in ("application/json", "text/csv"):
        raise Refusal(415, "content_type_unsupported", f"{media} is not supported. Send application/json or text/csv.")
    try:
        text = body.decode("utf-8-sig") if isinstance(body, (bytes, bytearray)) else body
    except UnicodeDecodeError:
        raise Refusal(400, "not_utf8", "The body is not UTF-8.") from None
    if media == "text/csv":
        return _check(_csv_rows(text, contract), contract, column_check)
    return _check(_json_rows(text, contract), contract, json_check)


def json_check(column: Column, missing: frozenset[str]) -> Callable[[Any], Canonical | Problem]:
    """The check of one feature's JSON value."""
    as_text = column_check(column, missing)
    listed = {*column.true, *column.false, *column.categories}
    spelled = {number: text for text in listed if (number := _spells(text)) is not None}

    def check(value: Any) -> Canonical | Problem:
        if value is None:
            return as_text("")
        if column.numeric:
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return as_text(repr(value))
        elif isinstance(value, str):
            # Listed texts only: a marker such as "NA" means missing in a file, not in a request. An open category reads it.
            if value in listed or (column.type == "category" and column.unknown == "ignore"):
                return as_text(value)
        elif isinstance(value, bool):
            if column.type == "boolean":
                return int(value)
        elif isinstance(value, (int, float)) and value in spelled:
            return as_text(spelled[value])
        code = {"category": "unknown_category", "boolean": "not_a_boolean"}.get(column.type, "not_a_number")
        text = json.dumps(value)
        received = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
        message = f"{column.name}: {received} {SENTENCES[code]}. Give {allowed_values(column)}."
        return Problem(code, column.name, received, message)

    return check


def _spells(text: str) -> float | None:
    """The number that is written exactly like `text`: 1 for "1", none for "01"."""
    number = parse_number(text)
    if number is None:
        return None
    return number if text in (repr(number), str(int(number)) if number.is_integer() else "") else None


def _json_rows(text: str, contract: Contract) -> list[Row]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Refusal(400, "not_json", f"The body is not JSON: {error}.") from None
    if isinstance(document, dict) and isinstance(document.get("instances"), list):
        document = document["instances"]
    rows = document if isinstance(document, list) else [document]
    known = {*contract.features, *contract.ids, *contract.ignore}
    read = []
    for number, row in enumerate(rows):
        if isinstance(row, list) and len(row) == len(contract.columns):
            row = dict(zip(contract.features, row))
        if not isinstance(row, dict):
            width = len(contract.columns)
            raise Refusal(400, "not_an_object", f"Row {number} is no object of features and no list of {width} values.")
        for name in contract.features:
            if name not in row:
                raise Refusal(
                    400, "field_missing", f"Row {number} lacks {name}. Give a value, or null when it is not known."
                )
        for name in row:
            if name not in known:
                raise Refusal(
                    400, "field_unexpected", f"Row {number} has {name}, which the contract does not know. Remove it."
                )
        read.append(row)
    return _some(read)


def _csv_rows(text: str, contract: Contract) -> list[Row]:
    lines = [line for line in csv.reader(io.StringIO(text, newline="")) if line]
    header = contract.features
    first = [name.strip(SPACES) for name in lines[0]] if lines else []
    if set(first) & set(header):
        header, lines = first, lines[1:]
        absent = [name for name in contract.features if name not in header]
        if absent:
            raise Refusal(400, "column_missing", f"The header lacks {', '.join(absent)}.")
    for number, line in enumerate(lines):
        if len(line) != len(header):
            raise Refusal(400, "field_count", f"Row {number} has {len(line)} fields, not {len(header)}.")
    return _some([dict(zip(header, line)) for line in lines])


def _some(rows: list[Row]) -> list[Row]:
    if not rows:
        raise Refusal(400, "no_rows", "The body holds no rows.")
    return rows


def _check(rows: list[Row], contract: Contract, compile_check: Any) -> Columns:
    problems: list[dict[str, Any]] = []
    columns: Columns = {}
    for column in contract.columns:
        check = compile_check(column, contract.missing)
        values = [check(row[column.name]) for row in rows]
        for number, value in enumerate(values):
            if isinstance(value, Problem):
                problems.append({"row": number, "column": value.column, "code": value.code, "message": value.message})
        columns[column.name] = values
    if problems:
        problems.sort(key=lambda problem: problem["row"])
        first = problems[0]
        message = f"{len(problems)} values break the contract. The first, in row {first['row']}: {first['message']}"
        raise Refusal(400, "row_invalid", message, problems[:MOST_PROBLEMS])
    return columns
