"""Trains scikit-learn models, exports them, and records what scikit-learn itself answers, for predictor.test.ts.

Run as ``python predictor_cases.py OUT PYTHON_SOURCES [DATA]``: OUT receives one folder per case, PYTHON_SOURCES is the
folder of the sklearn package's Python, DATA the folder with the real data sets (left out: synthetic cases only).
"""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

OUT, SOURCES = Path(sys.argv[1]), sys.argv[2]
DATA = Path(sys.argv[3]) if len(sys.argv) > 3 else None
sys.path.insert(0, SOURCES)

from contract import parse_contract  # noqa: E402
from estimators import build_estimator  # noqa: E402
from export import export_predictor  # noqa: E402
from preprocessing import build_preprocess  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.pipeline import Pipeline  # noqa: E402
from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: E402

ROWS = 17_000
EDGE_ROWS = 3_500
EXPLAINED = 150
SETTINGS = {
    "random_forest": {"n_estimators": "50", "max_depth": "12"},
    "extra_trees": {"n_estimators": "50", "max_depth": "14", "min_samples_leaf": "2"},
    "hist_gradient_boosting": {"max_iter": "80"},
    "logistic_regression": {},
    "mlp": {"hidden_layer_sizes": "(24, 12)", "max_iter": "25"},
}


@dataclass
class Dataset:
    """Training rows with a target, in canonical values."""

    name: str
    task: str
    columns: list[dict[str, Any]]
    frame: pd.DataFrame
    target: np.ndarray


def main() -> None:
    """Writes every case."""
    warnings.filterwarnings("ignore")
    rng = np.random.default_rng(20260101)
    datasets = [synthetic("binary", rng), synthetic("regression", rng)]
    if DATA is not None:
        datasets += [telecom(DATA), insurance(DATA)]
    cases = []
    for dataset in datasets:
        for estimator in SETTINGS:
            cases.append(write_case(dataset, estimator, rng))
    # Trees that learnt where missing values go, columns passed through, a dropped category: not what our builder makes.
    for estimator in ("random_forest", "extra_trees", "hist_gradient_boosting"):
        cases.append(write_case(unimputed(datasets[0]), estimator, rng))
    (OUT / "cases.json").write_text(json.dumps(cases))


def synthetic(task: str, rng: np.random.Generator) -> Dataset:
    """Columns with every difficulty: constant, heavy-tailed, tiny, mostly missing, every imputation."""
    n = 4_000
    frame = pd.DataFrame(
        {
            "normal": rng.normal(50, 10, n),
            "heavy tail": rng.lognormal(3, 2, n),
            "tiny": rng.normal(0, 1e-290, n),
            "constant": np.full(n, 7.25),
            "count": rng.integers(0, 12, n).astype(float),
            "mostly missing": np.where(rng.random(n) < 0.9, np.nan, rng.normal(0, 1, n)),
            "flag": rng.integers(0, 2, n).astype(float),
            "plan": rng.choice(["basic", "Basic", "basic ", "gold"], n),
            "region": rng.choice([f"R{i:02d}" for i in range(40)], n),
        }
    )
    signal = (frame["normal"] - 50) / 10 + np.log(frame["heavy tail"]) / 2 + frame["flag"] + (frame["plan"] == "gold")
    signal = signal + rng.normal(0, 1, n)
    target = (signal > signal.median()).astype(int) if task == "binary" else signal * 100
    for column in frame.columns:
        frame.loc[rng.random(n) < 0.04, column] = np.nan
    columns = [
        {"name": "normal", "type": "number", "unit": "points"},
        {"name": "heavy tail", "type": "number", "impute": "mean"},
        {"name": "tiny", "type": "number", "impute": {"constant": 0}},
        {"name": "constant", "type": "number"},
        {"name": "count", "type": "integer", "impute": "most_frequent"},
        {"name": "mostly missing", "type": "number"},
        {"name": "flag", "type": "boolean", "true": ["yes"], "false": ["no"]},
        {"name": "plan", "type": "category", "categories": ["gold", "basic", "Basic", "basic "], "unknown": "ignore"},
        # R40 and R41 never occur in the training rows.
        {"name": "region", "type": "category", "categories": [f"R{i:02d}" for i in range(42)], "unknown": "ignore"},
    ]
    return Dataset("synthetic", task, columns, frame, np.asarray(target, dtype=float))


