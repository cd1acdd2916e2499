"""Train: fits one estimator and writes a model that says what it is.

Runs as a training job in script mode, with the hyperparameters as arguments:

    python train.py --estimator random_forest --max_depth 12 --n_estimators 200 --seed 42

Channels ``train``, ``validation`` (canonical tables) and ``preprocess`` (the fitted transformer and the contract).
Metrics are printed one a line as ``validation:auc=0.9123``. Equal inputs give equal bytes in every file.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from typing import TYPE_CHECKING, Any

import artefacts
from checkpoint import SAVE_EVERY_SECONDS, fingerprint, fit_forest, settle
from contract import Contract, read_contract
from estimators import FORESTS, TREES, build_estimator
from failure import DataError, run
from imbalance import balance
from paths import TrainingPaths, training
from settings import Settings, read_settings
from table import read_table
from threshold import choose_threshold
from weights import read_weights, sample_weight

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SERVING_MODULES = (
    "inference.py",
    "artefacts.py",
    "contract.py",
    "failure.py",
    "features.py",
    "paths.py",
    "request.py",
    "table.py",
    "wording.py",
)
"""What the model's archive carries in `code/`: inference.py and everything it imports."""


def main(arguments: list[str]) -> None:
    """Runs the job.

    Raises:
        UserError: The data or a hyperparameter cannot be used.
    """
    from sklearn.pipeline import Pipeline

    paths = training()
    contract = read_contract(os.path.join(paths.preprocess, "contract.json"))
    settings = read_settings(arguments, contract.target.kind)
    estimator = build_estimator(settings.estimator, settings.task, settings.estimator_settings, settings.seed)
    train_rows, target = read_table(os.path.join(paths.train, "train.csv"), contract)
    validation_rows, validation_target = read_table(os.path.join(paths.validation, "validation.csv"), contract)
    check_target(target, settings.task)

    preprocess = artefacts.load_fitted(artefacts.read_bytes(os.path.join(paths.preprocess, "preprocess.joblib")))
    features = preprocess.transform(train_rows)
    weights = read_weights(paths.train)
    if weights is not None:
        print(f"weights: rows count {weights.min():g} to {weights.max():g} times, {weights.sum():g} in all")
    features, target, weights, notes = balance(settings.imbalance, estimator, features, target, settings.seed, weights)
    for note in notes:
        print(f"imbalance: {note}")
    estimator = fit(estimator, (features, target, weights), settings, paths)

    if settings.task == "binary":
        scores = estimator.predict_proba(preprocess.transform(validation_rows))[:, 1]
        threshold = choose_threshold(validation_target, scores, settings.costs)
        metrics = classification(validation_target, scores, threshold["value"])
    else:
        threshold = None
        metrics = regression(validation_target, estimator.predict(preprocess.transform(validation_rows)))
    for name, value in metrics.items():
        print(f"validation:{name}={value:.10f}", flush=True)
    model = Pipeline([("preprocess", preprocess), ("estimator", estimator)])
    write_model(model, contract, settings, metrics, threshold, paths, train_rows)


def check_target(target: np.ndarray, task: str) -> None:
    """Refuses training rows with one outcome only.

    Raises:
        DataError: target_one_class.
    """
    if task == "binary" and target.min() == target.max():
        raise DataError("target_one_class", "The training split has one class only.", "Prepare the data again.")


def fit(
    estimator: Any,
    rows: tuple[np.ndarray, np.ndarray, np.ndarray | None],
    settings: Settings,
    paths: TrainingPaths,
) -> Any:
    """Fits the estimator on as many cores as the job has, and leaves it set to one, which serves single rows faster.

    Args:
        estimator: Unfitted.
        rows: Transformed features, targets and weights.
        settings: What the job was told.
        paths: Where its files are.
    """
    features, target, weights = rows
    weighed = sample_weight(estimator, weights)
    threads = {"n_jobs": cores()} if "n_jobs" in estimator.get_params() and settings.estimator in FORESTS else {}
    estimator.set_params(**threads)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if settings.estimator in FORESTS and os.path.isdir(paths.checkpoints):
            identity = fingerprint(settings.given, features, target, weights)
            every = SAVE_EVERY_SECONDS if settings.checkpoint_seconds is None else settings.checkpoint_seconds
            estimator = fit_forest(estimator, features, target, paths.checkpoints, identity, every, weighed)
        else:
            fit_once(estimator, features, target, weighed)
    for text in dict.fromkeys(" ".join(str(item.message).split()) for item in caught):
        print(f"warning: fit: {text}")
    estimator.set_params(**dict.fromkeys(threads, 1))
    return settle(estimator) if settings.estimator in FORESTS else estimator


