"""Which command lines a warm interpreter may run itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

from sagewright_host import command  # noqa: E402

FOLDER = os.path.dirname(sys.executable)
PATH = {"PATH": f"{FOLDER}:/usr/bin"}


@pytest.mark.parametrize(
    ("argv", "kind", "target", "rest"),
    [
        (["python3", "train.py", "--a", "1"], "script", "train.py", ["train.py", "--a", "1"]),
        (["python3", "-u", "x.py"], "script", "x.py", ["x.py"]),
        (["python3", "-m", "pkg.train", "-a"], "module", "pkg.train", ["-m", "-a"]),
        (["python3", "-c", "print(1)", "b"], "code", "print(1)", ["-c", "b"]),
        ([os.path.join(FOLDER, "python3"), "x.py"], "script", "x.py", ["x.py"]),
    ],
)
def test_runs_this_environments_python_itself(argv: list[str], kind: str, target: str, rest: list[str]) -> None:
    run = command.python_run(argv, PATH)
    assert run is not None
    assert (run.kind, run.target, run.argv) == (kind, target, rest)


@pytest.mark.parametrize(
    ("argv", "environment"),
    [
        (["/bin/bash", "run.sh"], {}),
        (["/usr/local/elsewhere/bin/python3", "x.py"], {}),
        (["python3"], {}),
        (["python3", "-O", "x.py"], {}),
        (["python3", "x.py"], {"PATH": "/usr/bin"}),
        (["python3", "x.py"], {"PYTHONOPTIMIZE": "1"}),
        (["python3", "x.py"], {"LD_PRELOAD": "libx.so"}),
        (["python2", "x.py"], {}),
    ],
)
def test_leaves_everything_else_to_a_new_process(argv: list[str], environment: dict[str, str]) -> None:
    assert command.python_run(argv, {**PATH, **environment}) is None


def test_finds_a_file_that_a_fresh_interpreter_would_import_instead(tmp_path: Path) -> None:
    assert command.shadows_loaded_module([str(tmp_path), str(tmp_path / "absent")]) is None
    (tmp_path / "train.py").touch()
    (tmp_path / "json").mkdir()
    assert command.shadows_loaded_module([str(tmp_path)]) is None, "a folder without __init__.py does not win"
    (tmp_path / "json" / "__init__.py").touch()
    assert command.shadows_loaded_module([str(tmp_path)]) == "json"


def test_a_module_built_into_the_interpreter_is_never_shadowed(tmp_path: Path) -> None:
    (tmp_path / "sys.py").touch()
    assert command.shadows_loaded_module([str(tmp_path)]) is None
