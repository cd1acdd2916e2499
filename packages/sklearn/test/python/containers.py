"""Runs the container's scripts as SageMaker does: a fresh process, its own base directory, files in and files out."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import runpy
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(
    ["sklearn.ensemble", "sklearn.compose", "sklearn.neural_network", "sklearn.linear_model", "pandas"]
)
SCRIPTS = Path(__file__).resolve().parents[2] / "python"


@dataclass
class Outcome:
    """How a script ended and where its files are."""

    code: int
    stdout: str
    stderr: str
    base: Path

    @property
    def reason(self) -> str:
        """What the script wrote for SageMaker to show."""
        for name in ("failure", "message"):
            path = self.base / "output" / name
            if path.exists():
                return path.read_text()
        return ""

    def output(self, *parts: str) -> Path:
        """A file under /opt/ml/processing/output."""
        return self.base.joinpath("processing", "output", *parts)

    def json(self, *parts: str) -> Any:
        """A JSON file under /opt/ml/processing/output."""
        return json.loads(self.output(*parts).read_text())


def run_script(name: str, base: Path, arguments: list[str], environment: dict[str, str] | None = None) -> Outcome:
    """Runs a script with nothing in its environment but the base directory.

    Without a further environment it runs in a fork of a process that has only imported the libraries, as in the
    embedded cloud; with one (PYTHONHASHSEED acts at start only) in a fresh interpreter.
    """
    clean = {
        "SAGEMAKER_BASE_DIR": str(base),
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
    }
    base.mkdir(parents=True, exist_ok=True)
    stdout, stderr = base / "stdout.txt", base / "stderr.txt"
    command = [str(SCRIPTS / name), *arguments]
    if environment is None:
        process = WARM.Process(target=_be_the_script, args=(command, clean, str(stdout), str(stderr)))
        process.start()
        process.join()
        code = process.exitcode
    else:
        with stdout.open("w") as out, stderr.open("w") as err:
            run = subprocess.run(
                [sys.executable, *command], env={**clean, **environment}, stdout=out, stderr=err, cwd="/", check=False
            )
        code = run.returncode
    return Outcome(-1 if code is None else code, stdout.read_text(), stderr.read_text(), base)


def _be_the_script(command: list[str], environment: dict[str, str], stdout: str, stderr: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir("/")
    for stream, path in ((1, stdout), (2, stderr)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, stream)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    sys.argv = command
    sys.path[:] = [str(SCRIPTS), *(path for path in sys.path if path not in (str(SCRIPTS), str(Path(__file__).parent)))]
    runpy.run_path(command[0], run_name="__main__")


def prepare(base: Path, contract: dict[str, Any], data: bytes, *arguments: str) -> Outcome:
    """Runs prepare.py on a data file."""
    for part in ("contract", "data"):
        (base / "processing" / "input" / part).mkdir(parents=True, exist_ok=True)
    (base / "processing/input/contract/contract.json").write_text(json.dumps(contract))
    (base / "processing/input/data/data.csv").write_bytes(data)
    return run_script("prepare.py", base, list(arguments))


def train(base: Path, prepared: Outcome, hyperparameters: dict[str, Any], **options: Any) -> Outcome:
    """Runs train.py on what prepare.py wrote, with arguments as SageMaker's toolkit makes them."""
    for channel in ("train", "validation", "preprocess"):
        target = base / "input" / "data" / channel
        if not target.exists():
            shutil.copytree(prepared.output(channel), target)
    arguments: list[str] = []
    for name in sorted(hyperparameters):
        value = hyperparameters[name]
        arguments += [f"-{name}" if len(name) == 1 else f"--{name}", "" if value is None else str(value)]
    return run_script("train.py", base, arguments, options.get("environment"))


def archive(trained: Outcome, path: Path) -> Path:
    """Packs /opt/ml/model the way the platform does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        tar.add(trained.base / "model", arcname=".")
    return path


def evaluate(base: Path, prepared: Outcome, trained: Outcome, *arguments: str) -> Outcome:
    """Runs evaluate.py on a trained model and the test split."""
    inputs = base / "processing" / "input"
    archive(trained, inputs / "model" / "model.tar.gz")
    for part in ("train", "test"):
        shutil.copytree(prepared.output(part), inputs / part)
    return run_script("evaluate.py", base, list(arguments))


def digests(directory: Path) -> dict[str, str]:
    """SHA-256 of every file under a directory."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }
