"""Lets an interrupted forest go on where it was, which makes spot instances usable.

A forest grows in portions of trees; between portions its state is saved when the last save is long enough ago, or when
SIGTERM announced the end. Grown in portions or at once, the trees are the same: scikit-learn draws the same seeds for
them (`warm_start`). Boosting, linear models and networks do not have this property, so they start again.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

import artefacts

if TYPE_CHECKING:
    import numpy as np

FILE = "forest.joblib"
FIRST_PORTION = 25
PORTION_SECONDS = 5.0
SAVE_EVERY_SECONDS = 60.0


def fingerprint(settings: dict[str, Any], features: np.ndarray, target: np.ndarray) -> str:
    """Identifies what is being trained: the hyperparameters, the data and the library versions."""
    digest = hashlib.sha256(artefacts.dump_json([settings, artefacts.library_versions(), list(features.shape)]))
    digest.update(features.tobytes())
    digest.update(target.tobytes())
    return digest.hexdigest()


def fit_forest(
    forest: Any,
    features: np.ndarray,
    target: np.ndarray,
    directory: str,
    identity: str,
    save_every_seconds: float = SAVE_EVERY_SECONDS,
) -> Any:
    """Fits a forest, resuming from and saving to `directory`.

    Args:
        forest: Unfitted; returned fitted when there was nothing to resume.
        features: Transformed training rows.
        target: Their targets.
        directory: The job's checkpoint directory.
        identity: What `fingerprint` returned; a checkpoint with another one is ignored.
        save_every_seconds: Least time between two saves; 0 saves after every portion.

    Raises:
        SystemExit: Code 143 after a save that SIGTERM asked for.
    """
    total = forest.n_estimators
    stop = _listen_for_sigterm()
    resumed = _load(directory, identity)
    if resumed is not None:
        forest = resumed
        print(f"checkpoint: resumed with {len(forest.estimators_)} of {total} trees", flush=True)
    done = len(forest.estimators_) if resumed is not None else 0
    saved_at = time.monotonic()
    portion = FIRST_PORTION
    while done < total:
        before = time.monotonic()
        _grow(forest, min(done + portion, total), features, target)
        grown, done = len(forest.estimators_) - done, len(forest.estimators_)
        seconds_per_tree = max((time.monotonic() - before) / grown, 1e-6)
        portion = max(FIRST_PORTION, int(PORTION_SECONDS / seconds_per_tree))
        stopping = bool(stop)
        if done < total and (stopping or time.monotonic() - saved_at >= save_every_seconds):
            _save(directory, identity, forest)
            saved_at = time.monotonic()
            print(f"checkpoint: saved {done} of {total} trees", flush=True)
        if stopping and done < total:
            sys.exit(143)
    return forest.set_params(n_estimators=total, warm_start=False)


def _grow(forest: Any, trees: int, features: np.ndarray, target: np.ndarray) -> None:
    forest.set_params(n_estimators=trees, warm_start=True)
    with warnings.catch_warnings():
        # It warns that balanced weights may differ between portions; here every portion sees the same rows.
        warnings.filterwarnings("ignore", message=".*class_weight presets.*")
        forest.fit(features, target)


def _listen_for_sigterm() -> list[int]:
    received: list[int] = []
    try:
        signal.signal(signal.SIGTERM, lambda number, _frame: received.append(number))
    except ValueError:
        print("checkpoint: not on the main thread, so SIGTERM is not awaited", file=sys.stderr)
    return received


def _load(directory: str, identity: str) -> Any:
    import joblib

    path = os.path.join(directory, FILE)
    if not os.path.exists(path):
        return None
    try:
        state = joblib.load(path)
    except Exception as error:
        print(f"warning: checkpoint_unreadable: {path}: {error}; training starts again.", flush=True)
        return None
    if state.get("identity") != identity:
        print("checkpoint: ignored, it belongs to other hyperparameters or data", flush=True)
        return None
    return state["forest"]


def _save(directory: str, identity: str, forest: Any) -> None:
    import joblib

    path = os.path.join(directory, FILE)
    joblib.dump({"identity": identity, "forest": forest}, f"{path}.tmp")
    os.replace(f"{path}.tmp", path)
