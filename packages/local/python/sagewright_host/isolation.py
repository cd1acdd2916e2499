"""Private file-system views: each job sees its own /opt/ml and /tmp at their real names.

The parent enters a mount namespace of its own once, before it imports anything, and makes sure that /opt/ml exists
there. A job then takes a copy of that namespace and binds its folders: two system calls a folder, well under a
millisecond. Nothing is visible to the rest of the machine, and root is not needed where user namespaces are allowed.
"""

from __future__ import annotations

import os
import sys
from typing import Sequence, TypedDict


class Mount(TypedDict):
    """One folder of the host shown to a job at `target`."""

    source: str
    target: str
    readOnly: bool


ML_ROOT = "/opt/ml"


def enter_private_namespace(scratch: str) -> None:
    """Give this process its own mount namespace with an empty /opt/ml to mount on.

    Args:
        scratch: an existing folder in which a mount point may be made for a moment.

    Raises:
        OSError: when this system does not allow it; the process may then be in a half-made namespace and must not be
            used for mounts (probe in a child first).
    """
    from . import linux

    user, group = os.getuid(), os.getgid()
    try:
        linux.unshare(linux.CLONE_NEWNS)
    except PermissionError:
        linux.unshare(linux.CLONE_NEWUSER | linux.CLONE_NEWNS)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"0 {user} 1")
        _write("/proc/self/gid_map", f"0 {group} 1")
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_SLAVE)
    if not os.path.isdir(ML_ROOT):
        _add_folder_below_opt(scratch)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _add_folder_below_opt(scratch: str) -> None:
    """Put a small file system on /opt that shows everything /opt held, and the folder ml."""
    from . import linux

    aside = os.path.join(scratch, f"opt-{os.getpid()}")
    os.mkdir(aside)
    try:
        linux.mount("/opt", aside, None, linux.MS_BIND | linux.MS_REC)
        linux.mount("sagewright", "/opt", "tmpfs", 0, "mode=755,size=1m")
        for entry in os.scandir(aside):
            target = os.path.join("/opt", entry.name)
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), target)
            elif entry.is_dir():
                os.mkdir(target)
                linux.mount(entry.path, target, None, linux.MS_BIND | linux.MS_REC)
            elif entry.is_file():
                _write(target, "")
                linux.mount(entry.path, target, None, linux.MS_BIND)
        os.mkdir(ML_ROOT)
        linux.unmount(aside)
    finally:
        os.rmdir(aside)


def probe(scratch: str) -> str | None:
    """Try, in a child that ends at once, what a job needs.

    Returns:
        None when private mounts work, else the reason why they do not.
    """
    if not sys.platform.startswith("linux"):
        return f"{sys.platform} has no mount namespaces"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            enter_private_namespace(scratch)
            show([{"source": scratch, "target": ML_ROOT, "readOnly": False}])
            os.write(writer, b"ok")
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the answer
            os.write(writer, str(error).encode()[:500])
        finally:
            os._exit(0)
    os.close(writer)
    answer = b""
    while chunk := os.read(reader, 512):
        answer += chunk
    os.close(reader)
    os.waitpid(child, 0)
    return None if answer == b"ok" else answer.decode(errors="replace") or "the probe ended without an answer"


def show(mounts: Sequence[Mount]) -> None:
    """Give the calling job a namespace of its own and bind `mounts` in order.

    Raises:
        OSError: when a source does not exist or the kernel refuses.
    """
    from . import linux

    linux.unshare(linux.CLONE_NEWNS)
    for entry in mounts:
        linux.mount(entry["source"], entry["target"], None, linux.MS_BIND | linux.MS_REC)
        if entry["readOnly"]:
            linux.mount("none", entry["target"], None, linux.MS_BIND | linux.MS_REMOUNT | linux.MS_RDONLY)


def hide_temporary(folder: str, keep: Sequence[str]) -> None:
    """Show `folder` as /tmp, with the folders of `keep` that lie below the real /tmp still at their names.

    Args:
        folder: the job's own temporary folder.
        keep: absolute paths the job needs (interpreter, packages, product code); those elsewhere are ignored.

    Raises:
        OSError: when the kernel refuses.
    """
    from . import linux

    held: list[tuple[str, int]] = []
    for path in sorted({os.path.realpath(path) for path in keep} | set(keep)):
        if path.startswith("/tmp/") and os.path.isdir(path):
            held.append((path, os.open(path, os.O_PATH | os.O_CLOEXEC)))
    linux.mount(folder, "/tmp", None, linux.MS_BIND)
    for path, handle in held:
        os.makedirs(path, exist_ok=True)
        linux.mount(f"/proc/self/fd/{handle}", path, None, linux.MS_BIND | linux.MS_REC)
        os.close(handle)
