"""Serves the model in the scikit-learn container: rows in, probabilities (or predicted numbers) out.

Accepts ``application/json`` (a list of objects, ``{"instances": [...]}`` or one object; lists of values follow the
contract's order) and ``text/csv`` (with a header of feature names, or without one in the contract's order). Answers
``application/json`` as ``{"predictions": [...]}`` or ``text/csv`` with one number a line. Requests that cannot be
read or break the contract are answered with a 4xx that names the row and the rule; `application/x-npy` is refused,
because reading it may run code.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
from typing import Any, NamedTuple

from artefacts import verify_directory
from contract import SPACES, Canonical, Contract, Problem, column_check, read_contract
from table import frame_of

MOST_PROBLEMS = 20


class Model(NamedTuple):
    """What `model_fn` loads."""

    pipeline: Any
    contract: Contract
    threshold: float | None


class Refusal(Exception):
    """A request that is answered with a 4xx.

    Args:
        status: HTTP status.
        code: Stable name of the reason.
        message: A sentence for the caller.
        problems: Which rows and columns are wrong, when that is the reason.
    """

    def __init__(self, status: int, code: str, message: str, problems: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, **({"problems": problems} if problems else {})}


def model_fn(model_dir: str) -> Model:
    """Loads a model after checking every file against the manifest.

    Raises:
        ArtefactError: A file is missing or is not the one that training wrote.
    """
    manifest = verify_directory(model_dir)
    import joblib

    pipeline = joblib.load(os.path.join(model_dir, "model.joblib"))
    contract = read_contract(os.path.join(model_dir, "contract.json"))
    threshold = manifest.get("threshold")
    return Model(pipeline, contract, threshold["value"] if threshold else None)


def transform_fn(model: Model, body: str | bytes, content_type: str, accept: str) -> Any:
    """Answers one request: `(body, content type)`, or a Flask response for a 4xx."""
    try:
        answer_type = _accepted(accept)
        columns = _columns(_rows(body, content_type, model.contract), model.contract)
        return _render(_score(model, columns), answer_type)
    except Refusal as refusal:
        return _response(refusal)


def _score(model: Model, columns: dict[str, list[Canonical]]) -> list[float]:
    frame = frame_of(columns, model.contract)
    if model.contract.target.kind == "binary":
        return [float(value) for value in model.pipeline.predict_proba(frame)[:, 1]]
    return [float(value) for value in model.pipeline.predict(frame)]


def _rows(body: str | bytes, content_type: str, contract: Contract) -> list[dict[str, Any]]:
    media = (content_type or "application/json").split(";")[0].strip().lower()
    if media not in ("application/json", "text/csv"):
        raise Refusal(
            415, "content_type_unsupported", f"Content type {media} is not supported; send application/json or text/csv."
        )
    try:
        text = body.decode("utf-8-sig") if isinstance(body, (bytes, bytearray)) else body
    except UnicodeDecodeError:
        raise Refusal(400, "not_utf8", "The body is not UTF-8.") from None
    rows = _json_rows(text, contract) if media == "application/json" else _csv_rows(text, contract)
    if not rows:
        raise Refusal(400, "no_rows", "The body holds no rows.")
    return rows


def _json_rows(text: str, contract: Contract) -> list[dict[str, Any]]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Refusal(400, "not_json", f"The body is not JSON: {error}.") from None
    if isinstance(document, dict) and isinstance(document.get("instances"), list):
        document = document["instances"]
    rows = document if isinstance(document, list) else [document]
    if rows and not isinstance(rows[0], (dict, list)) and len(rows) == len(contract.columns):
        rows = [rows]
    read = []
    for number, row in enumerate(rows):
        if isinstance(row, list) and len(row) == len(contract.columns):
            row = dict(zip(contract.features, row))
        if not isinstance(row, dict):
            width = len(contract.columns)
            raise Refusal(400, "row_invalid", f"Row {number} is no object of features and no list of {width} values.")
        read.append(row)
    return read


def _csv_rows(text: str, contract: Contract) -> list[dict[str, Any]]:
    lines = [line for line in csv.reader(io.StringIO(text, newline="")) if line]
    if not lines:
        return []
    header = contract.features
    first = [name.strip(SPACES) for name in lines[0]]
    if set(first) & set(header):
        header, lines = first, lines[1:]
    for number, line in enumerate(lines):
        if len(line) != len(header):
            raise Refusal(400, "field_count", f"Row {number} has {len(line)} fields, not {len(header)}.")
    return [dict(zip(header, line)) for line in lines]


def _columns(rows: list[dict[str, Any]], contract: Contract) -> dict[str, list[Canonical]]:
    """Canonical columns of the rows; raises a refusal that lists what is wrong."""
    problems: list[dict[str, Any]] = []
    columns: dict[str, list[Canonical]] = {}
    for column in contract.columns:
        check = column_check(column, contract.missing)
        values: list[Canonical] = []
        for number, row in enumerate(rows):
            answer = _check_value(check, column.type, row.get(column.name))
            if isinstance(answer, Problem):
                problems.append({"row": number, "column": answer.column, "code": answer.code, "message": answer.message})
            else:
                values.append(answer)
        columns[column.name] = values
    if problems:
        problems.sort(key=lambda problem: problem["row"])
        first = problems[0]
        message = f"{len(problems)} values break the contract; the first, in row {first['row']}: {first['message']}"
        raise Refusal(400, "contract_broken", message, problems[:MOST_PROBLEMS])
    return columns


def _check_value(check: Any, kind: str, value: Any) -> Any:
    if value is None:
        return check("")
    if isinstance(value, bool) and kind == "boolean":
        return int(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if kind == "boolean" and value in (0, 1):
            return int(value)
        return check(repr(value) if math.isfinite(value) else str(value))
    return check(value if isinstance(value, str) else json.dumps(value))


def _accepted(accept: str | None) -> str:
    offered = [part.split(";")[0].strip().lower() for part in (accept or "*/*").split(",")]
    for media in offered:
        if media in ("*/*", "application/*", "application/json", ""):
            return "application/json"
        if media in ("text/csv", "text/*"):
            return "text/csv"
    raise Refusal(406, "accept_unsupported", f"{accept} cannot be answered; accept application/json or text/csv.")


def _render(scores: list[float], media: str) -> tuple[str, str]:
    if media == "text/csv":
        return "".join(f"{score!r}\n" for score in scores), media
    return json.dumps({"predictions": scores}), media


def _response(refusal: Refusal) -> Any:
    from flask import Response

    return Response(json.dumps(refusal.body), status=refusal.status, mimetype="application/json")
