"""DeLong's test from its definition, pair by pair: the independent side of the parity test. Reads cases, writes answers."""

import json
import sys

import numpy as np
from scipy.stats import norm


def placements(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Structural components: every positive against every negative, half for a tie."""
    above, below = scores[labels][:, None], scores[~labels][None, :]
    wins = (above > below) + 0.5 * (above == below)
    return wins.mean(axis=1), wins.mean(axis=0)


def answer(case: dict[str, list[float]]) -> dict[str, float]:
    """Both AUCs, the standard error of their difference by the covariance matrix, z and p."""
    labels = np.array(case["labels"], dtype=bool)
    parts = [placements(labels, np.array(case[side])) for side in ("champion", "challenger")]
    auc = [float(v10.mean()) for v10, _ in parts]
    s10, s01 = np.cov([v10 for v10, _ in parts]), np.cov([v01 for _, v01 in parts])
    covariance = s10 / labels.sum() + s01 / (~labels).sum()
    contrast = np.array([-1.0, 1.0])
    error = float(np.sqrt(max(0.0, contrast @ covariance @ contrast)))
    z = (auc[1] - auc[0]) / error
    p = float(2 * norm.sf(abs(z)))
    return {"champion": auc[0], "challenger": auc[1], "standardError": error, "z": z, "pValue": p}


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
