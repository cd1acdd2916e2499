"""The peer of the monitoring benchmark: the same summary and the same statistics in numpy, from the same files.

``make FOLDER ROWS CAPTURED SOURCES`` writes a baseline (by the job's own baseline.py), ROWS rows of 20 features as one binary
file for each column, and CAPTURED predictions as serving captures them. ``columns FOLDER`` and ``captures FOLDER`` read those
files, and print the statistics with the seconds they took. ``auc FOLDER`` computes an area with DeLong's interval.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial.distance import jensenshannon

NORMALS = [f"normal{at}" for at in range(10)]
SKEWED = ["skewed0", "skewed1", "count"]
CATEGORIES = {f"category{size}": [f"c{at}" for at in range(size)] for size in (2, 3, 5, 10, 50)}
FLAGS = ["flag0", "flag1"]
CHUNK = 250_000
"""Rows at once: the fastest of 62,500 to 10 million here, since arrays stay in the cache."""


def frame(rows: int, seed: int) -> pd.DataFrame:
    """Rows of the simulated population: missing values in two columns, two related ones, ten rare categories."""
    rng = np.random.default_rng(seed)
    data: dict[str, np.ndarray] = {name: rng.standard_normal(rows) for name in NORMALS}
    data["normal2"] = 0.6 * data["normal1"] + 0.8 * data["normal2"]
    for name in ("normal8", "normal9"):
        data[name][rng.random(rows) < 0.02] = np.nan
    for name in SKEWED[:2]:
        data[name] = np.exp(rng.standard_normal(rows))
    data["count"] = np.floor(rng.exponential(1.5, rows))
    for name, values in CATEGORIES.items():
        weights = np.arange(len(values), 0, -1, dtype=float)
        data[name] = rng.choice(len(values), rows, p=weights / weights.sum()).astype(np.int32)
    data["flag0"] = (rng.random(rows) < 0.3).astype(float)
    data["flag1"] = (rng.random(rows) < 0.02).astype(float)
    data["score"] = 1 / (1 + np.exp(1.5 - rng.standard_normal(rows)))
    return pd.DataFrame(data)


def make(folder: Path, rows: int, captured: int, sources: str) -> None:
    """Writes what both sides read."""
    sys.path.insert(0, sources)
    from baseline import describe_baseline
    from contract import parse_contract

    columns = [{"name": name, "type": "number", "minimum": -4, "maximum": 100} for name in NORMALS + SKEWED]
    columns += [{"name": name, "type": "category", "categories": values} for name, values in CATEGORIES.items()]
    columns += [{"name": name, "type": "boolean", "true": ["yes"], "false": ["no"]} for name in FLAGS]
    target = {"column": "churn", "kind": "binary", "positive": ["yes"], "negative": ["no"]}
    document = {"format": 1, "name": "bench", "missing": [""], "id": [], "ignore": [], "target": target, "columns": columns}
    document["segments"] = ["flag0"]
    contract = json.dumps(document).encode()
    (folder / "contract.json").write_bytes(contract)
    train = frame(7_000, 1)
    named = train.assign(**{name: np.array(values)[train[name]] for name, values in CATEGORIES.items()})
    score = train["score"].to_numpy()
    churned = (np.random.default_rng(2).random(len(score)) < score).astype(int)
    baseline = describe_baseline(named, score, churned, parse_contract(contract), "0")
    (folder / "baseline.json").write_text(json.dumps(baseline))
    files = {name: (folder / f"{name}.bin").open("wb") for name in train.columns}
    for at, start in enumerate(range(0, rows, 1_000_000)):
        part = frame(min(1_000_000, rows - start), 10 + at)
        for name, file in files.items():
            part[name].to_numpy().tofile(file)
    for file in files.values():
        file.close()
    capture(folder / "captures.jsonl", frame(captured, 3))


def capture(path: Path, data: pd.DataFrame) -> None:
    """Predictions in the shape of SageMaker's data capture, as the prediction API writes them."""
    texts = {name: [json.dumps(value) for value in values] for name, values in CATEGORIES.items()}
    columns = []
    for name in data.columns[:-1]:
        values = data[name].to_numpy()
        if name in texts:
            columns.append([texts[name][code] for code in values])
        elif name in FLAGS:
            columns.append(["1" if value else "0" for value in values])
        else:
            columns.append(["null" if np.isnan(value) else repr(float(value)) for value in values])
    with path.open("w") as file:
        for at, (score, *row) in enumerate(zip(data["score"], *columns)):
            sent = "{" + ",".join(f'"{name}":{value}' for name, value in zip(data.columns, row)) + "}"
            answer = {"churnProbability": float(score), "churn": bool(score > 0.5), "modelVersion": "1", "latencyMs": 1.5}
            body = {
                "endpointInput": {"observedContentType": "application/json", "mode": "INPUT", "data": sent, "encoding": "JSON"},
                "endpointOutput": {
                    "observedContentType": "application/json",
                    "mode": "OUTPUT",
                    "data": json.dumps(answer),
                    "encoding": "JSON",
                },
            }
            meta = {"eventId": f"0198a5f2-{at:012x}", "inferenceTime": "2026-01-05T10:15:00.000Z"}
            file.write(json.dumps({"captureData": body, "eventMetadata": meta, "eventVersion": "0"}) + "\n")


