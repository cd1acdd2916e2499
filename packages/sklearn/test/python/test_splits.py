"""The division into train, validation and test."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from failure import DataError
from splits import divide

SHARES = [0.7, 0.15, 0.15]


def columns(rows: int, seed: int = 0) -> tuple[list[list[float]], list[int]]:
    """Two features with many repeated rows, and a target."""
    source = random.Random(seed)
    features = [[float(source.randint(0, 60)) for _ in range(rows)], [float(source.randint(0, 8)) for _ in range(rows)]]
    return features, [int(source.random() < 0.2) for _ in range(rows)]


def test_equal_rows_never_straddle_splits() -> None:
    features, target = columns(3000)
    split = divide(features, target, kind="binary", fractions=SHARES, seed=42)
    home: dict[tuple[float, ...], set[str]] = {}
    for row, name in zip(zip(*features), split):
        home.setdefault(row, set()).add(name)
    assert len(home) < 600
    assert all(len(names) == 1 for names in home.values())


def test_shares_and_rates_are_kept() -> None:
    features, target = columns(10_000)
    features.append([float(i) for i in range(10_000)])
    split = divide(features, target, kind="binary", fractions=SHARES, seed=42)
    sizes = Counter(split)
    assert {name: sizes[name] for name in ("train", "validation", "test")} == {
        "train": 7000,
        "validation": 1500,
        "test": 1500,
    }
    for name in sizes:
        rate = sum(t for t, part in zip(target, split) if part == name) / sizes[name]
        assert rate == pytest.approx(sum(target) / 10_000, abs=0.001)


def test_the_division_depends_on_rows_and_seed_not_on_order() -> None:
    features, target = columns(500)
    features.append([float(i) for i in range(500)])
    first = divide(features, target, kind="binary", fractions=SHARES, seed=1)
    order = random.Random(9).sample(range(500), 500)
    shuffled = [[column[i] for i in order] for column in features]
    second = divide(shuffled, [target[i] for i in order], kind="binary", fractions=SHARES, seed=1)
    assert [first[i] for i in order] == second
    assert divide(features, target, kind="binary", fractions=SHARES, seed=2) != first


def test_a_row_stays_where_it_is_when_rows_are_added() -> None:
    features, target = columns(4000)
    features.append([float(i) for i in range(4000)])
    before = divide([column[:3800] for column in features], target[:3800], kind="binary", fractions=SHARES, seed=1)
    after = divide(features, target, kind="binary", fractions=SHARES, seed=1)
    moved = sum(a != b for a, b in zip(before, after))
    assert moved < 0.02 * 3800


def test_numbers_are_divided_by_tenths_of_the_target() -> None:
    source = random.Random(3)
    target = [source.expovariate(1) for _ in range(2000)]
    split = divide([[float(i) for i in range(2000)]], target, kind="regression", fractions=SHARES, seed=1)
    top = sorted(range(2000), key=lambda i: target[i])[-200:]
    assert Counter(split[i] for i in top) == {"train": 140, "validation": 30, "test": 30}


def test_every_split_has_both_classes_as_long_as_there_are_three_of_each() -> None:
    target = [1, 1, 1] + [0] * 97
    split = divide([[float(i) for i in range(100)]], target, kind="binary", fractions=SHARES, seed=1)
    assert sorted(split[:3]) == ["test", "train", "validation"]


def test_too_few_rows_of_a_class_are_refused() -> None:
    target = [1, 1] + [0] * 98
    with pytest.raises(DataError, match="split would have no positive rows, of 100 usable rows"):
        divide([[float(i) for i in range(100)]], target, kind="binary", fractions=SHARES, seed=1)
