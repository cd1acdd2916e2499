"""The peers of the serving benchmark: FastAPI with scikit-learn or ONNX Runtime, same contract, same checks and answer.

``python serving_peer.py OUT PYTHON_SOURCES [DATA]`` trains 200 trees of depth 12 on the bank set (a synthetic one of the
same shape without DATA) and writes to OUT: ``predictor.safetensors``, ``contract.json``, ``model.joblib``, ``model.onnx``
with ``encoding.json``, and ``rows.jsonl`` with the customers to send. ``uvicorn serving_peer:app`` then serves the folder
``SERVING_PEER_MODEL`` with the engine ``SERVING_PEER_ENGINE``, ``sklearn`` or ``onnx``.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import joblib
import numpy as np
import pandas as pd
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

NUMBERS = {"CreditScore": (300, 900), "Age": (18, 100), "Tenure": (0, 10), "Balance": (0, 300_000)}
NUMBERS |= {"NumOfProducts": (1, 4), "EstimatedSalary": (0, 250_000)}
FLAGS = ["HasCrCard", "IsActiveMember"]
CATEGORIES = {"Geography": ["France", "Germany", "Spain"], "Gender": ["Female", "Male"]}
NAMES = [*NUMBERS, *FLAGS, *CATEGORIES]
ROWS = 2_000
THRESHOLD = 0.5
TIERS = [
    (0.3, 0.6, ("CRITICAL", "Call within 24 hours and offer a retention plan."), ("HIGH PRIORITY", "Contact this week.")),
    (0.15, 0.22, ("PROACTIVE", "Reach out this month."), ("MONITOR", "Watch usage and service calls.")),
    (0.0, 0.05, ("NURTURE", "Keep in the loyalty programme."), ("MAINTAIN", "No action needed.")),
]


def bank(data: Path | None) -> pd.DataFrame:
    """The bank set, or rows that resemble it."""
    if data is not None:
        return pd.read_csv(data / "bank_churn.csv")
    rng = np.random.default_rng(0)
    n = 10_000
    frame = pd.DataFrame({name: rng.uniform(*limits, n).round() for name, limits in NUMBERS.items()})
    for name in FLAGS:
        frame[name] = rng.integers(0, 2, n)
    for name, values in CATEGORIES.items():
        frame[name] = rng.choice(values, n)
    score = (frame["Age"] - frame["Tenure"]) / 10 + frame["IsActiveMember"] + rng.normal(0, 1, n)
    frame["Exited"] = (score > score.quantile(0.8)).astype(int)
    return frame


def prepare(out: Path, sources: str, data: Path | None) -> None:
    """Trains the forest and writes everything that both servers and the load need."""
    sys.path.insert(0, sources)
    from contract import parse_contract
    from export import export_predictor
    from preprocessing import build_preprocess
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import Pipeline

    frame = bank(data)
    columns: list[dict[str, object]] = [
        {"name": name, "type": "number", "minimum": low, "maximum": high} for name, (low, high) in NUMBERS.items()
    ]
    columns += [{"name": name, "type": "boolean", "true": ["1"], "false": ["0"]} for name in FLAGS]
    columns += [
        {"name": name, "type": "category", "categories": values, "unknown": "refuse"} for name, values in CATEGORIES.items()
    ]
    target = {"column": "Exited", "kind": "binary", "positive": ["1"], "negative": ["0"]}
    lists = {"missing": [""], "id": [], "ignore": [], "segments": []}
    source = json.dumps({"format": 1, "name": "bank", "target": target, "columns": columns, **lists})
    contract = parse_contract(source.encode())
    forest = RandomForestClassifier(200, max_depth=12, random_state=0, n_jobs=2)
    pipeline = Pipeline([("preprocess", build_preprocess(contract)), ("estimator", forest)])
    train = frame[NAMES].astype({name: float for name in [*NUMBERS, *FLAGS]})
    pipeline.fit(train.iloc[:7000], frame["Exited"].iloc[:7000])
    pipeline.set_params(estimator__n_jobs=1)
    export_predictor(pipeline, contract, out / "predictor.safetensors", task="binary", threshold=THRESHOLD)
    joblib.dump(pipeline, out / "model.joblib")
    export_onnx(pipeline, out)
    (out / "contract.json").write_text(source)
    rows = frame[NAMES].iloc[7000 : 7000 + ROWS]
    scores = pipeline.predict_proba(train.iloc[7000 : 7000 + ROWS])[:, 1]
    records = json.loads(rows.to_json(orient="records"))
    (out / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in records))
    (out / "scores.json").write_text(json.dumps(scores.tolist()))


def export_onnx(pipeline: Pipeline, out: Path) -> None:
    """Writes the forest as skl2onnx has it, and what the fitted preprocessing does to a row as plain numbers.

    Plain Python encodes one row several times faster than a pandas frame on its way through a whole ONNX pipeline.
    """
    from skl2onnx import to_onnx

    forest = pipeline["estimator"]
    sample = np.zeros((1, forest.n_features_in_), dtype=np.float32)
    model = to_onnx(forest, sample, options={id(forest): {"zipmap": False}})
    (out / "model.onnx").write_bytes(model.SerializeToString())
    encoding: list[dict[str, object]] = []
    for _, part, names in pipeline["preprocess"].transformers_:
        if part == "drop":
            continue
        scale = part.named_steps.get("scale")
        encode = part.named_steps.get("encode")
        for index, name in enumerate(names):
            column: dict[str, object] = {"name": name, "missing": part["impute"].statistics_.tolist()[index]}
            if scale is not None:
                column |= {"mean": float(scale.mean_[index]), "scale": float(scale.scale_[index])}
            if encode is not None:
                column |= {"categories": list(encode.categories_[index])}
            encoding.append(column)
    (out / "encoding.json").write_text(json.dumps(encoding))


class Customer(BaseModel):
    """One customer, held to the contract's rules."""

    model_config = ConfigDict(extra="forbid", strict=True)
    CreditScore: float | None = Field(ge=300, le=900)
    Age: float | None = Field(ge=18, le=100)
    Tenure: float | None = Field(ge=0, le=10)
    Balance: float | None = Field(ge=0, le=300_000)
    NumOfProducts: float | None = Field(ge=1, le=4)
    EstimatedSalary: float | None = Field(ge=0, le=250_000)
    HasCrCard: Literal[0, 1] | bool | None
    IsActiveMember: Literal[0, 1] | bool | None
    Geography: Literal["France", "Germany", "Spain"] | None
    Gender: Literal["Female", "Male"] | None


