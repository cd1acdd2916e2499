"""Writes a fitted scikit-learn pipeline to predictor.safetensors: plain tensors and a JSON description, no pickle.

The file is what @sagewright/predictor evaluates: bit for bit like scikit-learn for forests. What cannot be exported
exactly is refused with the name of the step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from export_estimators import describe_estimator
from export_format import ExportError, safetensors_bytes
from export_preprocess import Encoding, read_encodings
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

if TYPE_CHECKING:
    from contract import Contract

__all__ = ["FORMAT", "ExportError", "export_predictor", "predictor_bytes"]

FORMAT = 1


def export_predictor(
    pipeline: Any,
    contract: Contract | Mapping[str, Any],
    path: str | Path,
    *,
    task: str,
    threshold: float | None = None,
    metadata: Mapping[str, Any] | None = None,
    background: Any = None,
) -> None:
    """Write a fitted pipeline as a predictor file; the same pipeline always gives the same bytes.

    Args:
        pipeline: A fitted Pipeline of a ColumnTransformer and one supported estimator; imbalanced-learn samplers
            between them are left out, as they are when the pipeline predicts.
        contract: The feature contract, parsed or as the mapping of contract.json; gives each column's type, unit and description.
        path: The file to write.
        task: "binary" (the value is the probability of the second class) or "regression".
        threshold: The probability from which the decision is positive.
        metadata: Anything that JSON can hold, such as a model version; returned as it is by the predictor.
        background: A DataFrame of training features. Linear models and perceptrons are explained against the mean of
            its rows; without it, against the scaler's means and the imputed values.

    Raises:
        ExportError: Something in the pipeline cannot be exported exactly.
    """
    content = predictor_bytes(
        pipeline, contract, task=task, threshold=threshold, metadata=metadata, background=background
    )
    Path(path).write_bytes(content)


def predictor_bytes(
    pipeline: Any,
    contract: Contract | Mapping[str, Any],
    *,
    task: str,
    threshold: float | None = None,
    metadata: Mapping[str, Any] | None = None,
    background: Any = None,
) -> bytes:
    """The bytes that export_predictor writes; arguments and errors are the same."""
    if task not in ("binary", "regression"):
        raise ExportError(f"task {task!r} is not one of binary, regression")
    if threshold is not None and (task != "binary" or not 0.0 <= threshold <= 1.0):
        raise ExportError(f"threshold {threshold!r}: only binary models have one, between 0 and 1")
    preprocess_name, transformer, model_name, model = _parts(pipeline)
    encodings, features = read_encodings(transformer, preprocess_name)
    description, tensors = describe_estimator(model, features, task, model_name)
    if description["kind"] == "layers":
        tensors["reference"] = _reference(transformer, encodings, background)
    document = {
        "format": FORMAT,
        "task": task,
        "threshold": None if threshold is None else float(threshold),
        "columns": _columns(contract, encodings),
        "features": features,
        "encodings": [encoding.to_json() for encoding in encodings],
        "model": description,
        "metadata": dict(metadata or {}),
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=True, allow_nan=False, sort_keys=True)
    return safetensors_bytes(tensors, {"format": f"sagewright.predictor/{FORMAT}", "predictor": text})


def _parts(pipeline: Any) -> tuple[str, ColumnTransformer, str, Any]:
    steps = _flatten(pipeline, "")
    if len(steps) < 2:
        raise ExportError("the pipeline needs a ColumnTransformer and an estimator")
    (preprocess_name, transformer), *between, (model_name, model) = steps
    if not isinstance(transformer, ColumnTransformer):
        raise ExportError(f"step {preprocess_name}: {type(transformer).__name__}; the first step must be a ColumnTransformer")
    for name, step in between:
        # Samplers only act while fitting; a transformer would change what the estimator sees.
        if not hasattr(step, "fit_resample"):
            raise ExportError(f"step {name}: {type(step).__name__} between preprocessing and estimator cannot be exported")
    return preprocess_name, transformer, model_name, model


def _flatten(pipeline: Any, prefix: str) -> list[tuple[str, Any]]:
    if not isinstance(pipeline, Pipeline):
        return [(prefix or type(pipeline).__name__, pipeline)]
    flat: list[tuple[str, Any]] = []
    for name, step in pipeline.steps:
        if step is not None and not (isinstance(step, str) and step == "passthrough"):
            flat.extend(_flatten(step, f"{prefix}.{name}" if prefix else name))
    return flat


def _columns(contract: Contract | Mapping[str, Any], encodings: list[Encoding]) -> list[dict[str, Any]]:
    used = {encoding.column for encoding in encodings}
    columns = contract["columns"] if isinstance(contract, Mapping) else contract.columns
    described = [_description(column) for column in columns]
    unknown = sorted(used - {column["name"] for column in described})
    if unknown:
        raise ExportError(f"the pipeline uses columns that the contract does not name: {', '.join(unknown)}")
    return described


def _description(column: Any) -> dict[str, Any]:
    members = column if isinstance(column, Mapping) else vars(column)
    return {key: members[key] for key in ("name", "type", "unit", "description") if members.get(key)}


def _reference(transformer: ColumnTransformer, encodings: list[Encoding], background: Any) -> np.ndarray:
    if background is None:
        return np.concatenate([encoding.reference() for encoding in encodings])
    encoded = transformer.transform(background)
    return np.asarray(encoded.mean(axis=0), dtype=np.float64).ravel()
