"""Container paths in text, where private mounts are refused."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

from sagewright_host.rewriting import rewrite_shell_scripts, rewriter  # noqa: E402

MOUNTS = [
    {"source": "/home/u/jobs/a/opt-ml", "target": "/opt/ml", "readOnly": False},
    {"source": "/data", "target": "/opt/ml/input/data/lazy", "readOnly": True},
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/opt/ml", "/home/u/jobs/a/opt-ml"),
        ("/opt/ml/model", "/home/u/jobs/a/opt-ml/model"),
        ("a=/opt/ml/model:/opt/ml/code", "a=/home/u/jobs/a/opt-ml/model:/home/u/jobs/a/opt-ml/code"),
        ('open("/opt/ml/input/data/lazy/x")', 'open("/data/x")'),
        ("/opt/mlops", "/opt/mlops"),
        ("/opt/ml-old", "/opt/ml-old"),
        ("/srv/opt/ml", "/srv/opt/ml"),
        ("", ""),
    ],
)
def test_replaces_whole_path_components(text: str, expected: str) -> None:
    assert rewriter(MOUNTS)(text) == expected


def test_without_mounts_nothing_changes() -> None:
    assert rewriter([])("/opt/ml") == "/opt/ml"


def test_rewrites_own_scripts_and_leaves_shared_and_other_files(tmp_path: Path) -> None:
    for name in ("own.sh", "shared.sh", "notes.txt"):
        (tmp_path / name).write_text("cd /opt/ml\n")
    os.link(tmp_path / "shared.sh", tmp_path / "link.sh")
    rewrite_shell_scripts([str(tmp_path)], rewriter(MOUNTS))
    assert (tmp_path / "own.sh").read_text() == "cd /home/u/jobs/a/opt-ml\n"
    assert (tmp_path / "shared.sh").read_text() == "cd /opt/ml\n"
    assert (tmp_path / "notes.txt").read_text() == "cd /opt/ml\n"
