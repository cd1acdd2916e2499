"""Statistics as scipy, numpy and scikit-learn compute them: the independent side of the parity test. Reads cases, writes answers."""

import json
import sys
from typing import NamedTuple

import numpy as np
from scipy import special, stats
from scipy.spatial.distance import jensenshannon
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    brier_score_loss,
    mean_absolute_error,
    mean_squared_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
)


def raw(one: list[float], other: list[float]) -> dict[str, float]:
    """Two samples as they are."""
    return {
        "kolmogorovSmirnov": float(stats.ks_2samp(one, other).statistic),
        "wasserstein": float(stats.wasserstein_distance(one, other)),
    }


def counts(values: list[float], edges: list[float]) -> list[int]:
    """The histogram of a sample."""
    return [int(count) for count in np.histogram(values, edges)[0]]


def binned(baseline: list[int], window: list[int], edges: list[float]) -> dict[str, float]:
    """Two histograms. The index has no peer in scipy; it is written down from its definition."""
    p, q = (np.where(np.array(side) == 0, 0.5, side) / np.sum(side) for side in (baseline, window))
    full = (np.array(baseline) + np.array(window)) > 0
    table = np.array([baseline, window])[:, full]
    chi = stats.chi2_contingency(table, correction=False)
    # Rows spread evenly over a bin, in a thousand steps each.
    steps = np.concatenate([np.linspace(a, b, 1001)[:-1] for a, b in zip(edges, edges[1:])])
    cdf = [np.interp(steps, edges, np.concatenate([[0], np.cumsum(side) / np.sum(side)])) for side in (baseline, window)]
    widths = np.repeat(np.diff(edges) / 1000, 1000)
    return {
        "psi": float(np.sum(((q - p) * np.log(q / p))[full])),
        "jensenShannon": float(jensenshannon(baseline, window, base=2)),
        "chiSquared": float(chi.statistic),
        "pValue": float(chi.pvalue),
        "lInfinity": float(np.abs(np.array(baseline) / np.sum(baseline) - np.array(window) / np.sum(window)).max()),
        "binnedKolmogorovSmirnov": float(np.abs(cdf[0][::1000] - cdf[1][::1000]).max()),
        "binnedWasserstein~": float(np.sum(np.abs(cdf[0] - cdf[1]) * widths)),
    }


def classes(labels: list[int], scores: list[float], threshold: float) -> dict[str, float]:
    """A model's scores and what happened; DeLong's variance pair by pair."""
    truth, given = np.array(labels, dtype=bool), np.array(scores)
    above, below = given[truth][:, None], given[~truth][None, :]
    wins = (above > below) + 0.5 * (above == below)
    error = np.sqrt(wins.mean(axis=1).var(ddof=1) / truth.sum() + wins.mean(axis=0).var(ddof=1) / (~truth).sum())
    auc = roc_auc_score(truth, given)
    said = given >= threshold
    precision = wilson((said & truth).sum(), said.sum())
    recall = wilson((said & truth).sum(), truth.sum())
    right = wilson((said == truth).sum(), len(truth))
    found = average_precision_score(truth, given)
    # Boyd, Eng and Page 2013: normal on the scale of the logit.
    reach = stats.norm.isf(0.025) / np.sqrt(truth.sum() * found * (1 - found))
    squares = (given - truth) ** 2
    return {
        "rocAuc": float(auc),
        "rocAuc.low": float(max(0, auc - stats.norm.isf(0.025) * error)),
        "rocAuc.high": float(min(1, auc + stats.norm.isf(0.025) * error)),
        "prAuc": float(found),
        "prAuc.low": float(special.expit(special.logit(found) - reach)),
        "prAuc.high": float(special.expit(special.logit(found) + reach)),
        "precision": float(precision_score(truth, said)),
        "precision.low": float(precision.low),
        "precision.high": float(precision.high),
        "recall": float(recall_score(truth, said)),
        "recall.low": float(recall.low),
        "recall.high": float(recall.high),
        "accuracy": float(accuracy_score(truth, said)),
        "accuracy.low": float(right.low),
        "accuracy.high": float(right.high),
        "calibrationRatio": float(truth.sum() / given.sum()),
        "brier": float(brier_score_loss(truth, given)),
        "brier.high": float(squares.mean() + stats.norm.isf(0.025) * squares.std(ddof=1) / np.sqrt(len(squares))),
        "calibrationError": float((given - truth).mean()),
        "calibrationError.low": float(
            (given - truth).mean() - stats.norm.isf(0.025) * (given - truth).std(ddof=1) / np.sqrt(len(truth))
        ),
    }


