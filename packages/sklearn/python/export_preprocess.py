"""Reads the structure of a fitted ColumnTransformer: which column becomes which model features, through what numbers.

Nothing about the pipeline is assumed: every transformer is either understood exactly or refused by name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from export_format import ExportError
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


@dataclass
class Encoding:
    """How one input column becomes one or more model features.

    ``kind`` "number" gives ``((value or fill) - mean) / scale`` in float64; "category" gives one 0/1 feature per
    category, except the ``dropped`` one. ``output`` is the first feature's index, ``width`` the number of features.
    """

    column: str
    kind: str = "number"
    output: int = 0
    width: int = 1
    fill: float | str | None = None
    mean: float = 0.0
    scale: float = 1.0
    categories: list[str] = field(default_factory=list)
    dropped: int | None = None
    unknown: str = "ignore"

    def to_json(self) -> dict[str, Any]:
        """The entry of the predictor file's ``encodings`` list."""
        common = {"column": self.column, "kind": self.kind, "output": self.output, "fill": self.fill}
        if self.kind == "number":
            return {**common, "mean": self.mean, "scale": self.scale}
        return {**common, "categories": self.categories, "dropped": self.dropped, "unknown": self.unknown}

    def reference(self) -> np.ndarray:
        """The features of a typical row: the training mean where a scaler knows it, the imputed value otherwise."""
        if self.kind == "number":
            typical = self.mean if self.scale != 1.0 or self.mean != 0.0 or self.fill is None else self.fill
            return np.array([(float(typical) - self.mean) / self.scale])
        kept = [name for position, name in enumerate(self.categories) if position != self.dropped]
        return np.array([1.0 if name == self.fill else 0.0 for name in kept])


def read_encodings(transformer: ColumnTransformer, step: str) -> tuple[list[Encoding], int]:
    """Describe a fitted ColumnTransformer.

    Args:
        transformer: The fitted transformer; it must have seen a DataFrame (columns are known by name).
        step: Its name in the pipeline, for messages.

    Returns:
        The encodings in output order, and the number of features they make.

    Raises:
        ExportError: A transformer or one of its settings cannot be exported exactly.
    """
    names = getattr(transformer, "feature_names_in_", None)
    if names is None:
        raise ExportError(f"step {step}: fitted on an array without column names. Fit the pipeline on a DataFrame.")
    encodings: list[Encoding] = []
    output = 0
    for name, fitted, columns in transformer.transformers_:
        if isinstance(fitted, str) and fitted == "drop":
            continue
        block = _read_block(fitted, _column_names(columns, names), f"{step}.{name}")
        start = output
        for encoding in block:
            encoding.output = output
            output += encoding.width
        declared = transformer.output_indices_[name]
        if (declared.start, declared.stop) != (start, output):
            raise ExportError(
                f"step {step}.{name}: makes features {declared.start} to {declared.stop}, read as {start} to {output}"
            )
        encodings.extend(block)
    if output == 0:
        raise ExportError(f"step {step}: makes no features")
    return encodings, output


def _column_names(columns: Any, names: np.ndarray) -> list[str]:
    if isinstance(columns, str):
        return [columns]
    if isinstance(columns, slice):
        if isinstance(columns.start, str) or isinstance(columns.stop, str):
            raise ExportError(f"columns {columns}: a slice by name; list the columns instead")
        return [str(name) for name in names[columns]]
    chosen = np.atleast_1d(np.asarray(columns))
    if chosen.size == 0:
        return []
    return [str(name) for name in (chosen if chosen.dtype.kind in "UOS" and isinstance(chosen[0], str) else names[chosen])]