def unimputed(dataset: Dataset) -> Dataset:
    """The same data set, to be trained on its missing values as they are."""
    columns = [column for column in dataset.columns if column["type"] != "category" or column["name"] == "plan"]
    names = [column["name"] for column in columns]
    return Dataset("unimputed", dataset.task, columns, dataset.frame[names], dataset.target)


def preprocess(dataset: Dataset, contract: Any) -> Any:
    """The product's own preprocessing, or one that leaves missing values to the trees."""
    if dataset.name != "unimputed":
        return build_preprocess(contract)
    categories = [column["name"] for column in dataset.columns if column["type"] == "category"]
    numbers = [column["name"] for column in dataset.columns if column["type"] != "category"]
    encoder = OneHotEncoder(handle_unknown="ignore", drop="first", sparse_output=False)
    steps = [("scaled", Pipeline([("scale", StandardScaler())]), numbers[:3]), ("raw", "passthrough", numbers[3:])]
    words = Pipeline([("impute", SimpleImputer(strategy="constant", fill_value="gold")), ("encode", encoder)])
    return ColumnTransformer([*steps, ("words", words, categories)])


def telecom(data: Path) -> Dataset:
    """The telecom churn set."""
    frame = pd.read_csv(data / "telecom_churn.csv").drop(columns=["rownames"])
    target = (frame.pop("churn") == "yes").to_numpy(dtype=float)
    for column in ("international_plan", "voice_mail_plan"):
        frame[column] = (frame[column] == "yes").astype(float)
    return Dataset("telecom", "binary", infer(frame, ["international_plan", "voice_mail_plan"]), frame, target)


def insurance(data: Path) -> Dataset:
    """The insurance lifetime-value set."""
    frame = pd.read_csv(data / "insurance_clv.csv").drop(columns=["Customer", "Effective To Date", "Response"])
    target = frame.pop("Customer Lifetime Value").to_numpy(dtype=float)
    return Dataset("insurance", "regression", infer(frame, []), frame, target)


def infer(frame: pd.DataFrame, booleans: list[str]) -> list[dict[str, Any]]:
    """Contract columns of a frame in canonical values."""
    columns: list[dict[str, Any]] = []
    for name in frame.columns:
        if name in booleans:
            columns.append({"name": name, "type": "boolean", "true": ["yes"], "false": ["no"]})
        elif frame[name].dtype.kind in "if":
            columns.append({"name": name, "type": "number"})
        else:
            categories = sorted(frame[name].dropna().unique())
            columns.append({"name": name, "type": "category", "categories": categories, "unknown": "ignore"})
    return columns


def write_case(dataset: Dataset, estimator: str, rng: np.random.Generator) -> dict[str, Any]:
    """Trains, exports and scores one estimator on one data set."""
    kind = "regression" if dataset.task == "regression" else "binary"
    spec: dict[str, Any] = {"column": "y", "kind": kind}
    if kind == "binary":
        spec |= {"positive": ["1"], "negative": ["0"]}
    contract = parse_contract(
        json.dumps({"format": 1, "name": dataset.name, "target": spec, "columns": dataset.columns}).encode()
    )
    name = "linear_regression" if (estimator, kind) == ("logistic_regression", "regression") else estimator
    model = build_estimator(name, dataset.task, dict(SETTINGS[estimator]), 7)
    pipeline = Pipeline([("preprocess", preprocess(dataset, contract)), ("estimator", model)])
    pipeline.fit(dataset.frame, dataset.target)
    rows = pd.concat([perturbed(dataset, rng), at_thresholds(pipeline, dataset, rng)], ignore_index=True)
    expected = score(pipeline, rows, dataset.task)

    folder = OUT / f"{dataset.name}-{dataset.task}-{estimator}"
    folder.mkdir(parents=True)
    export_predictor(
        pipeline,
        contract,
        folder / "predictor.safetensors",
        task=dataset.task,
        threshold=0.4 if dataset.task == "binary" else None,
        metadata={"case": folder.name},
        background=dataset.frame,
    )
    expected.astype("<f8").tofile(folder / "expected.f64")
    columns = []
    for index, column in enumerate(dataset.columns):
        values = rows[column["name"]]
        if column["type"] == "category":
            texts = [None if pd.isna(value) else value for value in values]
            (folder / f"{index}.json").write_text(json.dumps(texts))
        else:
            values.to_numpy(dtype="<f8").tofile(folder / f"{index}.f64")
        columns.append({"name": column["name"], "type": column["type"]})
    explained = rows.iloc[rng.choice(ROWS, EXPLAINED, replace=False)]
    decomposition = explain(pipeline, estimator, dataset, explained)
    return {
        "folder": folder.name,
        "estimator": estimator,
        "task": dataset.task,
        "columns": columns,
        "explained": [int(index) for index in explained.index],
        "decomposition": decomposition,
    }


