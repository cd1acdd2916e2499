"""A small made-up data set with every kind of column and gaps in it."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

from contracts import binary, category, contract, flag, number

COLUMNS = [
    number("age", "integer", 0, 120),
    {**number("spend", "number", None), "impute": "mean"},
    {**number("calls", "integer"), "impute": {"constant": 0}},
    flag("autopay", "yes", "no"),
    {**category("plan", "basic", "plus", "gold"), "unknown": "ignore"},
    {**category("region", "north", "south", "west"), "impute": {"constant": "north"}},
]
BINARY: dict[str, Any] = contract(
    "synthetic", binary("left", "yes", "no"), COLUMNS, id=["customer"], segments=["plan", "age"]
)
REGRESSION: dict[str, Any] = contract(
    "synthetic-value", {"column": "value", "kind": "regression"}, COLUMNS, id=["customer"]
)


def table(rows: int, seed: int = 0, gaps: float = 0.05) -> bytes:
    """A CSV with both targets."""
    source = random.Random(seed)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["customer", "age", "spend", "calls", "autopay", "plan", "region", "left", "value"])
    for customer in range(rows):
        age, spend, calls = source.randint(18, 90), source.gauss(50, 20), source.randint(0, 9)
        autopay, plan = source.random() < 0.5, source.choice(["basic", "plus", "gold", "legacy"])
        region = source.choice(["north", "south", "west"])
        risk = 0.4 * calls - 1.5 * autopay - 0.02 * spend + (plan == "basic")
        left = source.random() < 1 / (1 + 2.718281828 ** (1.5 - risk))
        cells: list[Any] = [age, round(spend, 2), calls, "yes" if autopay else "no", plan, region]
        cells = ["" if source.random() < gaps else cell for cell in cells]
        value = 100 + 3 * spend - 20 * calls + source.gauss(0, 10)
        writer.writerow([customer, *cells, "yes" if left else "no", round(value, 3)])
    return buffer.getvalue().encode()
