"""Serves the model in the scikit-learn container: rows in, probabilities (or predicted numbers) out.

Accepts ``application/json`` (a list of objects, ``{"instances": [...]}`` or one object; lists of values follow the
contract's order) and ``text/csv`` (with a header of feature names, or without one in the contract's order). Answers
``application/json`` as ``{"predictions": [...]}`` or ``text/csv`` with one number a line. A request that cannot be
read or breaks the contract is answered with a 4xx that names the row and the rule; ``application/x-npy`` is refused,
because reading it may run code.
"""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from artefacts import load_fitted, read_bytes, verify_directory
from contract import Contract, read_contract
from request import Columns, Refusal, read_request
from table import frame_of


class Model(NamedTuple):
    """What `model_fn` loads."""

    pipeline: Any
    contract: Contract


def model_fn(model_dir: str) -> Model:
    """Loads a model after checking every file against the manifest.

    Raises:
        ArtefactError: A file is missing or is not the one that training wrote.
    """
    verify_directory(model_dir)
    contract = read_contract(os.path.join(model_dir, "contract.json"))
    return Model(load_fitted(read_bytes(os.path.join(model_dir, "model.joblib"))), contract)


def transform_fn(model: Model, body: str | bytes, content_type: str, accept: str) -> Any:
    """Answers one request: `(body, content type)`, or a Flask response for a 4xx.

    One function instead of input_fn, predict_fn and output_fn, because the container turns what those raise into a 500.
    """
    try:
        media = _answer_type(accept)
        return _render(predict(model, read_request(body, content_type, model.contract)), media)
    except Refusal as refusal:
        from flask import Response

        return Response(json.dumps(refusal.body), status=refusal.status, mimetype="application/json")


def predict(model: Model, columns: Columns) -> list[float]:
    """Probabilities of the positive outcome, or predicted numbers."""
    frame = frame_of(columns, model.contract)
    if model.contract.target.kind == "binary":
        return [float(value) for value in model.pipeline.predict_proba(frame)[:, 1]]
    return [float(value) for value in model.pipeline.predict(frame)]


def _answer_type(accept: str | None) -> str:
    for part in (accept or "*/*").split(","):
        media = part.split(";")[0].strip().lower()
        if media in ("*/*", "application/*", "application/json", ""):
            return "application/json"
        if media in ("text/csv", "text/*"):
            return "text/csv"
    raise Refusal(406, "accept_unsupported", f"{accept} cannot be answered. Accept application/json or text/csv.")


def _render(scores: list[float], media: str) -> tuple[str, str]:
    if media == "text/csv":
        return "".join(f"{score!r}\n" for score in scores), media
    return json.dumps({"predictions": scores}), media
