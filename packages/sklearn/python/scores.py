"""What the model said of every row of the test split, so that another model can be compared with it row by row."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FILE = "scores.csv"
DIGEST_BYTES = 8
"""Of a row's digest: enough to tell rows apart, too little to hold anything of them."""


def row_digests(table: bytes) -> list[str]:
    """A digest of each row of a canonical table, of its features and target as they are written."""
    reader = csv.reader(io.StringIO(table.decode("utf-8"), newline=""))
    next(reader)
    return [hashlib.blake2b(repr(row).encode(), digest_size=DIGEST_BYTES).hexdigest() for row in reader if row]


def scores_table(digests: list[str], target: np.ndarray, score: np.ndarray) -> bytes:
    """The file `scores.csv`: `row,label,score` in the order of the test split.

    Numbers are written so that they read back to the same float64; a binary label is 0 or 1. Two models were asked
    about the same rows when the digests agree. No feature is in the file.
    """
    lines = ["row,label,score"]
    lines += [f"{row},{label!r},{value!r}" for row, label, value in zip(digests, target.tolist(), score.tolist())]
    return ("\n".join(lines) + "\n").encode()
