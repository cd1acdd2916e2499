"""The reference job as one plain script: what a data scientist would write without Sagewright.

The same work on the same data with the same hyperparameters: prepare, 8 trials {depth 4, 8, 12, 16} x {100, 200 trees} in two
processes, refit of the best, evaluation, and the artefacts on disk. reference_job.py DATA.csv OUTPUT_FOLDER
"""

import hashlib
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import joblib  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.inspection import permutation_importance  # noqa: E402
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, roc_auc_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.pipeline import Pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: E402

CATEGORIES = ["Geography", "Gender"]
DROP = ["RowNumber", "CustomerId", "Surname", "Exited"]


def split(frame: pd.DataFrame):
    """70/15/15, stratified by the target."""
    train, rest = train_test_split(frame, test_size=0.3, stratify=frame["Exited"], random_state=42)
    validation, test = train_test_split(rest, test_size=0.5, stratify=rest["Exited"], random_state=42)
    return train, validation, test


def preprocessing(frame: pd.DataFrame) -> ColumnTransformer:
    """Impute and scale the numbers, impute and encode the categories."""
    numbers = [name for name in frame.columns if name not in CATEGORIES + DROP]
    return ColumnTransformer(
        [
            ("numbers", Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())]), numbers),
            (
                "categories",
                Pipeline(
                    [
                        ("impute", SimpleImputer(strategy="most_frequent")),
                        ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False)),
                    ]
                ),
                CATEGORIES,
            ),
        ]
    )


def fit(train: pd.DataFrame, depth: int, trees: int) -> Pipeline:
    """One forest behind its preprocessing."""
    forest = RandomForestClassifier(max_depth=depth, n_estimators=trees, class_weight="balanced", random_state=42, n_jobs=1)
    return Pipeline([("prepare", preprocessing(train)), ("estimator", forest)]).fit(train, train["Exited"])


def trial(job):
    """One trial: fit, score on the validation split, and keep the model as every trial of a tuning job does."""
    train, validation, depth, trees, folder = job
    model = fit(train, depth, trees)
    joblib.dump(model, folder / f"trial-{depth}-{trees}.joblib")
    return roc_auc_score(validation["Exited"], model.predict_proba(validation)[:, 1]), depth, trees


def main(data: str, output: str) -> None:
    """Runs the job and prints its figures."""
    started = time.time()
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    train, validation, test = split(pd.read_csv(data))
    for name, frame in (("train", train), ("validation", validation), ("test", test)):
        frame.to_csv(folder / f"{name}.csv", index=False)
    jobs = [(train, validation, depth, trees, folder) for depth, trees in product([4, 8, 12, 16], [100, 200])]
    with ProcessPoolExecutor(2) as pool:
        _, depth, trees = max(pool.map(trial, jobs))
    model = fit(train, depth, trees)
    joblib.dump(model, folder / "model.joblib")
    scores = model.predict_proba(test)[:, 1]
    importance = permutation_importance(model, test, test["Exited"], scoring="roc_auc", n_repeats=3, random_state=42)
    report = {
        "roc_auc": roc_auc_score(test["Exited"], scores),
        "pr_auc": average_precision_score(test["Exited"], scores),
        "brier": brier_score_loss(test["Exited"], scores),
        "f1": f1_score(test["Exited"], scores >= 0.5),
        "importance": importance.importances_mean.tolist(),
        "sha256": hashlib.sha256((folder / "model.joblib").read_bytes()).hexdigest(),
    }
    (folder / "report.json").write_text(json.dumps(report))
    print(json.dumps({"seconds": time.time() - started, "best": [depth, trees], "roc_auc": report["roc_auc"], "n": int(np.size(scores))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