class Totals:
    """The sums of any number of chunks: what a summary holds."""

    def __init__(self, folder: Path) -> None:
        self.baseline = json.loads((folder / "baseline.json").read_text())
        contract = json.loads((folder / "contract.json").read_text())
        self.limits = {each["name"]: (each.get("minimum"), each.get("maximum")) for each in contract["columns"]}
        self.columns = self.baseline["columns"]
        self.edges = {name: np.array(column["edges"]) for name, column in self.columns.items() if "edges" in column}
        self.edges["score"] = np.array(self.baseline["score"]["edges"])
        self.rows = 0
        self.bins: dict[str, np.ndarray] = {}
        self.moments: dict[str, np.ndarray] = {}
        names = self.baseline["relations"]["columns"]
        self.ranks = {name: self.rank_scores(name) for name in names}
        self.products = np.zeros((len(names), len(names)))
        self.segments: dict[tuple[int, str], np.ndarray] = {}

    def rank_scores(self, name: str) -> np.ndarray:
        """The score of each bin, with 0 for what is outside and, last, for what is missing."""
        counts = self.columns[name]["counts"]
        rows = np.array(list(counts.values()) if isinstance(counts, dict) else counts, dtype=float)
        scores = np.floor((2 * (np.cumsum(rows) - rows / 2) / rows.sum() - 1) * 1000 + 0.5)
        inside = scores if isinstance(counts, dict) else np.concatenate([[-1000.0], scores, [1000.0]])
        return np.concatenate([inside, [0.0, 0.0]])

    def add(self, chunk: dict[str, np.ndarray]) -> None:
        """Adds rows that lie in columns."""
        self.rows += len(chunk["score"])
        places = {name: self.places(name, values) for name, values in chunk.items()}
        for name, (place, size) in places.items():
            self.count(self.bins, name, np.bincount(place, minlength=size))
        segment = places["flag0"][0]
        for value in (0, 1):
            members = segment == value
            for name, (place, size) in places.items():
                if name != "score":
                    self.count(self.segments, (value, name), np.bincount(place[members], minlength=size))
        scores = np.stack([table[places[name][0]] for name, table in self.ranks.items()])
        self.products += scores @ scores.T

    def places(self, name: str, values: np.ndarray) -> tuple[np.ndarray, int]:
        """The bin of each value (below, bins, above, missing), and the number of bins. Numbers leave their sums as well."""
        if name not in self.edges:
            size = len(self.columns[name]["counts"])
            place = np.nan_to_num(values, nan=size + 1).astype(np.intp) if values.dtype == float else values.astype(np.intp)
            return np.where((place < 0) | (place > size), size + 1, place), size + 2
        edges = self.edges[name]
        present = values[~np.isnan(values)]
        low, high = self.limits.get(name, (None, None))
        found = [
            present.sum(),
            np.square(present).sum(),
            present.min(),
            present.max(),
            0 if low is None else np.count_nonzero(present < low),
            0 if high is None else np.count_nonzero(present > high),
        ]
        known = self.moments.get(name)
        if known is not None:
            found = [
                found[0] + known[0],
                found[1] + known[1],
                min(found[2], known[2]),
                max(found[3], known[3]),
                found[4] + known[4],
                found[5] + known[5],
            ]
        self.moments[name] = np.array(found)
        # NaN sorts behind every edge.
        place = np.searchsorted(edges, values, side="right")
        place[values == edges[-1]] = len(edges) - 1
        place[np.isnan(values)] = len(edges) + 1
        return place, len(edges) + 2

    def count(self, into: dict, key: object, counts: np.ndarray) -> None:
        """Adds counts to those of earlier chunks."""
        into[key] = counts + into.get(key, 0)

    def statistics(self) -> dict[str, object]:
        """Every column beside the baseline."""
        columns = {name: self.compare(name, bins) for name, bins in self.bins.items()}
        return {"rows": self.rows, "columns": columns, "products": self.products[np.triu_indices(len(self.products), 1)].tolist()}

    def compare(self, name: str, bins: np.ndarray) -> dict[str, float]:
        """Distances of a column from its baseline; they are those of all rows, without the pooling of rare bins."""
        described = self.baseline["score"] if name == "score" else self.columns[name]
        counts = described["counts"]
        window = bins[:-1].astype(float)
        if isinstance(counts, dict):
            baseline = np.array([*counts.values(), described.get("other", 0)], dtype=float)
        else:
            baseline = np.array([0, *counts, 0], dtype=float)
        full = (baseline + window) > 0
        p, q = baseline / baseline.sum(), window / window.sum()
        chi = stats.chi2_contingency(np.array([baseline, window])[:, full], correction=False)
        found = {
            "jensenShannon": float(jensenshannon(p, q, base=2)),
            "lInfinity": float(np.abs(p - q).max()),
            "chiSquared": float(chi.statistic),
            "pValue": float(chi.pvalue),
            "missing": int(bins[-1]),
        }
        if name in self.moments:
            total, squares, low, high, below, above = self.moments[name]
            rows = window.sum()
            found |= {
                "ks": float(np.abs(np.cumsum(p) - np.cumsum(q)).max()),
                "mean": float(total / rows),
                "std": float(np.sqrt(squares / rows - (total / rows) ** 2)),
                "minimum": float(low),
                "maximum": float(high),
                "outside": int(below + above),
            }
        return found


