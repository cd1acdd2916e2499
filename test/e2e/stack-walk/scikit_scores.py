"""Prints what scikit-learn's fitted pipeline answers: ``python scikit_scores.py model.tar.gz rows.csv``, as a JSON list."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "packages/sklearn/python"))

from artefacts import load_fitted  # noqa: E402
from contract import read_contract  # noqa: E402
from table import read_table  # noqa: E402


def main() -> None:
    """Scores every row."""
    archive, rows = Path(sys.argv[1]), sys.argv[2]
    folder = archive.parent / "unpacked"
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as tar:
        tar.extractall(folder, filter="data")
    table, _ = read_table(rows, read_contract(str(folder / "contract.json")))
    fitted = load_fitted((folder / "model.joblib").read_bytes())
    print(json.dumps(fitted.predict_proba(table)[:, 1].tolist()))


if __name__ == "__main__":
    main()
