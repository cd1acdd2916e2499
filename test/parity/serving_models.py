"""Trains the models of serving-modes.test.ts with the product's own scripts, and records what scikit-learn answers.

Run as ``python serving_models.py OUT CASES``: CASES is a JSON list of ``{"name", "data", "hyperparameters"}``, and
``OUT/<name>/contract.json`` is there. Each folder receives ``model/`` and ``model.tar.gz`` as training makes them,
``rows.csv`` (the whole data set as canonical rows), ``features.f64`` (what the fitted preprocessing makes of them),
``names.json`` and ``expected.f64`` (what the fitted pipeline answers).
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "packages/sklearn/test/python"), str(ROOT / "packages/sklearn/python")]

import numpy as np  # noqa: E402
from artefacts import load_fitted  # noqa: E402
from containers import archive, prepare, train  # noqa: E402
from contract import read_contract  # noqa: E402
from table import read_table  # noqa: E402


def main() -> None:
    """Makes every case."""
    out = Path(sys.argv[1])
    for case in json.loads(Path(sys.argv[2]).read_text()):
        write_case(out / case["name"], case)


def write_case(folder: Path, case: dict) -> None:
    """Prepares, trains and answers one data set."""
    contract = json.loads((folder / "contract.json").read_text())
    prepared = prepare(folder / "p", contract, Path(case["data"]).read_bytes())
    if prepared.code != 0:
        raise SystemExit(prepared.reason)
    trained = train(folder / "t", prepared, case["hyperparameters"])
    if trained.code != 0:
        raise SystemExit(trained.reason)
    archive(trained, folder / "model.tar.gz")
    shutil.copytree(trained.base / "model", folder / "model")
    pipeline = load_fitted((folder / "model" / "model.joblib").read_bytes())
    features, expected, texts = [], [], []
    for split in ("train", "validation", "test"):
        path = prepared.output(split, f"{split}.csv")
        rows, _ = read_table(str(path), read_contract(str(folder / "contract.json")))
        features.append(pipeline[0].transform(rows))
        answers = pipeline.predict_proba(rows)[:, 1] if hasattr(pipeline, "predict_proba") else pipeline.predict(rows)
        expected.append(answers)
        header, _, body = path.read_text().partition("\n")
        texts.append(body)
    (folder / "rows.csv").write_text(header + "\n" + "".join(texts))
    np.concatenate(features).astype("<f8").tofile(folder / "features.f64")
    np.concatenate(expected).astype("<f8").tofile(folder / "expected.f64")
    (folder / "names.json").write_text(json.dumps(pipeline[0].get_feature_names_out().tolist()))
    for scratch in ("p", "t"):
        shutil.rmtree(folder / scratch)


if __name__ == "__main__":
    main()
