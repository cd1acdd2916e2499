"""An interrupted forest goes on where it was and ends up the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pytest
import synthetic
from checkpoint import fingerprint, fit_forest
from containers import SCRIPTS, digests, prepare, train
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier


def rows() -> tuple[np.ndarray, np.ndarray]:
    """A small problem."""
    random = np.random.RandomState(0)
    features = random.normal(size=(400, 5))
    return features, (features[:, 0] + random.normal(size=400) > 0.5).astype(int)


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesRegressor])
def test_a_resumed_forest_is_the_forest_grown_at_once(kind: type, tmp_path: Path) -> None:
    features, target = rows()
    weights = {"class_weight": "balanced"} if kind is RandomForestClassifier else {}
    at_once = kind(n_estimators=90, random_state=3, **weights).fit(features, target)
    partial = kind(n_estimators=40, random_state=3, warm_start=True, **weights)
    partial.fit(features, target)
    identity = fingerprint({"n_estimators": "90"}, features, target)
    joblib.dump(partial, tmp_path / f"forest-{identity}.joblib")
    resumed = fit_forest(kind(n_estimators=90, random_state=3, **weights), features, target, str(tmp_path), identity)
    assert resumed.n_estimators == 90 and resumed.warm_start is False
    answer = "predict_proba" if kind is RandomForestClassifier else "predict"
    np.testing.assert_array_equal(getattr(resumed, answer)(features), getattr(at_once, answer)(features))
    assert list(tmp_path.iterdir()) == []


def test_other_data_or_settings_have_another_fingerprint() -> None:
    features, target = rows()
    one = fingerprint({"max_depth": "3"}, features, target)
    assert one != fingerprint({"max_depth": "4"}, features, target)
    assert one != fingerprint({"max_depth": "3"}, features + 1e-12, target)
    assert one != fingerprint({"max_depth": "3"}, features, 1 - target)


def test_a_torn_checkpoint_is_named_and_training_starts_again(tmp_path: Path) -> None:
    prepared = prepare(tmp_path / "p", synthetic.BINARY, synthetic.table(300))
    (tmp_path / "t" / "checkpoints").mkdir(parents=True)
    first = train(tmp_path / "t", prepared, {"n_estimators": 60, "checkpoint_seconds": 0})
    saved = [line for line in first.stdout.splitlines() if line.startswith("checkpoint: saved")]
    assert saved == ["checkpoint: saved 25 of 60 trees", "checkpoint: saved 50 of 60 trees"]
    assert first.code == 0
    identity = fingerprint_of(tmp_path / "t", prepared)
    (tmp_path / "t" / "checkpoints" / identity).write_bytes(b"torn")
    again = train(tmp_path / "t", prepared, {"n_estimators": 60, "checkpoint_seconds": 0})
    assert again.code == 0
    assert "warning: checkpoint_unreadable" in again.stdout
    assert digests(again.base / "model") == digests(first.base / "model")


def fingerprint_of(base: Path, prepared: object) -> str:
    """The name of the checkpoint that a run with these settings writes, found by stopping such a run."""
    process = start(base)
    for line in process.stdout or ():
        if line.startswith("checkpoint: saved"):
            process.kill()
            break
    process.wait()
    return next(path.name for path in (base / "checkpoints").iterdir() if path.suffix == ".joblib")


def start(base: Path, *more: str) -> subprocess.Popen[str]:
    """A training job in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(SCRIPTS / "train.py"), "--checkpoint_seconds", "0", "--n_estimators", "60", *more],
        env={"SAGEMAKER_BASE_DIR": str(base), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_sigterm_saves_and_the_next_run_ends_with_the_same_model(tmp_path: Path) -> None:
    prepared = prepare(tmp_path / "p", synthetic.BINARY, synthetic.table(1500))
    settings = {"n_estimators": 600, "max_depth": 8}
    whole = train(tmp_path / "whole", prepared, settings)
    (tmp_path / "t" / "checkpoints").mkdir(parents=True)
    arguments = ["--max_depth", "8"]
    base = tmp_path / "t"
    (base / "input").mkdir()
    os.symlink(tmp_path / "whole" / "input" / "data", base / "input" / "data")
    process = subprocess.Popen(
        [sys.executable, str(SCRIPTS / "train.py"), "--n_estimators", "600", *arguments, "--checkpoint_seconds", "0"],
        env={"SAGEMAKER_BASE_DIR": str(base), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout or ():
        if line.startswith("checkpoint: saved"):
            process.send_signal(signal.SIGTERM)
            break
    assert process.wait() == 143
    resumed = train(base, prepared, {**settings, "checkpoint_seconds": 0})
    assert resumed.code == 0
    assert "checkpoint: resumed with" in resumed.stdout
    same = ("predictor.safetensors", "model.joblib")
    assert {name: digests(base / "model")[name] for name in same} == {
        name: digests(whole.base / "model")[name] for name in same
    }
