"""DeLong's test from its definition, pair by pair: the independent side of the parity test. Reads cases, writes answers."""

import json
import sys

import numpy as np
from scipy.stats import norm
from sklearn.metrics import roc_auc_score


LEVELS = (0.0001, 0.01, 0.05, 0.2, 0.5)
"""Significance of the one-sided test."""


def placements(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Structural components: every positive against every negative, half for a tie."""
    above, below = scores[labels][:, None], scores[~labels][None, :]
    wins = (above > below) + 0.5 * (above == below)
    return wins.mean(axis=1), wins.mean(axis=0)


def answer(case: dict[str, list[float]]) -> dict[str, float]:
    """Both AUCs as scikit-learn has them, the standard error of their difference by the covariance matrix, and what follows."""
    labels = np.array(case["labels"], dtype=bool)
    parts = [placements(labels, np.array(case[side])) for side in ("champion", "challenger")]
    auc = [float(roc_auc_score(labels, case[side])) for side in ("champion", "challenger")]
    s10, s01 = np.cov([v10 for v10, _ in parts]), np.cov([v01 for _, v01 in parts])
    covariance = s10 / labels.sum() + s01 / (~labels).sum()
    contrast = np.array([-1.0, 1.0])
    error = float(np.sqrt(max(0.0, contrast @ covariance @ contrast)))
    z = (auc[1] - auc[0]) / error
    p = float(2 * norm.sf(abs(z)))
    return {
        "champion": auc[0],
        "challenger": auc[1],
        "difference": auc[1] - auc[0],
        "standardError": error,
        "z": z,
        "pValue": p,
        "low": auc[1] - auc[0] - float(norm.isf(0.025)) * error,
        "high": auc[1] - auc[0] + float(norm.isf(0.025)) * error,
        **{f"lowerBound {level}": auc[1] - auc[0] - float(norm.isf(level)) * error for level in LEVELS},
    }


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
