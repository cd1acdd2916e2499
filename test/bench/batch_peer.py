"""The peer of the batch benchmark: customers scored by pandas and scikit-learn, one whole process.

- ``batch_peer.py make BANK.csv CUSTOMERS.csv ROWS`` writes so many customers: those of the bank set, again and again, with
  noise on amounts and scores and a number of their own.
- ``batch_peer.py score MODEL_FOLDER CUSTOMERS.csv SCORED.csv`` reads the file in chunks of 100,000 rows, scores them with the
  model's own pipeline on two cores, and writes each customer with probability and decision: what a data scientist would
  write, without checks of the rows. Prints the most memory it had, in KiB. (All rows at once take as long and 730 MiB.)
- ``batch_peer.py compare THEIRS.csv OURS.csv`` fails when the two files differ.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

CHUNK_ROWS = 100_000


def make(bank: str, customers: str, rows: str) -> None:
    """Writes many customers that resemble those of the bank."""
    count = int(rows)
    rng = np.random.default_rng(1)
    frame = pd.read_csv(bank).drop(columns="Exited").sample(count, replace=True, random_state=1).reset_index(drop=True)
    frame["RowNumber"] = np.arange(1, count + 1)
    frame["CustomerId"] = 15_000_000 + np.arange(count)
    for name in ("Balance", "EstimatedSalary"):
        frame[name] = (frame[name] * rng.uniform(0.9, 1.1, count)).round(2)
    frame["CreditScore"] = (frame["CreditScore"] + rng.integers(-5, 6, count)).clip(300, 850)
    frame.to_csv(customers, index=False)


def score(folder: str, customers: str, scored: str) -> None:
    """Scores a file."""
    import joblib

    warnings.filterwarnings("ignore")
    home = Path(folder)
    sys.path.insert(0, str(home / "code"))
    model = joblib.load(home / "model.joblib")
    model.set_params(estimator__n_jobs=2)
    contract = json.loads((home / "contract.json").read_text())
    threshold = json.loads((home / "manifest.json").read_text())["threshold"]["value"]
    names = [column["name"] for column in contract["columns"]]
    numbers = {column["name"]: float for column in contract["columns"] if column["type"] != "category"}
    target = contract["target"]["column"]
    for index, chunk in enumerate(pd.read_csv(customers, chunksize=CHUNK_ROWS)):
        probability = model.predict_proba(chunk[names].astype(numbers))[:, 1]
        chunk[f"{target}_probability"] = probability
        chunk[f"{target}_predicted"] = np.where(probability >= threshold, "1", "0")
        chunk.to_csv(scored, mode="w" if index == 0 else "a", header=index == 0, index=False)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def compare(theirs: str, ours: str) -> None:
    """Fails when the files differ. On two threads scikit-learn adds the trees in any order, so a last bit may differ."""
    read = {"float_precision": "round_trip"}
    left, right = pd.read_csv(theirs, **read), pd.read_csv(ours, **read)
    probability, decision = left.columns[-2:]
    tied = left[decision] != right[decision]
    if tied.any() and np.ptp(right.loc[tied, probability]) > 1e-12:
        raise SystemExit(f"{int(tied.sum())} decisions differ away from the threshold")
    left.loc[tied, decision] = right.loc[tied, decision]
    pd.testing.assert_series_equal(left.pop(probability), right.pop(probability), rtol=1e-13, atol=0)
    pd.testing.assert_frame_equal(left, right, check_exact=True)


if __name__ == "__main__":
    {"make": make, "score": score, "compare": compare}[sys.argv[1]](*sys.argv[2:])
