"""Decides how a command line is run: in this warm interpreter, or by replacing it."""

from __future__ import annotations

import os
import re
import sys
from typing import Mapping, NamedTuple, Optional, Sequence


class PythonRun(NamedTuple):
    """A command line that this interpreter can run itself."""

    kind: str
    """`script`, `module` or `code`."""
    target: str
    """Path of the script, name of the module, or the code."""
    argv: list[str]
    """`sys.argv` as Python would set it."""


_PYTHON = re.compile(r"^python(3(\.\d+)?)?$")
_HARMLESS_FLAGS = {"-u", "-B", "-s"}
_IMAGE_PYTHON_SETTINGS = {
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONIOENCODING",
    "PYTHONPATH",
    "PYTHONHASHSEED",
    "PYTHONUTF8",
}


def python_run(argv: Sequence[str], environment: Mapping[str, str]) -> Optional[PythonRun]:
    """Recognise a command that starts this very environment's Python.

    Args:
        argv: the whole command line.
        environment: the job's environment variables.

    Returns:
        What to run, or None when the command is something else, uses interpreter options that only a fresh
        interpreter can honour, or sets variables that act before the first line of Python runs.
    """
    if not _is_this_python(argv[0], environment) or _needs_fresh_interpreter(environment):
        return None
    rest = list(argv[1:])
    while rest and rest[0] in _HARMLESS_FLAGS:
        rest.pop(0)
    if not rest:
        return None
    if rest[0] == "-m" and len(rest) > 1:
        return PythonRun("module", rest[1], ["-m", *rest[2:]])
    if rest[0] == "-c" and len(rest) > 1:
        return PythonRun("code", rest[1], ["-c", *rest[2:]])
    if rest[0].startswith("-"):
        return None
    return PythonRun("script", rest[0], rest)


def _is_this_python(command: str, environment: Mapping[str, str]) -> bool:
    folder = os.path.dirname(sys.executable)
    if os.path.isabs(command):
        return os.path.dirname(command) == folder and bool(_PYTHON.match(os.path.basename(command)))
    if not _PYTHON.match(command) or not os.path.exists(os.path.join(folder, command)):
        return False
    return environment.get("PATH", "").split(os.pathsep)[0] == folder


def _needs_fresh_interpreter(environment: Mapping[str, str]) -> bool:
    return any(
        name.startswith("LD_") or (name.startswith("PYTHON") and name not in _IMAGE_PYTHON_SETTINGS)
        for name in environment
    )


def shadows_loaded_module(folders: Sequence[str]) -> Optional[str]:
    """Find a file in the job's import folders that a fresh interpreter would have imported instead of a warm module.

    Args:
        folders: what comes before the environment's packages on the job's `sys.path`.

    Returns:
        The module's name, or None when the warm modules are exactly those a fresh interpreter would find.
    """
    for folder in folders:
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        for entry in entries:
            name, extension = os.path.splitext(entry.name)
            if name not in sys.modules or name in sys.builtin_module_names or name == "__main__":
                continue
            if extension in (".py", ".so") or os.path.exists(os.path.join(entry.path, "__init__.py")):
                return name
    return None