def fit_once(estimator: Any, features: np.ndarray, target: np.ndarray, weighed: dict[str, np.ndarray]) -> None:
    """Fits in one go. A regression network learns the standardised target, since gradient descent needs its scale near 1;
    the scale is then folded into its last layer, which is linear, so that it answers in the target's own unit.
    """
    if type(estimator).__name__ != "MLPRegressor" or getattr(estimator, "loss", "") == "poisson":
        estimator.fit(features, target, **weighed)
        return
    mean, spread = float(target.mean()), float(target.std()) or 1.0
    estimator.fit(features, (target - mean) / spread, **weighed)
    estimator.coefs_[-1] = estimator.coefs_[-1] * spread
    estimator.intercepts_[-1] = estimator.intercepts_[-1] * spread + mean


def cores() -> int:
    """How many threads the job may use."""
    value = os.environ.get("OMP_NUM_THREADS") or os.environ.get("SM_NUM_CPUS") or "1"
    return max(1, int(value)) if value.isdigit() else 1


def classification(target: np.ndarray, scores: np.ndarray, threshold: float) -> dict[str, float]:
    """What a trial reports on the validation split; the first is what tuning maximises."""
    from metrics import confusion, decision_metrics, roc_auc

    decided = decision_metrics(confusion(target, scores, threshold))
    return {"auc": roc_auc(target, scores), "f1": decided["f1"], "accuracy": decided["accuracy"]}


def regression(target: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """What a regression trial reports on the validation split."""
    import numpy as np

    error = target - predicted
    total = float(np.square(target - target.mean()).sum())
    return {
        "r2": 1 - float(np.square(error).sum()) / total if total > 0 else 0.0,
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt(np.square(error).mean())),
    }


def write_model(
    model: Any,
    contract: Contract,
    settings: Settings,
    metrics: dict[str, float],
    threshold: dict[str, Any] | None,
    paths: TrainingPaths,
    train_rows: pd.DataFrame,
) -> None:
    """Writes the archive's files; the manifest comes last and lists them all."""
    from export import export_predictor

    directory = paths.model
    os.makedirs(os.path.join(directory, "code"), exist_ok=True)
    artefacts.write_bytes(os.path.join(directory, "model.joblib"), artefacts.dump_fitted(model))
    artefacts.write_bytes(os.path.join(directory, "contract.json"), contract.source)
    export_predictor(
        model,
        json.loads(contract.source),
        os.path.join(directory, "predictor.safetensors"),
        task=settings.task,
        threshold=threshold["value"] if threshold else None,
        metadata={"name": contract.name, "estimator": settings.estimator},
        background=None if settings.estimator in TREES else train_rows,
    )
    here = os.path.dirname(os.path.abspath(__file__))
    for name in SERVING_MODULES:
        shutil.copyfile(os.path.join(here, name), os.path.join(directory, "code", name))
    facts = {
        "versions": artefacts.library_versions(),
        "task": settings.task,
        "estimator": settings.estimator,
        "hyperparameters": settings.given,
        "metrics": {f"validation:{name}": value for name, value in metrics.items()},
        "threshold": threshold,
        "lineage": lineage(contract, paths),
    }
    data = artefacts.write_manifest(directory, facts)
    print(f"manifest_sha256={artefacts.sha256(data)}")


def lineage(contract: Contract, paths: TrainingPaths) -> dict[str, str]:
    """Digests of what the model was made from. The job's name is left out: equal inputs must give equal bytes."""
    return {
        "contract": artefacts.sha256(contract.source),
        "train": artefacts.sha256_of_file(os.path.join(paths.train, "train.csv")),
        "validation": artefacts.sha256_of_file(os.path.join(paths.validation, "validation.csv")),
        "preprocess": artefacts.sha256_of_file(os.path.join(paths.preprocess, "preprocess.joblib")),
    }


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    run(main, "failure")