def score(pipeline: Any, rows: pd.DataFrame, task: str) -> np.ndarray:
    """What scikit-learn predicts."""
    return pipeline.predict_proba(rows)[:, 1] if task == "binary" else pipeline.predict(rows)


def perturbed(dataset: Dataset, rng: np.random.Generator) -> pd.DataFrame:
    """Training rows drawn with replacement, with noise, missing values, unknown categories and extreme numbers."""
    rows = dataset.frame.sample(ROWS, replace=True, random_state=int(rng.integers(1 << 31))).reset_index(drop=True)
    extremes = np.array([1e30, -1e30, 1e15, 1e-300, 5e-324, -5e-324, 0.0, -0.0, 2.0**53 + 2, -1.0])
    for column in dataset.columns:
        name = column["name"]
        if column["type"] == "category":
            rows.loc[rng.random(ROWS) < 0.03, name] = rng.choice(["never seen", "", " gold", "__proto__", "ü"])
        elif column["type"] == "boolean":
            pass
        else:
            noisy = rng.random(ROWS) < 0.7
            spread = float(np.nanstd(rows[name]))
            rows[name] = rows[name].astype(float) + np.where(noisy, rng.normal(0, 0.1, ROWS) * spread, 0.0)
        rows.loc[rng.random(ROWS) < 0.04, name] = np.nan
    # At most one extreme number a row: two could cancel, and then the order of additions decides, even in scikit-learn.
    numeric = [column["name"] for column in dataset.columns if column["type"] in ("number", "integer") and column["name"] != "tiny"]
    chosen = rng.integers(0, 20 * len(numeric), ROWS)
    for index, name in enumerate(numeric):
        hit = chosen == index
        rows.loc[hit, name] = rng.choice(extremes, int(hit.sum()))
    return rows


def at_thresholds(pipeline: Any, dataset: Dataset, rng: np.random.Generator) -> pd.DataFrame:
    """Rows that put one numeric column on a split threshold of the model, or on a neighbouring float."""
    rows = dataset.frame.sample(EDGE_ROWS, replace=True, random_state=int(rng.integers(1 << 31))).reset_index(drop=True)
    features, thresholds = splits(pipeline.named_steps["estimator"])
    inputs = numeric_features(pipeline.named_steps["preprocess"])
    usable = np.flatnonzero(np.isin(features, list(inputs)) & np.isfinite(thresholds)) if len(features) else np.array([])
    if usable.size == 0:
        return rows
    for name, _, _ in inputs.values():
        rows[name] = rows[name].astype(float)
    for row in range(EDGE_ROWS):
        pick = rng.choice(usable)
        name, mean, scale = inputs[int(features[pick])]
        value = thresholds[pick]
        if row % 2:
            value = float(np.nextafter(np.float32(value), np.float32(rng.choice([-np.inf, np.inf]))))
        raw = value * scale + mean
        for _ in range(int(rng.integers(0, 3))):
            raw = np.nextafter(raw, rng.choice([-np.inf, np.inf]))
        rows.at[row, name] = raw
    return rows


