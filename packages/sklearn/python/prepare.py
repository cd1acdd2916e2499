"""Prepare: checks every row against the contract, divides the good ones and fits the preprocessing.

Runs as a ProcessingJob:

    python3 /opt/ml/processing/input/code/prepare.py --seed 42 --train 0.7 --validation 0.15 --test 0.15

Inputs ``input/contract/contract.json`` and one CSV file in ``input/data``; outputs ``train``, ``validation``, ``test``,
``preprocess``, ``quarantine`` and ``report`` under ``/opt/ml/processing/output``.
"""

from __future__ import annotations

import argparse
import math
import os
from collections import Counter
from typing import Any

import artefacts
from contract import Contract, read_contract
from failure import DataError, SettingError, run
from own_columns import OWN_PREFIX, SPLIT, WEIGHT
from paths import processing
from preprocessing import build_preprocess
from quarantine import Checked, check_records, count_by_code, write_quarantine
from records import Records, read_records
from splits import SPLITS, divide, given
from table import frame_of, write_table
from weights import given as given_weights

FORMAT = 1
QUARANTINE_WARNING_SHARE = 0.05


def main(arguments: list[str]) -> None:
    """Runs the step.

    Raises:
        UserError: The data set or an argument cannot be used.
    """
    options = parse_arguments(arguments)
    contract = read_contract(processing("input", "contract", "contract.json"))
    path = find_data(processing("input", "data"))
    with open(path, "rb") as file:
        data = file.read()
    name = os.path.basename(path)
    records = read_records(data, contract, name)
    checked = check_records(records, contract)
    warnings = warn(records, checked, contract)
    check_target(checked, contract, name)
    split = division(records, checked, contract, options, name)
    write_splits(checked, split, weights(records, checked, name), contract)
    write_preprocess(checked, split, contract)
    os.makedirs(processing("output", "quarantine"), exist_ok=True)
    write_quarantine(processing("output", "quarantine", "quarantine.csv"), records, checked.refused)
    report = describe(records, checked, split, contract, warnings, artefacts.sha256(data))
    artefacts.write_json(processing("output", "report", "prepare.json"), report)
    announce(report)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Reads `--seed`, `--train`, `--validation` and `--test`.

    Raises:
        SettingError: The shares do not add up to 1, or one is negative.
    """
    parser = argparse.ArgumentParser(prog="prepare.py", description="Checks, divides and describes a data set.")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--train", type=float, default=0.7)
    parser.add_argument("--validation", type=float, default=0.15)
    parser.add_argument("--test", type=float, default=0.15)
    options = parser.parse_args(arguments)
    shares = [options.train, options.validation, options.test]
    if min(shares) <= 0 or not math.isclose(sum(shares), 1, abs_tol=1e-9):
        raise SettingError(
            "split_shares",
            f"train, validation and test are {shares}, which are not three positive shares of 1.",
            "Give shares such as 0.7, 0.15 and 0.15.",
        )
    return options


def find_data(directory: str) -> str:
    """The one data file of an input directory.

    Raises:
        DataError: data_missing or data_ambiguous.
    """
    names = (
        sorted(name for name in os.listdir(directory) if not name.startswith(".")) if os.path.isdir(directory) else []
    )
    if len(names) != 1:
        raise DataError(
            "data_ambiguous" if names else "data_missing",
            f"{directory} holds {len(names)} files; it must hold exactly one CSV file.",
            "Point the input at one object.",
        )
    return os.path.join(directory, names[0])


def warn(records: Records, checked: Checked, contract: Contract) -> list[dict[str, Any]]:
    """What the owner of the data should know although the job goes on."""
    warnings: list[dict[str, Any]] = []
    known = {*contract.features, *contract.ids, *contract.ignore, contract.target.column}
    extra = [name for name in records.header if name not in known and not name.startswith(OWN_PREFIX)]
    if extra:
        warnings.append(
            {
                "code": "column_unexpected",
                "message": f"Columns the contract does not know are ignored: {', '.join(extra)}.",
                "facts": {"columns": extra},
            }
        )
    share = len(checked.refused) / len(records.rows)
    if share > QUARANTINE_WARNING_SHARE:
        warnings.append(
            {
                "code": "quarantine_large",
                "message": f"{len(checked.refused)} of {len(records.rows)} rows ({share:.1%}) were quarantined.",
                "facts": {"quarantined": len(checked.refused), "rows": len(records.rows)},
            }
        )
    return warnings


def check_target(checked: Checked, contract: Contract, name: str) -> None:
    """Refuses a data set that cannot be learnt from.

    Raises:
        DataError: no_rows or target_one_class.
    """
    column = contract.target.column
    if checked.rows == 0:
        codes = ", ".join(f"{code} {count}" for code, count in count_by_code(checked.refused).items())
        first = checked.refused[0].problem.message
        raise DataError(
            "no_rows",
            f"All {len(checked.refused)} rows of {name} were quarantined ({codes}). The first: {first}",
            "Correct the file or the contract.",
        )
    if contract.target.kind == "binary" and len(set(checked.target)) == 1:
        only = "positive" if checked.target[0] == 1 else "negative"
        raise DataError(
            "target_one_class",
            f"Every usable row of {name} has a {only} {column}: there is nothing to tell apart.",
            "Give data with both outcomes, or correct the contract's positive and negative values.",
        )


def division(
    records: Records, checked: Checked, contract: Contract, options: argparse.Namespace, name: str
) -> list[str]:
    """The split of each usable row: as the data says where it says so, else stratified by the target."""
    kind = contract.target.kind
    fractions = [getattr(options, part) for part in SPLITS]
    names = own_column(records, checked, SPLIT)
    if names is not None:
        return given(names, checked.target, kind=kind, fractions=fractions, file=name)
    features = [checked.values[feature] for feature in contract.features]
    return divide(features, checked.target, kind=kind, fractions=fractions, seed=options.seed)


def weights(records: Records, checked: Checked, name: str) -> list[float] | None:
    """How much each usable row counts in training; None where the data does not say it."""
    texts = own_column(records, checked, WEIGHT)
    return None if texts is None else given_weights(texts, name)


def own_column(records: Records, checked: Checked, column: str) -> list[str] | None:
    """What a column beside the contract's says of each usable row; None where there is no such column."""
    if column not in records.header:
        return None
    place = records.header.index(column)
    refused = {item.index for item in checked.refused}
    return [row[place] for index, row in enumerate(records.rows) if index not in refused]


