"""Makes the container's modules importable and says where the public data sets are."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "python")]
ROOT = HERE.parents[3]
FIXTURES = ROOT / "test" / "parity" / "fixtures" / "contract"


def _data_directory() -> Path | None:
    candidates = [os.environ.get("SAGEWRIGHT_TEST_DATA"), str(ROOT.parent / "shared" / "data")]
    return next((Path(path) for path in candidates if path and Path(path).is_dir()), None)


@pytest.fixture(scope="session")
def data_set() -> Callable[[str], bytes]:
    """Reads a public data set by file name; the test is left out, with the reason, where the sets are absent."""
    directory = _data_directory()

    def read(name: str) -> bytes:
        if directory is None:
            pytest.skip("public data sets are absent: set SAGEWRIGHT_TEST_DATA to their folder")
        return (directory / name).read_bytes()

    return read
