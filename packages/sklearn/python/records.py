"""Reads the records of a delimited text file without losing where each one came from."""

from __future__ import annotations

import csv
import io
import sys
from typing import NamedTuple

from contract import SPACES, Contract
from failure import DataError

DELIMITERS = (",", ";", "\t", "|")


class Records(NamedTuple):
    """A file's header and its records; `lines[i]` is the line on which record i starts (the header is line 1)."""

    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    text: str


def decode(data: bytes, name: str) -> str:
    """The text of a file.

    Raises:
        DataError: file_empty, file_binary or not_utf8.
    """
    if not data.strip():
        raise DataError("file_empty", f"{name} is empty.", "Give a CSV file with a header and rows.")
    if b"\0" in data:
        raise DataError(
            "file_binary",
            f"{name} holds zero bytes at offset {data.index(0)}: it is binary, not text.",
            "Export the table as CSV in UTF-8.",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(
            "not_utf8",
            f"{name} is not UTF-8: byte 0x{data[error.start]:02x} on line {line}.",
            "Save the file in UTF-8.",
        )


def sniff_delimiter(text: str) -> str:
    """The delimiter that the first line with characters uses most outside quotes; a comma when none appears."""
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted = False
    for character in text.lstrip("\r\n"):
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            break
        elif not quoted and character in counts:
            counts[character] += 1
    return max(DELIMITERS, key=lambda delimiter: counts[delimiter])


def read_records(data: bytes, contract: Contract, name: str) -> Records:
    """Splits a file into header and records. Lines without any character are skipped.

    Raises:
        DataError: file_empty, file_binary, not_utf8, header_missing, header_duplicate or no_rows.
    """
    text = decode(data, name)
    delimiter = contract.delimiter or sniff_delimiter(text)
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    lines: list[int] = []
    next_line = 1
    for row in reader:
        if row:
            rows.append(row)
            lines.append(next_line)
        next_line = reader.line_num + 1
    if not rows:
        raise DataError("file_empty", f"{name} is empty.", "Give a CSV file with a header and rows.")
    header = [column.strip(SPACES) for column in rows.pop(0)]
    lines.pop(0)
    _check_header(header, contract, name)
    if not rows:
        raise DataError("no_rows", f"{name} has a header but no rows.", "Give at least a few hundred rows.")
    return Records(header, rows, lines, text)


def raw_lines(records: Records, indices: list[int]) -> dict[int, str]:
    """The original text of some records, without the line break that ends each."""
    if not indices:
        return {}
    lines = list(io.StringIO(records.text, newline=""))
    starts = [*records.lines, len(lines) + 1]
    return {i: "".join(lines[starts[i] - 1 : starts[i + 1] - 1]).rstrip("\r\n") for i in indices}


def _check_header(header: list[str], contract: Contract, name: str) -> None:
    duplicates = sorted({column for column in header if column and header.count(column) > 1})
    if duplicates:
        raise DataError(
            "header_duplicate",
            f"{name} has the column {duplicates[0]!r} {header.count(duplicates[0])} times.",
            "Rename or remove the repeated columns.",
        )
    needed = [*contract.features, contract.target.column, *contract.ids]
    absent = [column for column in needed if column not in header]
    if len(absent) == len(needed):
        raise DataError(
            "header_missing",
            f"The first line of {name} holds none of the {len(needed)} columns of contract {contract.name!r}; it reads "
            f"{', '.join(header)[:120]!r}.",
            "Give the file a header line, or use the contract that describes it.",
        )
    if absent:
        raise DataError(
            "column_missing",
            f"{name} lacks {_listed(absent)}; it has {_listed(header)}.",
            "Add the column, or change the contract.",
        )


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:25])
    return shown if len(names) <= 25 else f"{shown} and {len(names) - 25} more"