def splits(model: Any) -> tuple[np.ndarray, np.ndarray]:
    """Feature and threshold of every split of a model of trees."""
    if hasattr(model, "estimators_"):
        trees = [estimator.tree_ for estimator in model.estimators_]
        features = np.concatenate([tree.feature for tree in trees])
        return features, np.where(features < 0, np.nan, np.concatenate([tree.threshold for tree in trees]))
    if hasattr(model, "_predictors"):
        nodes = np.concatenate([iteration[0].nodes for iteration in model._predictors])
        nodes = nodes[nodes["is_leaf"] == 0]
        return nodes["feature_idx"].astype(int), nodes["num_threshold"]
    return np.array([], dtype=int), np.array([])


def numeric_features(transformer: Any) -> dict[int, tuple[str, float, float]]:
    """Feature index → column name, mean and scale of every scaled column."""
    inputs = {}
    for name, fitted, columns in transformer.transformers_:
        if "scale" not in getattr(fitted, "named_steps", {}):
            continue
        scaler = fitted.named_steps["scale"]
        start = transformer.output_indices_[name].start
        for offset, column in enumerate(columns):
            inputs[start + offset] = (column, scaler.mean_[offset], scaler.scale_[offset])
    return inputs


def explain(pipeline: Any, estimator: str, dataset: Dataset, rows: pd.DataFrame) -> dict[str, Any] | None:
    """Base and contribution of every column, computed from scikit-learn's own arrays, where there is a plain way."""
    transformer, model = pipeline.named_steps["preprocess"], pipeline.named_steps["estimator"]
    encoded = transformer.transform(rows)
    owner = feature_owner(transformer)
    if estimator in ("random_forest", "extra_trees"):
        base, contributions = forest_paths(model, encoded)
    elif estimator == "logistic_regression":
        base, contributions = linear_terms(model, encoded, transformer.transform(dataset.frame), dataset.task)
    else:
        return None
    names = [column["name"] for column in dataset.columns]
    by_column = np.zeros((len(rows), len(names)))
    for feature, name in enumerate(owner):
        by_column[:, names.index(name)] += contributions[:, feature]
    return {"base": base, "contributions": by_column.tolist()}


def feature_owner(transformer: Any) -> list[str]:
    """The input column of every feature."""
    owner: list[str] = []
    for _, fitted, columns in transformer.transformers_:
        encoder = getattr(fitted, "named_steps", {}).get("encode")
        for index, column in enumerate(columns):
            dropped = encoder is not None and encoder.drop_idx_ is not None
            owner += [column] * (1 if encoder is None else len(encoder.categories_[index]) - dropped)
    return owner


def forest_paths(model: Any, encoded: np.ndarray) -> tuple[float, np.ndarray]:
    """Node by node along scikit-learn's decision paths, with the share (or mean) each node holds."""
    contributions = np.zeros(encoded.shape)
    base = 0.0
    for estimator in model.estimators_:
        tree = estimator.tree_
        value = tree.value[:, 0, -1]
        base += value[0]
        paths = estimator.decision_path(encoded)
        for row in range(len(encoded)):
            nodes = np.sort(paths.indices[paths.indptr[row] : paths.indptr[row + 1]])
            for above, below in zip(nodes[:-1], nodes[1:]):
                contributions[row, tree.feature[above]] += value[below] - value[above]
    return base / len(model.estimators_), contributions / len(model.estimators_)


def linear_terms(model: Any, encoded: np.ndarray, train: np.ndarray, task: str) -> tuple[float, np.ndarray]:
    """Coefficient times distance from the training mean; behind a logit, the same shares of the change in probability."""
    from scipy.special import expit

    coefficients = np.ravel(model.coef_)
    mean = train.mean(axis=0)
    base = float(mean @ coefficients + np.ravel(model.intercept_)[0])
    terms = coefficients * (encoded - mean)
    if task == "regression":
        return base, terms
    total = terms.sum(axis=1)
    change = expit(base + total) - expit(base)
    return float(expit(base)), terms * (change / total)[:, None]


main()
