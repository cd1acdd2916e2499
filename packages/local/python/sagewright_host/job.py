"""One job, from the fork to its last breath. Everything here runs in the job's own process."""

from __future__ import annotations

import atexit
import io
import os
import random
import runpy
import signal
import sys
import threading
import time
import types
from typing import Any, Callable, Mapping, NoReturn, Optional, Sequence, TypedDict

from . import isolation
from .command import PythonRun, python_run, shadows_loaded_module
from .isolation import Mount
from .rewriting import rewrite_imports, rewrite_shell_scripts, rewriter


class Job(TypedDict):
    """What Node asks for; see ContainerSpec in src/jobs/runtime.ts."""

    argv: list[str]
    environment: dict[str, str]
    workingDirectory: str
    logFile: str
    mounts: list[Mount]
    temporary: str


class Host(TypedDict):
    """What the parent knows and a job needs."""

    isolation: str
    keep: list[str]
    packages: list[str]
    limit_threads: Optional[Callable[[Mapping[str, str]], None]]


NOT_FOUND, NOT_EXECUTABLE = 127, 126


def run(job: Job, host: Host, ready: Callable[[str], None]) -> NoReturn:
    """Become the job: take its view of the file system, its streams, environment and command. Never returns.

    Args:
        job: what to run.
        host: facts about the parent.
        ready: called exactly once, with an empty text when the job's code is about to run, else with the reason why
            it cannot.
    """
    try:
        job = _enter(job, host)
        run_here = python_run(job["argv"], job["environment"])
        import_path = _import_path(job, run_here, host) if run_here else []
        if run_here and shadows_loaded_module([entry for entry in import_path if entry not in host["packages"]]):
            run_here = None
        _settle_process_state(job, host)
    except BaseException as error:  # noqa: BLE001 - reported to the parent, which tells Node
        ready(f"{type(error).__name__}: {error}")
        os._exit(NOT_EXECUTABLE)
    ready("")
    if run_here is None:
        _replace(job["argv"], job["environment"])
    _run_python(run_here, import_path)


def _enter(job: Job, host: Host) -> Job:
    os.umask(0o022)
    if host["isolation"] == "mounts":
        isolation.show(job["mounts"])
        # A program given by its path (a package overlay's interpreter) stays visible together with its folder.
        program = [os.path.dirname(os.path.dirname(job["argv"][0]))] if os.path.isabs(job["argv"][0]) else []
        isolation.hide_temporary(job["temporary"], [*host["keep"], *program])
    else:
        job = _rewritten(job)
    os.chdir(job["workingDirectory"])
    return job


def _rewritten(job: Job) -> Job:
    rewrite = rewriter(job["mounts"])
    folders = [mount["source"] for mount in job["mounts"]]
    rewrite_shell_scripts(folders, rewrite)
    rewrite_imports(folders, rewrite)
    environment = {name: rewrite(value) for name, value in job["environment"].items()}
    environment["TMPDIR"] = job["temporary"]
    environment["SAGEMAKER_BASE_DIR"] = rewrite(isolation.ML_ROOT)
    return {
        **job,
        "argv": [rewrite(argument) for argument in job["argv"]],
        "environment": environment,
        "workingDirectory": rewrite(job["workingDirectory"]),
    }


def _import_path(job: Job, python: PythonRun, host: Host) -> list[str]:
    first = ""
    if python.kind == "script":
        first = os.path.dirname(os.path.abspath(python.target))
    elif python.kind == "module":
        first = os.getcwd()
    listed = [entry for entry in job["environment"].get("PYTHONPATH", "").split(os.pathsep) if entry]
    return [first, *listed, *host["packages"]]


def _settle_process_state(job: Job, host: Host) -> None:
    os.environ.clear()
    os.environ.update(job["environment"])
    time.tzset()
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    if host["limit_threads"] is not None:
        host["limit_threads"](job["environment"])
    _prefer_to_be_killed_for_memory()


def _prefer_to_be_killed_for_memory() -> None:
    """When memory runs out, the kernel ends a job and not the embedded cloud."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("500")
    except OSError:
        pass


def _replace(argv: Sequence[str], environment: dict[str, str]) -> NoReturn:
    try:
        os.execvpe(argv[0], list(argv), environment)
    except FileNotFoundError:
        os.write(2, f'exec: "{argv[0]}": executable file not found in $PATH\n'.encode())
        os._exit(NOT_FOUND)
    except OSError as error:
        os.write(2, f'exec: "{argv[0]}": {error.strerror}\n'.encode())
        os._exit(NOT_EXECUTABLE)


def _run_python(python: PythonRun, import_path: list[str]) -> NoReturn:
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.__stdout__ = _unbuffered(1, "strict")
    sys.stderr = sys.__stderr__ = _unbuffered(2, "backslashreplace")
    sys.argv = python.argv
    sys.path[:] = import_path
    sys.path_importer_cache.clear()
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    code = 0
    try:
        _execute(python, main)
    except SystemExit as leaving:
        code = _exit_code(leaving)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException as error:  # noqa: BLE001 - exactly what the interpreter's own top level does
        error.__traceback__ = _users_part(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        code = 1
    os._exit(_finish(code))


def _unbuffered(descriptor: int, errors: str) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "w", closefd=False)
    name = "<stdout>" if descriptor == 1 else "<stderr>"
    stream = io.TextIOWrapper(raw, encoding="utf-8", errors=errors, write_through=True)  # type: ignore[type-var]
    stream.mode = "w"  # type: ignore[misc]
    raw.name = name
    return stream


def _execute(python: PythonRun, main: types.ModuleType) -> None:
    if python.kind == "module":
        runpy.run_module(python.target, run_name="__main__", alter_sys=True)
        return
    if python.kind == "code":
        exec(compile(python.target, "<string>", "exec"), main.__dict__)
        return
    path = os.path.abspath(python.target)
    if os.path.isdir(path):
        runpy.run_path(path, run_name="__main__")
        return
    import importlib.machinery

    loader = importlib.machinery.SourceFileLoader("__main__", path)
    try:
        source = loader.get_data(path)
    except OSError as error:
        message = f"{sys.executable}: can't open file {path!r}: [Errno {error.errno}] {error.strerror}\n"
        sys.stderr.write(message)
        raise SystemExit(2) from None
    main.__dict__.update(__file__=path, __loader__=loader, __spec__=None, __cached__=None, __package__=None)
    exec(compile(source, path, "exec", dont_inherit=True), main.__dict__)


def _users_part(trace: Any) -> Any:
    """Drop the frames of this file from the top of a traceback, so that it reads as from a plain interpreter."""
    while trace is not None and trace.tb_frame.f_code.co_filename in (__file__, runpy.__file__, "<frozen runpy>"):
        trace = trace.tb_next
    return trace


def _exit_code(leaving: SystemExit) -> int:
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code & 0xFF
    sys.stderr.write(f"{leaving.code}\n")
    return 1


def _finish(code: int) -> int:
    """What the interpreter does at its end, in its order: wait for threads, exit functions, flush."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    except SystemExit as leaving:
        code = _exit_code(leaving)
    except BaseException as error:  # noqa: BLE001 - a failing exit function does not stop the others' output
        sys.excepthook(type(error), error, error.__traceback__)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or 120
    return code
