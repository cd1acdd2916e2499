"""The sentences about values that break the contract: the same words as the TypeScript package's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

SHOWN = 60

SENTENCES = {
    "required_missing": "is missing, and the column is required",
    "not_a_number": "is not a number",
    "not_an_integer": "is not a whole number",
    "below_minimum": "is below the minimum",
    "above_maximum": "is above the maximum",
    "unknown_category": "is not a known category",
    "not_a_boolean": "is neither true nor false",
    "target_missing": "is missing, and a row without an answer teaches nothing",
    "target_unknown": "is neither the positive nor the negative answer",
}


def sentence(code: str, column: str, value: str, allowed: str) -> str:
    """What is wrong with a field, and what to give instead."""
    return f"{column}: {shown(value)} {SENTENCES[code]}. Give {allowed}."


def allowed_values(column: Any) -> str:
    """What a feature accepts: `a whole number from 0 to 400 (months)`."""
    if column.type == "boolean":
        return f"true or false, or {listed([*column.true, *column.false], 6)}"
    if column.type == "category":
        return "any text" if column.unknown == "ignore" else f"one of {listed(column.categories, SHOWN)}"
    kind = "a whole number" if column.type == "integer" else "a number"
    unit = f"({column.unit})" if column.unit else ""
    return " ".join(part for part in (kind, _range(column.minimum, column.maximum), unit) if part)


def allowed_target(target: Any) -> str:
    """What the target accepts."""
    if target.kind == "binary":
        return f"one of {listed([*target.positive, *target.negative], 6)}"
    return " ".join(part for part in ("a number", _range(target.minimum, target.maximum)) if part)


def shown(value: str) -> str:
    """A value as JSON, at most 60 characters."""
    text = json.dumps(value[: SHOWN + 1], ensure_ascii=False)
    return f"{text[:SHOWN]}…" if len(text) > SHOWN else text


def listed(names: Sequence[str], most: int) -> str:
    """Names in a sentence: `"a", "b" and 3 more`."""
    quoted = [json.dumps(name, ensure_ascii=False) for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(quoted)} and {len(names) - most} more"
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}" if len(quoted) > 1 else "".join(quoted)


def _range(minimum: float | None, maximum: float | None) -> str:
    if minimum is not None and maximum is not None:
        return f"from {_number(minimum)} to {_number(maximum)}"
    if minimum is not None:
        return f"of at least {_number(minimum)}"
    return "" if maximum is None else f"of at most {_number(maximum)}"


def _number(value: float) -> str:
    whole = isinstance(value, int) or (value.is_integer() and abs(value) < 1e21)
    return str(int(value)) if whole else repr(value)
