"""Serves the model in the scikit-learn container: rows in, probabilities (or predicted numbers) out.

Accepts ``application/json`` (a list of objects, ``{"instances": [...]}`` or one object; lists of values follow the
contract's order), ``text/csv`` (with a header of feature names, or without one in the contract's order), and rows that
a preprocessing Lambda has transformed already (see features.py), on which only the estimator is applied. Answers
``application/json`` as ``{"predictions": [...]}`` or ``text/csv`` with one number a line. A request that cannot be
read or breaks the contract is answered with a 4xx that names the row and the rule; ``application/x-npy`` is refused,
because reading it may run code.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from artefacts import MANIFEST, load_fitted, read_bytes, sha256, verify_directory
from contract import Contract, read_contract
from features import is_features, read_features
from request import Columns, Refusal, read_request
from table import frame_of

if TYPE_CHECKING:
    import numpy as np


class Model(NamedTuple):
    """What `model_fn` loads."""

    pipeline: Any
    contract: Contract
    digest: str
    """SHA-256 of manifest.json, the model's identity in the registry."""
    width: int
    """How many features the estimator sees."""


def model_fn(model_dir: str) -> Model:
    """Loads a model after checking every file against the manifest.

    Raises:
        ArtefactError: A file is missing or is not the one that training wrote.
    """
    verify_directory(model_dir)
    contract = read_contract(os.path.join(model_dir, "contract.json"))
    pipeline = load_fitted(read_bytes(os.path.join(model_dir, "model.joblib")))
    digest = sha256(read_bytes(os.path.join(model_dir, MANIFEST)))
    return Model(pipeline, contract, digest, len(pipeline[0].get_feature_names_out()))


def transform_fn(model: Model, body: str | bytes, content_type: str, accept: str) -> Any:
    """Answers one request: `(body, content type)`, or a Flask response for a 4xx.

    One function instead of input_fn, predict_fn and output_fn, because the container turns what those raise into a 500.
    """
    try:
        media = _answer_type(accept)
        if is_features(content_type):
            scores = estimate(model, read_features(body, content_type, model.digest, model.width))
        else:
            scores = predict(model, read_request(body, content_type, model.contract))
        return _render(scores, media)
    except Refusal as refusal:
        from flask import Response

        return Response(json.dumps(refusal.body), status=refusal.status, mimetype="application/json")


def predict(model: Model, columns: Columns) -> list[float]:
    """Probabilities of the positive outcome, or predicted numbers."""
    return _scores(model, model.pipeline, frame_of(columns, model.contract))


def estimate(model: Model, features: np.ndarray) -> list[float]:
    """The same for transformed rows: the pipeline without its first step."""
    return _scores(model, model.pipeline[1:], features)


def _scores(model: Model, fitted: Any, rows: Any) -> list[float]:
    if model.contract.target.kind == "binary":
        return [float(value) for value in fitted.predict_proba(rows)[:, 1]]
    return [float(value) for value in fitted.predict(rows)]


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