class Decision(BaseModel):
    """The decision at the threshold."""

    churn: bool
    threshold: float


class Prediction(BaseModel):
    """The answer."""

    predictionId: str
    churnProbability: float
    decision: Decision
    riskTier: str
    recommendation: str
    confidence: float
    drivers: list[str]
    modelVersion: str
    latencyMs: float


def send_at_once(connection: socket.socket) -> None:
    """Turns Nagle's algorithm off, which asyncio leaves on for the socket that uvicorn's workers share: 40 ms an answer."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


asyncio.base_events._set_nodelay = send_at_once
app = FastAPI()


def sklearn_engine(folder: Path) -> Callable[[dict[str, Any]], float]:
    """The fitted pipeline itself."""
    sys.path.insert(0, os.environ["SERVING_PEER_SOURCES"])
    model = joblib.load(folder / "model.joblib")

    def score(values: dict[str, Any]) -> float:
        row = pd.DataFrame([[values[name] for name in NAMES]], columns=NAMES)
        row = row.astype({name: float for name in [*NUMBERS, *FLAGS]})
        return float(model.predict_proba(row)[0, 1])

    return score


def onnx_engine(folder: Path) -> Callable[[dict[str, Any]], float]:
    """ONNX Runtime with one thread a worker, its fastest setting for one row."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), settings, providers=["CPUExecutionProvider"])
    (input_name,) = [each.name for each in session.get_inputs()]
    output_name = session.get_outputs()[1].name
    encoding = json.loads((folder / "encoding.json").read_text())

    def score(values: dict[str, Any]) -> float:
        row: list[float] = []
        for column in encoding:
            value = values[column["name"]]
            if value is None:
                value = column["missing"]
            if "categories" in column:
                row.extend(float(value == category) for category in column["categories"])
            elif "mean" in column:
                row.append((value - column["mean"]) / column["scale"])
            else:
                row.append(float(value))
        (scores,) = session.run([output_name], {input_name: np.array([row], dtype=np.float32)})
        return float(scores[0, 1])

    return score


if "SERVING_PEER_MODEL" in os.environ:
    warnings.filterwarnings("ignore")
    ENGINES = {"sklearn": sklearn_engine, "onnx": onnx_engine}
    SCORE = ENGINES[os.environ["SERVING_PEER_ENGINE"]](Path(os.environ["SERVING_PEER_MODEL"]))


@app.post("/predict")
async def predict(customer: Customer) -> Prediction:
    """Answers one customer; in the event loop, because scikit-learn is several times slower in FastAPI's threads."""
    started = time.perf_counter()
    probability = SCORE(customer.model_dump())
    _, upper_from, upper, lower = next(band for band in TIERS if probability >= band[0])
    tier, recommendation = upper if probability >= upper_from else lower
    churn = probability >= THRESHOLD
    room = 1 - THRESHOLD if churn else THRESHOLD
    return Prediction(
        predictionId=str(uuid.uuid4()),
        churnProbability=probability,
        decision=Decision(churn=churn, threshold=THRESHOLD),
        riskTier=tier,
        recommendation=recommendation,
        confidence=round(abs(probability - THRESHOLD) / room, 4),
        drivers=[],
        modelVersion="1",
        latencyMs=round((time.perf_counter() - started) * 1000, 3),
    )


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]) if len(sys.argv) > 3 else None)
