"""Lets an interrupted forest go on where it was, which makes spot instances usable.

A forest grows in portions of trees; between portions its state is saved when the last save is long enough ago, or when
SIGTERM announced the end. Grown in portions or at once, the trees are the same: scikit-learn draws the same seeds for
them (`warm_start`). Boosting, linear models and networks do not have this property, so they start again.

The file is named after what is being trained, so the trials of a tuning job may share one checkpoint folder, and a
checkpoint of other data or hyperparameters is never picked up.
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

FIRST_PORTION = 25
PORTION_SECONDS = 5.0
SAVE_EVERY_SECONDS = 60.0


def fingerprint(
    settings: dict[str, Any], features: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None
) -> str:
    """Identifies what is being trained: the hyperparameters, the data and the library versions."""
    digest = hashlib.sha256(artefacts.dump_json([settings, artefacts.library_versions(), list(features.shape)]))
    digest.update(features.tobytes())
    digest.update(target.tobytes())
    if weights is not None:
        digest.update(weights.tobytes())
    return digest.hexdigest()


def fit_forest(
    forest: Any,
    features: np.ndarray,
    target: np.ndarray,
    directory: str,
    identity: str,
    save_every_seconds: float = SAVE_EVERY_SECONDS,
    weighed: dict[str, np.ndarray] | None = None,
) -> Any:
    """Fits a forest, resuming from and saving to `directory`.

    Args:
        forest: Unfitted; returned fitted when there was nothing to resume.
        features: Transformed training rows.
        target: Their targets.
        directory: The job's checkpoint directory.
        identity: What `fingerprint` returned; names the checkpoint.
        save_every_seconds: Least time between two saves; 0 saves after every portion.
        weighed: Further arguments of `fit`, such as `sample_weight`.

    Raises:
        SystemExit: Code 143 after a save that SIGTERM asked for.
    """
    total = forest.n_estimators
    path = os.path.join(directory, f"forest-{identity}.joblib")
    stop = _listen_for_sigterm()
    resumed = _load(path)
    if resumed is not None:
        forest = resumed
        print(f"checkpoint: resumed with {len(forest.estimators_)} of {total} trees", flush=True)
    done = len(forest.estimators_) if resumed is not None else 0
    saved_at = time.monotonic()
    portion = FIRST_PORTION
    while done < total:
        before = time.monotonic()
        _grow(forest, min(done + portion, total), features, target, weighed or {})
        grown, done = len(forest.estimators_) - done, len(forest.estimators_)
        seconds_per_tree = max((time.monotonic() - before) / grown, 1e-6)
        portion = max(FIRST_PORTION, int(min(PORTION_SECONDS, save_every_seconds) / seconds_per_tree))
        stopping = bool(stop)
        if done < total and (stopping or time.monotonic() - saved_at >= save_every_seconds):
            _save(path, forest)
            saved_at = time.monotonic()
            print(f"checkpoint: saved {done} of {total} trees", flush=True)
        if stopping and done < total:
            sys.exit(143)
    if os.path.exists(path):
        os.remove(path)
    return forest.set_params(n_estimators=total, warm_start=False)


def settle(forest: Any) -> Any:
    """Makes a forest pickle to the same bytes whether it was read from a checkpoint on the way or not.

    Reading doubles what was shared, texts and the type descriptions of arrays, and leaves whatever memory held in the
    unused bytes between a node's fields. Here both are put right.
    """
    import numpy as np

    forest.estimator_params = tuple(sys.intern(name) for name in forest.estimator_params)
    for part in (forest, forest.estimator_, *forest.estimators_):
        for name, value in vars(part).items():
            if isinstance(value, str):
                setattr(part, name, sys.intern(value))
            elif isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
                setattr(part, name, value.astype(value.dtype.type))
    for tree in forest.estimators_:
        nodes = tree.tree_.__getstate__()["nodes"]
        raw = np.ndarray((len(nodes), nodes.itemsize), np.uint8, nodes)
        raw[:, _unused_bytes(nodes.dtype)] = 0
    return forest


def _unused_bytes(kind: Any) -> list[int]:
    used = {offset + place for field, offset, *_ in kind.fields.values() for place in range(field.itemsize)}
    return [place for place in range(kind.itemsize) if place not in used]


def _grow(
    forest: Any, trees: int, features: np.ndarray, target: np.ndarray, weighed: dict[str, np.ndarray]
) -> None:
    forest.set_params(n_estimators=trees, warm_start=True)
    with warnings.catch_warnings():
        # It warns that balanced weights may differ between portions; here every portion sees the same rows.
        warnings.filterwarnings("ignore", message=".*class_weight presets.*")
        forest.fit(features, target, **weighed)


def _listen_for_sigterm() -> list[int]:
    received: list[int] = []
    try:
        signal.signal(signal.SIGTERM, lambda number, _frame: received.append(number))
    except ValueError:
        print("checkpoint: not on the main thread, so SIGTERM is not awaited", file=sys.stderr)
    return received


def _load(path: str) -> Any:
    import joblib

    if not os.path.exists(path):
        return None
    try:
        return joblib.load(path)
    except Exception as error:
        print(f"warning: checkpoint_unreadable: {path}: {error}; training starts again.", flush=True)
        return None


def _save(path: str, forest: Any) -> None:
    import joblib

    joblib.dump(forest, f"{path}.tmp")
    os.replace(f"{path}.tmp", path)
