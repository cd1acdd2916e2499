"""Errors a person can act on, and the one place where a script ends because of one.

A problem with the data or the settings is a `UserError`: it is printed as one sentence, written where SageMaker
looks for a reason (``/opt/ml/output/failure`` for training, ``/opt/ml/output/message`` for processing) and ends
the script with exit code 1, without a traceback. Anything else is a defect and keeps its traceback.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from paths import output_directory

REASON_LIMIT = 1000
"""SageMaker shows the first 1,024 characters; staying below keeps the last sentence whole."""


class UserError(Exception):
    """Something the person who owns the data or the settings can put right.

    Args:
        code: Stable name of the rule that was broken, for example ``target_one_class``.
        message: What was wrong, where, and what was received.
        remedy: What to do about it, one sentence.
    """

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(f"{code}: {message} {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy


class DataError(UserError):
    """The data set as a whole cannot be used."""


class SettingError(UserError):
    """A hyperparameter or an argument is unknown or outside its range."""


class ArtefactError(UserError):
    """A model's files are missing or are not those its manifest lists."""


def run(main: Callable[[list[str]], None], file_name: str) -> None:
    """Runs a script's `main` and turns what it raises into a reason file and an exit code.

    Args:
        main: Receives the command line without the script's name.
        file_name: ``failure`` for training, ``message`` for processing.

    Raises:
        SystemExit: Code 1 when `main` failed.
    """
    try:
        main(sys.argv[1:])
    except UserError as error:
        _record(file_name, str(error))
        print(f"error: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    except Exception as error:
        _record(file_name, f"{type(error).__name__}: {error}")
        traceback.print_exc()
        sys.exit(1)


def _record(file_name: str, reason: str) -> None:
    directory = output_directory()
    try:
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, file_name), "w", encoding="utf-8") as file:
            file.write(reason[:REASON_LIMIT])
    except OSError as error:
        print(f"error: the reason could not be written to {directory}: {error}", file=sys.stderr)
