"""The canonical table: what prepare writes and what train, evaluate and the endpoint read.

Header: the features in contract order, then the target. Numbers are written so that they read back to the same
float64, booleans as 1 and 0, categories as their text, missing values as empty fields.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from contract import Canonical, Contract
from failure import DataError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def write_table(path: str, header: Sequence[str], rows: Iterable[Sequence[Canonical]]) -> None:
    """Writes rows of canonical values."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_table(path: str, contract: Contract) -> tuple[pd.DataFrame, np.ndarray]:
    """Reads a canonical table.

    Returns:
        The features as a data frame (float64 columns, and object columns for categories with NaN for missing), and
        the target as int64 for a binary target and float64 for a regression.

    Raises:
        DataError: column_missing or no_rows, when the file is not one that prepare wrote for this contract.
    """
    import pandas as pd

    target = contract.target.column
    types: dict[str, Any] = {c.name: object if c.type == "category" else "float64" for c in contract.columns}
    types[target] = "int64" if contract.target.kind == "binary" else "float64"
    try:
        frame = pd.read_csv(
            path, dtype=types, keep_default_na=False, na_values=[""], float_precision="round_trip", encoding="utf-8"
        )
    except FileNotFoundError:
        raise DataError("split_missing", f"There is no file {path}.", "Pass the outputs of Prepare as inputs.")
    except ValueError as error:
        raise DataError("split_invalid", f"{path} is not a canonical table: {error}.", "Use the file Prepare wrote.")
    absent = [name for name in (*contract.features, target) if name not in frame.columns]
    if absent:
        raise DataError(
            "column_missing", f"{path} lacks {', '.join(absent)}.", "Use the file Prepare wrote for this contract."
        )
    if frame.empty:
        raise DataError("no_rows", f"{path} has no rows.", "Use the file Prepare wrote for this contract.")
    return frame[contract.features], frame[target].to_numpy()


def frame_of(rows: dict[str, list[Canonical]], contract: Contract) -> pd.DataFrame:
    """A data frame from columns of canonical values, with the same types as `read_table`."""
    import numpy as np
    import pandas as pd

    columns: dict[str, Any] = {}
    for column in contract.columns:
        values = rows[column.name]
        if column.type == "category":
            columns[column.name] = np.array([np.nan if v is None else v for v in values], dtype=object)
        else:
            columns[column.name] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
    return pd.DataFrame(columns, columns=contract.features)