def columns(folder: Path) -> None:
    """Binary columns, a chunk at a time."""
    start = time.perf_counter()
    totals = Totals(folder)
    names = [*totals.columns, "score"]
    kinds = {name: np.dtype("i4" if name in CATEGORIES else "f8") for name in names}
    files = {name: (folder / f"{name}.bin").open("rb") for name in names}
    while True:
        chunk = {name: np.fromfile(file, dtype=kinds[name], count=CHUNK) for name, file in files.items()}
        if not len(chunk["score"]):
            break
        totals.add(chunk)
    answer(totals.statistics(), start)


def captures(folder: Path) -> None:
    """A file of captured predictions: the library's own JSON reading, each id once, and columns by pandas."""
    start = time.perf_counter()
    totals = Totals(folder)
    seen: set[str] = set()
    rows: list[dict] = []

    def flush() -> None:
        data = pd.DataFrame(rows)
        for name, values in CATEGORIES.items():
            data[name] = pd.Categorical(data[name], categories=values).codes.astype(np.int32)
        totals.add({name: data[name].to_numpy(dtype=None if name in CATEGORIES else float) for name in [*totals.columns, "score"]})
        rows.clear()

    with (folder / "captures.jsonl").open() as file:
        for line in file:
            record = json.loads(line)
            event = record["eventMetadata"]["eventId"]
            if event in seen:
                continue
            seen.add(event)
            row = json.loads(record["captureData"]["endpointInput"]["data"])
            row["score"] = json.loads(record["captureData"]["endpointOutput"]["data"])["churnProbability"]
            rows.append(row)
            if len(rows) == 50_000:
                flush()
    if rows:
        flush()
    answer(totals.statistics(), start)


def auc(folder: Path) -> None:
    """ROC AUC with DeLong's variance by midranks (Sun and Xu 2014), which is how it is done in numpy."""
    scores, labels = np.fromfile(folder / "auc-scores.bin"), np.fromfile(folder / "auc-labels.bin") == 1
    start = time.perf_counter()
    above, below = scores[labels], scores[~labels]
    m, n = len(above), len(below)
    together = stats.rankdata(np.concatenate([above, below]))
    placed = (together[:m] - stats.rankdata(above)) / n
    others = 1 - (together[m:] - stats.rankdata(below)) / m
    value = placed.mean()
    error = np.sqrt(placed.var(ddof=1) / m + others.var(ddof=1) / n)
    reach = stats.norm.isf(0.025) * error
    answer({"value": float(value), "low": float(value - reach), "high": float(value + reach)}, start)


def answer(found: dict, start: float) -> None:
    """Prints what was found and how long it took."""
    json.dump({"milliseconds": (time.perf_counter() - start) * 1000, **found}, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    else:
        {"columns": columns, "captures": captures, "auc": auc}[sys.argv[1]](Path(sys.argv[2]))
