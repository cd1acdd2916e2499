"""The feature contract: the one description of the data, and the checks a row must pass.

`contract.json` (format 1) is written by the TypeScript package and read here by prepare, train, evaluate and the
endpoint. The checks are the same ones that the TypeScript package applies to a request: the fixtures in
``test/parity/fixtures/contract`` run through both.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Union

from failure import ArtefactError
from wording import allowed_target, allowed_values, sentence

FORMAT = 1
SPACES = "\t\n\v\f\r \u00a0"
"""What is trimmed from a value: ASCII white space and the no-break space (Python's own `strip` takes more)."""

NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
LARGEST_EXACT_INTEGER = 2**53

Canonical = Union[float, int, str, None]
"""A value as the model reads it; None is missing. (Spelt with Union for the Python 3.9 of the oldest image.)"""


class Problem(NamedTuple):
    """Why a row is refused: the rule's code, the column, the value received and a sentence."""

    code: str
    column: str
    value: str
    message: str


class Target(NamedTuple):
    """The column to predict."""

    column: str
    kind: str
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    minimum: float | None
    maximum: float | None


@dataclass(frozen=True)
class Column:
    """One feature. `type` is number, integer, boolean or category."""

    name: str
    type: str
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    unknown: str = "refuse"
    impute: str | dict[str, Any] | None = None
    unit: str = ""
    description: str = ""

    @property
    def numeric(self) -> bool:
        """Whether canonical values are measured, not named."""
        return self.type in ("number", "integer")


@dataclass(frozen=True)
class Contract:
    """A parsed `contract.json`; `source` keeps its bytes so that copies are identical."""

    name: str
    target: Target
    columns: tuple[Column, ...]
    ids: tuple[str, ...]
    ignore: tuple[str, ...]
    segments: tuple[str, ...]
    missing: frozenset[str]
    delimiter: str | None
    source: bytes = field(repr=False, default=b"")

    @property
    def features(self) -> list[str]:
        """Names of the features in model order."""
        return [column.name for column in self.columns]


def parse_contract(source: bytes) -> Contract:
    """Reads the bytes of a `contract.json`.

    Raises:
        ArtefactError: The document is no JSON, or of a newer format.
    """
    try:
        document = json.loads(source)
    except ValueError as error:
        raise ArtefactError("contract_invalid", f"contract.json is not JSON: {error}.", "Compile the pipeline again.")
    if document.get("format") != FORMAT:
        raise ArtefactError(
            "contract_format",
            f"contract.json has format {document.get('format')!r}; this code reads format {FORMAT}.",
            "Use the code that was published together with the contract.",
        )
    target = document["target"]
    return Contract(
        name=document["name"],
        target=Target(
            column=target["column"],
            kind=target["kind"],
            positive=tuple(target.get("positive", ())),
            negative=tuple(target.get("negative", ())),
            minimum=target.get("minimum"),
            maximum=target.get("maximum"),
        ),
        columns=tuple(_column(entry) for entry in document["columns"]),
        ids=tuple(document.get("id", ())),
        ignore=tuple(document.get("ignore", ())),
        segments=tuple(document.get("segments", ())),
        missing=frozenset(document.get("missing", [""])) | {""},
        delimiter=document.get("csv", {}).get("delimiter"),
        source=source,
    )


def read_contract(path: str) -> Contract:
    """Reads a contract from a file.

    Raises:
        ArtefactError: The file is missing or cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return parse_contract(file.read())
    except FileNotFoundError:
        raise ArtefactError("contract_missing", f"There is no contract at {path}.", "Pass contract.json as an input.")


def _column(entry: dict[str, Any]) -> Column:
    return Column(
        name=entry["name"],
        type=entry["type"],
        required=entry.get("required", False),
        minimum=entry.get("minimum"),
        maximum=entry.get("maximum"),
        true=tuple(entry.get("true", ())),
        false=tuple(entry.get("false", ())),
        categories=tuple(entry.get("categories", ())),
        unknown=entry.get("unknown", "refuse"),
        impute=entry.get("impute"),
        unit=entry.get("unit", ""),
        description=entry.get("description", ""),
    )


Check = Callable[[str], Union[Canonical, "Problem"]]


def column_check(column: Column, missing: frozenset[str]) -> Check:
    """The check of one feature: text in, canonical value or `Problem` out. Pure, so callers may remember answers."""
    convert = {"number": _number, "integer": _number, "boolean": _boolean, "category": _category}[column.type]
    allowed = allowed_values(column)

    def check(raw: str) -> Canonical | Problem:
        value = raw.strip(SPACES)
        if value not in missing:
            answer = convert(column, value)
            if not isinstance(answer, Broken):
                return answer
            code = answer.code
        elif column.required:
            code = "required_missing"
        else:
            return None
        return Problem(code, column.name, raw, sentence(code, column.name, raw, allowed))

    return check


def target_check(target: Target, missing: frozenset[str]) -> Check:
    """The check of the target: 1 or 0 for a binary target, the number for a regression."""
    outcomes = {**dict.fromkeys(target.negative, 0), **dict.fromkeys(target.positive, 1)}
    allowed = allowed_target(target)

    def check(raw: str) -> Canonical | Problem:
        value = raw.strip(SPACES)
        if value in outcomes:
            return outcomes[value]
        if value in missing:
            code = "target_missing"
        elif target.kind == "binary":
            code = "target_unknown"
        else:
            answer = _bounded(value, target.minimum, target.maximum)
            if not isinstance(answer, Broken):
                return answer
            code = answer.code
        return Problem(code, target.column, raw, sentence(code, target.column, raw, allowed))

    return check


def parse_number(text: str) -> float | None:
    """The number that `text` spells, or None. Digits with optional sign, fraction and exponent; finite as float64."""
    if NUMBER.fullmatch(text) is None:
        return None
    number = float(text)
    return number if math.isfinite(number) else None


class Broken(NamedTuple):
    """The code of the rule that a value breaks."""

    code: str


def _number(column: Column, value: str) -> Canonical | Broken:
    number = _bounded(value, column.minimum, column.maximum)
    if column.type == "number" or isinstance(number, Broken):
        return number
    if not number.is_integer():
        return Broken("not_an_integer")
    return int(number) if abs(number) < LARGEST_EXACT_INTEGER else number


def _bounded(value: str, minimum: float | None, maximum: float | None) -> float | Broken:
    number = parse_number(value)
    if number is None:
        return Broken("not_a_number")
    if minimum is not None and number < minimum:
        return Broken("below_minimum")
    if maximum is not None and number > maximum:
        return Broken("above_maximum")
    return number


def _boolean(column: Column, value: str) -> Canonical | Broken:
    return 1 if value in column.true else 0 if value in column.false else Broken("not_a_boolean")


def _category(column: Column, value: str) -> Canonical | Broken:
    return value if column.unknown == "ignore" or value in column.categories else Broken("unknown_category")