def wilson(found: int, of: int) -> NamedTuple:
    """A share's interval."""
    return stats.binomtest(int(found), int(of)).proportion_ci(method="wilson")


def regression(outcomes: list[float], scores: list[float]) -> dict[str, float]:
    """A regression's figures, with normal intervals of the means."""
    truth, given = np.array(outcomes), np.array(scores)
    error, reach = given - truth, stats.norm.isf(0.025) / np.sqrt(len(truth))
    squares = mean_squared_error(truth, given)
    half = reach * (error**2).std(ddof=1)
    return {
        "mae": float(mean_absolute_error(truth, given)),
        "mae.low": float(np.abs(error).mean() - reach * np.abs(error).std(ddof=1)),
        "rmse": float(np.sqrt(squares)),
        "rmse.low": float(np.sqrt(squares - half)),
        "rmse.high": float(np.sqrt(squares + half)),
        "bias": float(error.mean()),
        "bias.high": float(error.mean() + reach * error.std(ddof=1)),
        "r2": float(r2_score(truth, given)),
        "r2.low": float(1 - (squares + half) / truth.var()),
    }


def estimate(
    scores: list[float], threshold: float, edges: list[float], counts: list[int], positives: list[int]
) -> dict[str, float]:
    """What scores say of their own worth: the chance of each by isotonic regression of the test split's bins."""
    middles, rows = (np.array(edges[1:]) + np.array(edges[:-1])) / 2, np.array(counts)
    full = rows > 0
    known = IsotonicRegression().fit(middles[full], (np.array(positives)[full] / rows[full]), sample_weight=rows[full])
    fitted = known.predict(middles[full])
    # Scores of 2,000 bins, as monitoring keeps them.
    bins = np.minimum(np.floor(np.array(scores) * 2000), 1999)
    chance = np.interp((bins + 0.5) / 2000, middles[full], fitted)
    truth, weight = np.repeat([1, 0], len(bins)), np.concatenate([chance, 1 - chance])
    both = np.concatenate([bins, bins])
    said = both >= np.floor(threshold * 2000)
    return {
        "rocAuc": float(roc_auc_score(truth, both, sample_weight=weight)),
        "prAuc": float(average_precision_score(truth, both, sample_weight=weight)),
        "precision": float(precision_score(truth, said, sample_weight=weight)),
        "recall": float(recall_score(truth, said, sample_weight=weight)),
        "accuracy": float(accuracy_score(truth, said, sample_weight=weight)),
    }


def distributions(points: dict[str, list[list[float]]]) -> dict[str, list[float]]:
    """Tails and quantiles."""
    known = {
        "chiSquaredTail": stats.chi2.sf,
        "chiSquaredQuantile": stats.chi2.isf,
        "normalTail": stats.norm.sf,
        "normalQuantile": stats.norm.isf,
        "kolmogorovTail": special.kolmogorov,
        "logGamma": special.gammaln,
        "fisherTest": fisher,
    }
    return {name: [float(known[name](*point)) for point in given] for name, given in points.items()}


def fisher(found: int, of: int, baseline_found: int, baseline_of: int) -> float:
    """Twice the smaller tail of the hypergeometric distribution."""
    law = stats.hypergeom(of + baseline_of, found + baseline_found, of)
    return min(1.0, 2 * min(law.sf(found - 1), law.cdf(found)))


asked = json.load(sys.stdin)
json.dump(
    {
        "raw": [raw(**case) for case in asked["raw"]],
        "counts": [counts(**case) for case in asked["counts"]],
        "binned": [binned(**case) for case in asked["binned"]],
        "classes": [classes(**case) for case in asked["classes"]],
        "regression": [regression(**case) for case in asked["regression"]],
        "estimate": [estimate(**case) for case in asked["estimate"]],
        "distributions": distributions(asked["distributions"]),
    },
    sys.stdout,
)
