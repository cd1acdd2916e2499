"""The fallback where private mounts are refused: container paths in text become paths of the host.

Arguments, environment values, the working directory and shell scripts are rewritten; Python files are rewritten as
they are imported, so that their bytes on disk (which may end up in a model archive) stay those of the author.
Literals built at run time (`"/opt" + "/ml"`) are out of reach: that is what private mounts are for.
"""

from __future__ import annotations

import importlib.machinery
import os
import re
from typing import Callable, Sequence

from .isolation import Mount

_SCRIPT_LIMIT_BYTES = 1 << 20

Rewrite = Callable[[str], str]


def rewriter(mounts: Sequence[Mount]) -> Rewrite:
    """Make the function that replaces every mount's target by its source in a text.

    Args:
        mounts: longest targets win.

    Returns:
        A function of text. A target counts only as a whole path component: `/opt/mlops` stays.
    """
    table = {entry["target"]: entry["source"] for entry in mounts}
    targets = "|".join(re.escape(target) for target in sorted(table, key=len, reverse=True))
    if not targets:
        return lambda text: text
    pattern = re.compile(rf"(?<![\w./-])(?:{targets})(?![\w.-])")
    return lambda text: pattern.sub(lambda match: table[match.group(0)], text)


def rewrite_shell_scripts(folders: Sequence[str], rewrite: Rewrite) -> None:
    """Rewrite the job's private copies of shell scripts in place; linked files are shared and left alone."""
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in names:
                if name.endswith(".sh"):
                    _rewrite_file(os.path.join(parent, name), rewrite)


def _rewrite_file(path: str, rewrite: Rewrite) -> None:
    status = os.lstat(path)
    if os.path.islink(path) or status.st_nlink > 1 or status.st_size > _SCRIPT_LIMIT_BYTES:
        return
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        before = file.read()
    after = rewrite(before)
    if after != before:
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(after)


def rewrite_imports(folders: Sequence[str], rewrite: Rewrite) -> None:
    """Rewrite the source of every Python file below `folders` as this process imports it."""
    original = importlib.machinery.SourceFileLoader.get_data
    roots = tuple(os.path.join(folder, "") for folder in folders)

    def get_data(self: importlib.machinery.SourceFileLoader, path: str) -> bytes:
        data = original(self, path)
        if path.endswith(".py") and path.startswith(roots):
            return rewrite(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        return data

    importlib.machinery.SourceFileLoader.get_data = get_data  # type: ignore[method-assign]
