"""The peer of the predictor benchmark: the same forest in scikit-learn, timed on request.

Run as ``python predictor_peer.py OUT PYTHON_SOURCES [DATA]``. Trains 200 trees of depth 12 on the bank set (a synthetic
one of the same shape without DATA), exports it to OUT, writes 100,000 rows to score beside it, prints ``ready``, and
then answers each line on stdin (``batch``, ``row``) with the milliseconds scikit-learn took.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

OUT, SOURCES = Path(sys.argv[1]), sys.argv[2]
DATA = Path(sys.argv[3]) if len(sys.argv) > 3 else None
sys.path.insert(0, SOURCES)

from contract import parse_contract  # noqa: E402
from export import export_predictor  # noqa: E402
from preprocessing import build_preprocess  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from sklearn.pipeline import Pipeline  # noqa: E402

ROWS = 100_000
NUMBERS = ["CreditScore", "Age", "Tenure", "Balance", "NumOfProducts", "EstimatedSalary"]
FLAGS = ["HasCrCard", "IsActiveMember"]
CATEGORIES = {"Geography": ["France", "Germany", "Spain"], "Gender": ["Female", "Male"]}


def bank() -> pd.DataFrame:
    """The bank set, or rows that resemble it."""
    if DATA is not None:
        return pd.read_csv(DATA / "bank_churn.csv")
    rng = np.random.default_rng(0)
    n = 10_000
    frame = pd.DataFrame({name: rng.normal(50, 10, n).round(2) for name in NUMBERS})
    for name in FLAGS:
        frame[name] = rng.integers(0, 2, n)
    for name, values in CATEGORIES.items():
        frame[name] = rng.choice(values, n)
    score = (frame["Age"] - frame["Tenure"]) / 10 + frame["IsActiveMember"] + rng.normal(0, 1, n)
    frame["Exited"] = (score > score.quantile(0.8)).astype(int)
    return frame


def main() -> None:
    """Trains, exports, and answers."""
    warnings.filterwarnings("ignore")
    data = bank()
    columns = [{"name": name, "type": "number"} for name in NUMBERS]
    columns += [{"name": name, "type": "boolean", "true": ["1"], "false": ["0"]} for name in FLAGS]
    columns += [{"name": name, "type": "category", "categories": values} for name, values in CATEGORIES.items()]
    target = {"column": "Exited", "kind": "binary", "positive": ["1"], "negative": ["0"]}
    contract = parse_contract(json.dumps({"format": 1, "name": "bank", "target": target, "columns": columns}).encode())
    names = [column["name"] for column in columns]
    forest = RandomForestClassifier(200, max_depth=12, random_state=0, n_jobs=2)
    pipeline = Pipeline([("preprocess", build_preprocess(contract)), ("estimator", forest)])
    train = data[names].astype({name: float for name in NUMBERS + FLAGS})
    pipeline.fit(train.iloc[:7000], data["Exited"].iloc[:7000])
    export_predictor(pipeline, contract, OUT / "predictor.safetensors", task="binary")
    rng = np.random.default_rng(1)
    rows = train.sample(ROWS, replace=True, random_state=1).reset_index(drop=True)
    for name in NUMBERS:
        rows[name] += rng.normal(0, 0.01, ROWS) * rows[name].std()
    for name in names:
        rows.loc[rng.random(ROWS) < 0.02, name] = np.nan
    for name in NUMBERS + FLAGS:
        rows[name].to_numpy(dtype="<f8").tofile(OUT / f"{name}.f64")
    texts = {name: [None if pd.isna(value) else value for value in rows[name]] for name in CATEGORIES}
    (OUT / "categories.json").write_text(json.dumps(texts))
    pipeline.set_params(estimator__n_jobs=1)
    pipeline.predict_proba(rows)[:, 1].astype("<f8").tofile(OUT / "expected.f64")
    pipeline.set_params(estimator__n_jobs=2)
    print("ready", flush=True)
    single = rows.iloc[:1]
    for line in sys.stdin:
        is_batch = line.strip() == "batch"
        # Two threads only slow a single row down.
        pipeline.set_params(estimator__n_jobs=2 if is_batch else 1)
        start = time.perf_counter()
        pipeline.predict_proba(rows if is_batch else single)
        print((time.perf_counter() - start) * 1000, flush=True)


main()
