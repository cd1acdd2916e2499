"""The independent side of promotion: scikit-learn scores the challenger's test split with both pickled models."""

import io
import json
import sys
import tarfile

import joblib
import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.metrics import roc_auc_score


def model_of(path: str):
    """The fitted pipeline of a model.tar.gz."""
    with tarfile.open(path) as archive:
        names = [name for name in archive.getnames() if name.endswith("model.joblib")]
        return joblib.load(io.BytesIO(archive.extractfile(names[0]).read()))


def components(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """DeLong's structural components, pair by pair."""
    above, below = scores[labels][:, None], scores[~labels][None, :]
    wins = (above > below) + 0.5 * (above == below)
    return wins.mean(axis=1), wins.mean(axis=0)


champion, challenger, table, target = sys.argv[1:]
rows = pd.read_csv(table, float_precision="round_trip")
labels = rows.pop(target).to_numpy() == 1
scores = [model_of(path).predict_proba(rows)[:, 1] for path in (champion, challenger)]
auc = [float(roc_auc_score(labels, score)) for score in scores]
parts = [components(labels, score) for score in scores]
error = float(
    np.sqrt(
        np.var(parts[1][0] - parts[0][0], ddof=1) / labels.sum()
        + np.var(parts[1][1] - parts[0][1], ddof=1) / (~labels).sum()
    )
)
difference = auc[1] - auc[0]
json.dump(
    {
        "champion": auc[0],
        "challenger": auc[1],
        "difference": difference,
        "standardError": error,
        "low": difference - norm.isf(0.025) * error,
        "high": difference + norm.isf(0.025) * error,
        "lowerBound": difference - norm.isf(0.05) * error,
        "pValue": float(2 * norm.sf(abs(difference / error))),
        "rows": len(rows),
    },
    sys.stdout,
)