def write_splits(checked: Checked, split: list[str], weights: list[float] | None, contract: Contract) -> None:
    """Writes the three canonical tables. Weights stand in the one to train on, after the target."""
    header = [*contract.features, contract.target.column]
    columns = [*(checked.values[name] for name in contract.features), checked.target]
    for part in SPLITS:
        own = [weights] if part == "train" and weights is not None else []
        members = (row for row, name in zip(zip(*columns, *own), split) if name == part)
        write_table(processing("output", part, f"{part}.csv"), [*header, *([WEIGHT] if own else [])], members)


def write_preprocess(checked: Checked, split: list[str], contract: Contract) -> None:
    """Fits imputer, scaler and one-hot encoder on the training rows only, and saves them beside the contract."""
    training = {
        name: [value for value, part in zip(values, split) if part == "train"]
        for name, values in checked.values.items()
    }
    preprocess = build_preprocess(contract).fit(frame_of(training, contract))
    artefacts.write_bytes(processing("output", "preprocess", "preprocess.joblib"), artefacts.dump_fitted(preprocess))
    artefacts.write_bytes(processing("output", "preprocess", "contract.json"), contract.source)


def describe(
    records: Records,
    checked: Checked,
    split: list[str],
    contract: Contract,
    warnings: list[dict[str, Any]],
    digest: str,
) -> dict[str, Any]:
    """The document `prepare.json`."""
    sizes = Counter(split)
    report: dict[str, Any] = {
        "format": FORMAT,
        "contract": {"name": contract.name, "sha256": artefacts.sha256(contract.source)},
        "rows": {"read": len(records.rows), "accepted": checked.rows, "quarantined": len(checked.refused)},
        "byCode": count_by_code(checked.refused),
        "splits": {part: {"rows": sizes[part]} for part in SPLITS},
        "warnings": warnings,
        "sha256": digest,
    }
    if contract.target.kind == "binary":
        positives = Counter(part for part, value in zip(split, checked.target) if value == 1)
        for part in SPLITS:
            report["splits"][part]["positives"] = positives[part]
    return report


def announce(report: dict[str, Any]) -> None:
    """Prints the step's outcome, one fact a line."""
    rows = report["rows"]
    print(f"rows={rows['read']} accepted={rows['accepted']} quarantined={rows['quarantined']}")
    for code, count in report["byCode"].items():
        print(f"quarantined:{code}={count}")
    for part, facts in report["splits"].items():
        print(f"split:{part}={facts['rows']}")
    for warning in report["warnings"]:
        print(f"warning: {warning['code']}: {warning['message']}")


if __name__ == "__main__":
    run(main, "message")
