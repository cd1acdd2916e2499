"""Separates the rows a model may learn from and the rows that break the contract, and says why for each."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from contract import SPACES, Canonical, Contract, Problem, column_check, target_check
from records import Records, raw_lines
from wording import listed


class Refused(NamedTuple):
    """One refused record: its index among the file's records, and the first problem found."""

    index: int
    problem: Problem


@dataclass(frozen=True)
class Checked:
    """Accepted rows in file order, column by column (`values` by feature name), their targets, and the refused."""

    values: dict[str, list[Canonical]]
    target: list[float | int]
    rows: int
    refused: list[Refused]


def check_records(records: Records, contract: Contract) -> Checked:
    """Applies the contract to every record.

    Columns are checked as wholes and answers remembered per distinct text, which makes the cost that of the distinct
    values. A row's first problem, in the order of the contract's columns and then the target, is the one reported.
    """
    width = len(records.header)
    problems: dict[int, Problem] = {}
    whole: list[int] = []
    for index, row in enumerate(records.rows):
        if len(row) == width:
            whole.append(index)
        else:
            problems[index] = Problem(
                "field_count",
                "",
                str(len(row)),
                f"The row has {len(row)} fields. Give {width} fields, as many as the header; a value that contains the "
                "separator or a line end needs quotes.",
            )
    table = list(zip(*(records.rows[i] for i in whole))) if whole else [()] * width
    position = {name: i for i, name in enumerate(records.header)}

    checks = [(column.name, column_check(column, contract.missing)) for column in contract.columns]
    checks.append((contract.target.column, target_check(contract.target, contract.missing)))
    canonical: dict[str, list[Canonical | Problem]] = {}
    for name, check in checks:
        texts = table[position[name]]
        answers = {text: check(text) for text in dict.fromkeys(texts)}
        canonical[name] = [answers[text] for text in texts]
        bad = {text for text, answer in answers.items() if isinstance(answer, Problem)}
        if bad:
            for index, text in zip(whole, texts):
                if text in bad:
                    problems.setdefault(index, answers[text])

    _check_ids(records, contract, position, problems)
    kept = [i for i, index in enumerate(whole) if index not in problems]
    return Checked(
        values={name: [canonical[name][i] for i in kept] for name in contract.features},
        target=[canonical[contract.target.column][i] for i in kept],
        rows=len(kept),
        refused=[Refused(index, problems[index]) for index in sorted(problems)],
    )


def _check_ids(records: Records, contract: Contract, position: dict[str, int], problems: dict[int, Problem]) -> None:
    """Finds repeated ids: equal content keeps the first row, different content refuses every row of that id.

    Content is the features and the target; ignored columns such as a row number may differ between copies. Rows that
    broke a rule of their own take part and keep that reason.
    """
    if not contract.ids:
        return
    content = [position[name] for name in (*contract.features, contract.target.column)]
    width = len(records.header)
    whole = [index for index, row in enumerate(records.rows) if len(row) == width]
    places = [position[name] for name in contract.ids]
    columns = [[records.rows[index][place].strip(SPACES) for index in whole] for place in places]
    keys = list(zip(*columns))
    if len(set(keys)) == len(keys):
        return
    seen: dict[tuple[str, ...], list[int]] = {}
    for index, key in zip(whole, keys):
        seen.setdefault(key, []).append(index)
    label = ", ".join(contract.ids)
    for key, indices in seen.items():
        if len(indices) == 1 or all(value in contract.missing for value in key):
            continue
        shown = ", ".join(key)
        contents = {tuple(records.rows[index][place].strip(SPACES) for place in content) for index in indices}
        if len(contents) == 1:
            first = records.lines[indices[0]]
            for index in indices[1:]:
                problems.setdefault(
                    index,
                    Problem(
                        "duplicate_row",
                        label,
                        shown,
                        f"{label}: {shown} repeats line {first}, which is kept. Give each id once.",
                    ),
                )
        else:
            lines = listed([str(records.lines[index]) for index in indices], 5).replace('"', "")
            for index in indices:
                problems.setdefault(
                    index,
                    Problem(
                        "duplicate_id",
                        label,
                        shown,
                        f"{label}: {shown} has different content on lines {lines}. Keep the right one.",
                    ),
                )


def write_quarantine(path: str, records: Records, refused: list[Refused]) -> None:
    """Writes the refused records with their original text, one line each."""
    originals = raw_lines(records, [item.index for item in refused])
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["line", "code", "column", "value", "message", "record"])
        for index, problem in refused:
            writer.writerow(
                [records.lines[index], problem.code, problem.column, problem.value, problem.message, originals[index]]
            )


def count_by_code(refused: list[Refused]) -> dict[str, int]:
    """How many rows were refused for each reason."""
    return dict(sorted(Counter(item.problem.code for item in refused).items()))
