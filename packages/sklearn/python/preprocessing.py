"""Turns canonical columns into the numbers an estimator reads: impute, scale, one-hot.

Everything is scikit-learn's own: a ColumnTransformer whose parts are named after what they do. The one-hot categories
are the contract's, in the contract's order, so that a category which happens to be absent from the training rows keeps
its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import Column, Contract

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer


def build_preprocess(contract: Contract) -> ColumnTransformer:
    """The unfitted transformer of a contract.

    Columns of one kind that are imputed alike share one part: ``numeric_median``, ``boolean_most_frequent``,
    ``category_most_frequent``, ``numeric_constant_0`` and so on, in order of first appearance within numeric, boolean,
    category.
    """
    from sklearn.compose import ColumnTransformer

    parts: dict[tuple[str, str], list[Column]] = {}
    for kind in ("numeric", "boolean", "category"):
        for column in contract.columns:
            if _kind(column) == kind:
                parts.setdefault((kind, _strategy_name(column)), []).append(column)
    transformers = [
        (f"{kind}_{strategy}", _steps(kind, columns), [column.name for column in columns])
        for (kind, strategy), columns in parts.items()
    ]
    return ColumnTransformer(transformers, remainder="drop", sparse_threshold=0, verbose_feature_names_out=False)


def _steps(kind: str, columns: list[Column]) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    impute = SimpleImputer(**_imputer_settings(columns[0]), keep_empty_features=True)
    if kind == "boolean":
        return Pipeline([("impute", impute)])
    if kind == "numeric":
        return Pipeline([("impute", impute), ("scale", StandardScaler())])
    categories = [list(column.categories) for column in columns]
    encode = OneHotEncoder(categories=categories, handle_unknown="ignore", sparse_output=False, dtype="float64")
    return Pipeline([("impute", impute), ("encode", encode)])


def _kind(column: Column) -> str:
    return "numeric" if column.numeric else column.type


def _default_strategy(column: Column) -> str:
    return "median" if column.numeric else "most_frequent"


def _strategy_name(column: Column) -> str:
    if isinstance(column.impute, dict):
        return f"constant_{column.impute['constant']}"
    return column.impute or _default_strategy(column)


def _imputer_settings(column: Column) -> dict[str, Any]:
    if isinstance(column.impute, dict):
        constant = column.impute["constant"]
        if column.type == "boolean":
            constant = float(constant)
        return {"strategy": "constant", "fill_value": constant}
    return {"strategy": column.impute or _default_strategy(column)}