def _read_block(fitted: Any, columns: list[str], where: str) -> list[Encoding]:
    block = [Encoding(column) for column in columns]
    scaled = False
    for name, transformer in _steps(fitted, where):
        if isinstance(transformer, SimpleImputer):
            if scaled:
                raise ExportError(f"step {name}: imputes after scaling. Put the imputer first.")
            block = _impute(transformer, block, name)
        elif isinstance(transformer, StandardScaler):
            if scaled:
                raise ExportError(f"step {name}: scales twice. Keep one StandardScaler.")
            _scale(transformer, block)
            scaled = True
        elif isinstance(transformer, OneHotEncoder):
            if scaled:
                raise ExportError(f"step {name}: encodes scaled values. Give the encoder the categories themselves.")
            _encode(transformer, block, name)
        else:
            raise ExportError(
                f"step {name}: {type(transformer).__name__} cannot be exported exactly. "
                "Use SimpleImputer, StandardScaler and OneHotEncoder."
            )
    for encoding in block:
        if encoding.kind == "number" and encoding.fill is not None:
            encoding.fill = _finite(encoding.fill, f"step {where}: column {encoding.column} is imputed with")
    return block


def _steps(fitted: Any, where: str) -> list[tuple[str, Any]]:
    if isinstance(fitted, Pipeline):
        nested = [_steps(step, f"{where}.{name}") for name, step in fitted.steps]
        return [step for steps in nested for step in steps]
    is_identity = fitted is None or (isinstance(fitted, str) and fitted == "passthrough")
    # scikit-learn 1.9 keeps a fitted "passthrough" as an identity FunctionTransformer.
    is_identity = is_identity or (type(fitted).__name__ == "FunctionTransformer" and fitted.func is None)
    return [] if is_identity else [(where, fitted)]


def _impute(imputer: SimpleImputer, block: list[Encoding], where: str) -> list[Encoding]:
    if imputer.add_indicator:
        raise ExportError(f"step {where}: add_indicator=True cannot be exported. Leave the indicator out.")
    if not _is_missing(imputer.missing_values):
        raise ExportError(f"step {where}: missing_values={imputer.missing_values!r}; only NaN or None mark a missing value")
    kept: list[Encoding] = []
    for encoding, fill in zip(block, imputer.statistics_, strict=True):
        if _is_missing(fill):
            # Without any observed value the column has no statistic, and the imputer leaves it out.
            continue
        if encoding.fill is None:
            encoding.fill = fill if isinstance(fill, str) else _finite(fill, f"step {where}: fills {encoding.column} with")
        kept.append(encoding)
    return kept


def _scale(scaler: StandardScaler, block: list[Encoding]) -> None:
    for position, encoding in enumerate(block):
        encoding.mean = 0.0 if not scaler.with_mean else float(scaler.mean_[position])
        encoding.scale = 1.0 if not scaler.with_std else float(scaler.scale_[position])


def _encode(encoder: OneHotEncoder, block: list[Encoding], where: str) -> None:
    if encoder.handle_unknown not in ("ignore", "error"):
        raise ExportError(f"step {where}: handle_unknown={encoder.handle_unknown!r}. Use handle_unknown='ignore'.")
    if encoder.min_frequency is not None or encoder.max_categories is not None:
        raise ExportError(f"step {where}: min_frequency and max_categories group categories. Leave them unset.")
    dropped = encoder.drop_idx_ if encoder.drop_idx_ is not None else [None] * len(block)
    for encoding, categories, drop in zip(block, encoder.categories_, dropped, strict=True):
        for category in categories:
            if not isinstance(category, str):
                raise ExportError(f"step {where}: category {category!r} of {encoding.column} is not text")
        if encoding.kind == "category":
            raise ExportError(f"step {where}: encodes {encoding.column} twice")
        encoding.kind = "category"
        encoding.categories = [str(category) for category in categories]
        encoding.dropped = None if drop is None else int(drop)
        encoding.width = len(encoding.categories) - (encoding.dropped is not None)
        encoding.unknown = "ignore" if encoder.handle_unknown == "ignore" else "refuse"
        if not isinstance(encoding.fill, str):
            # An imputer that saw no value fills with the number 0, which is none of the categories.
            encoding.fill = None


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, (float, np.floating)) and math.isnan(value)) or str(value) == "<NA>"


def _finite(value: Any, what: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ExportError(f"{what} {value!r}, which is no number") from error
    if not math.isfinite(number):
        raise ExportError(f"{what} {number!r}, which is not finite")
    return number
