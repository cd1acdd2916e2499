"""Entry of the warm parent: `python host.py --scratch FOLDER [--keep FOLDER]... [--no-fork] [--no-mounts]`.

Standard input carries requests, standard output events, one JSON document a line. Standard error is the parent's own
log. `--job FILE` instead runs one job described by FILE in this interpreter, for systems where forking is unsafe.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from typing import Callable, Mapping, Optional

_WARM_MODULES = (
    "numpy",
    "pandas",
    "scipy.stats",
    "scipy.sparse",
    "scipy.optimize",
    "joblib",
    "sklearn.base",
    "sklearn.calibration",
    "sklearn.compose",
    "sklearn.dummy",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.inspection",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.neural_network",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "csv",
    "hashlib",
    "logging",
    "tarfile",
    "tempfile",
    "uuid",
)


def _import_warm_modules() -> None:
    for name in _WARM_MODULES:
        try:
            importlib.import_module(name)
        except ImportError as error:
            print(f"not warm: {name}: {error}", file=sys.stderr)


def _thread_limiter() -> Optional[Callable[[Mapping[str, str]], None]]:
    """Make the function that sets a job's OpenMP and BLAS pools to what its environment asks for.

    The parent starts with pools of one thread, so that it has no threads to lose when it forks; the libraries have read
    their variables by then, so a job that may use more has its pools grown here.
    """
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    controller = ThreadpoolController()

    def limit(environment: Mapping[str, str]) -> None:
        openmp = _count(environment.get("OMP_NUM_THREADS"), 1)
        blas = _count(environment.get("OPENBLAS_NUM_THREADS"), openmp)
        if (openmp, blas) != (1, 1):
            controller.limit(limits={"openmp": openmp, "blas": blas})

    return limit


def _count(text: Optional[str], otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() and int(text) > 0 else otherwise


def _run_one(order_file: str, packages: list[str]) -> None:
    from sagewright_host import job

    with open(order_file, encoding="utf-8") as file:
        order = json.load(file)
    os.remove(order_file)

    def ready(reason: str) -> None:
        if reason:
            sys.stderr.write(f"{reason}\n")

    job.run(
        order["job"],
        {"isolation": order["isolation"], "keep": order["keep"], "packages": packages, "limit_threads": None},
        ready,
    )


def main() -> None:
    """Run as the warm parent, or as one job."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--scratch")
    arguments.add_argument("--keep", action="append", default=[])
    arguments.add_argument("--no-fork", action="store_true")
    arguments.add_argument("--no-mounts", action="store_true")
    arguments.add_argument("--job")
    options = arguments.parse_args()
    here, packages = sys.path[0], sys.path[1:]
    if options.job:
        _run_one(options.job, packages)
        return

    from sagewright_host import isolation, server

    reader, writer = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    refused = "switched off" if options.no_mounts else isolation.probe(options.scratch)
    if refused is None:
        isolation.enter_private_namespace(options.scratch)
    if not options.no_fork:
        _import_warm_modules()
    host: server.Host = {
        "isolation": "mounts" if refused is None else "paths",
        "keep": [*options.keep, here, sys.prefix, sys.base_prefix],
        "packages": packages,
        "limit_threads": None if options.no_fork else _thread_limiter(),
    }
    ready = {"event": "ready", "isolation": host["isolation"], "reason": refused, "python": sys.version.split()[0]}
    server.tell(writer, ready)
    server.Server(reader, writer, host, fork=not options.no_fork).serve()


if __name__ == "__main__":
    main()
