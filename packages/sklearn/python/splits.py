"""Divides rows into train, validation and test: stratified by target, equal rows together, the same on every run.

Rows are ordered inside each stratum by a keyed hash of their features, so the division depends on the seed and on
what the rows say, not on their order in the file: a row that was in the test split stays very nearly always in it when
rows are added, which keeps a retrained challenger from having learnt the champion's test rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from contract import Canonical
from failure import DataError
from own_columns import SPLIT

SPLITS = ("train", "validation", "test")
STRATA_OF_A_NUMBER = 10


def divide(
    features: Sequence[Sequence[Canonical]],
    target: Sequence[float],
    *,
    kind: str,
    fractions: Sequence[float],
    seed: int,
) -> list[str]:
    """Assigns each row to a split.

    Args:
        features: Columns of canonical values, each as long as `target`.
        target: 0 or 1 for ``binary``, numbers for ``regression``.
        kind: ``binary`` or ``regression``.
        fractions: Shares of train, validation and test; they add up to 1.
        seed: Chooses the division.

    Returns:
        ``train``, ``validation`` or ``test`` for each row.

    Raises:
        DataError: too_few_rows, when a split would lack a class, or rows altogether.
    """
    groups: dict[bytes, list[int]] = {}
    key = f"{seed}".encode()
    for index, row in enumerate(zip(*features)):
        digest = hashlib.blake2b(repr(row).encode(), digest_size=12, key=key).digest()
        groups.setdefault(digest, []).append(index)

    strata: dict[int, list[tuple[bytes, list[int]]]] = {}
    strata_of = _classes(target) if kind == "binary" else _deciles(target)
    for digest in sorted(groups):
        members = groups[digest]
        strata.setdefault(max(strata_of[i] for i in members), []).append((digest, members))

    split = [""] * len(target)
    for stratum in sorted(strata):
        members = [rows for _, rows in strata[stratum]]
        for rows, name in zip(members, _assign([len(rows) for rows in members], fractions)):
            for row in rows:
                split[row] = name
    _check(split, target, kind, fractions)
    return split


def given(
    names: Sequence[str], target: Sequence[float], *, kind: str, fractions: Sequence[float], file: str
) -> list[str]:
    """The division that a data set brings along in its column `sagewright_split`, such as one that follows time.

    Args:
        names: What the column says of each row.
        target: As for `divide`.
        kind: As for `divide`.
        fractions: Splits whose share is above 0 must have rows.
        file: What messages call the data set.

    Returns:
        ``train``, ``validation`` or ``test`` for each row.

    Raises:
        DataError: split_unknown for another word, or too_few_rows.
    """
    split = [name.strip() for name in names]
    unknown = next((name for name in split if name not in SPLITS), None)
    if unknown is not None:
        raise DataError(
            "split_unknown",
            f"{file} says {unknown[:40]!r} in {SPLIT}, which is none of {', '.join(SPLITS)}.",
            f"Name a split in every row, or leave the column {SPLIT} out.",
        )
    _check(split, target, kind, fractions)
    return split


def _classes(target: Sequence[float]) -> list[int]:
    return [int(value) for value in target]


def _deciles(target: Sequence[float]) -> list[int]:
    order = sorted(range(len(target)), key=lambda i: target[i])
    decile = [0] * len(target)
    for rank, index in enumerate(order):
        decile[index] = rank * STRATA_OF_A_NUMBER // len(target)
    return decile


def _assign(sizes: list[int], fractions: Sequence[float]) -> list[str]:
    """Walks the groups and gives each the split in which the middle of its rows falls."""
    total = sum(sizes)
    bounds = (fractions[0], fractions[0] + fractions[1])
    names: list[str] = []
    before = 0
    for size in sizes:
        middle = (before + size / 2) / total
        names.append(SPLITS[0] if middle < bounds[0] else SPLITS[1] if middle < bounds[1] else SPLITS[2])
        before += size
    wanted = [name for name, fraction in zip(SPLITS, fractions) if fraction > 0]
    if len(names) >= len(wanted):
        for name in wanted:
            if name not in names:
                largest = max(wanted, key=names.count)
                names[len(names) - 1 - names[::-1].index(largest)] = name
    return names


def _check(split: list[str], target: Sequence[float], kind: str, fractions: Sequence[float]) -> None:
    for name, fraction in zip(SPLITS, fractions):
        if fraction == 0:
            continue
        values = [target[i] for i, part in enumerate(split) if part == name]
        lacking = None
        if len(values) < 2:
            lacking = f"{len(values)} rows"
        elif kind == "binary" and len(set(values)) < 2:
            lacking = f"no {'negative' if values[0] == 1 else 'positive'} rows"
        if lacking:
            raise DataError(
                "too_few_rows",
                f"The {name} split would have {lacking}, of {len(target)} usable rows.",
                "Give more rows of the rarer outcome, or larger shares for the small splits.",
            )
