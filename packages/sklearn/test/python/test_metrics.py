"""The statistics against definitions, published figures and independent implementations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from metrics import calibration, classification_metrics, curves, lift, regression_metrics, roc_auc, roc_auc_interval
from scipy.stats import norm
from sklearn.metrics import f1_score, r2_score, roc_auc_score
from threshold import Costs, choose_threshold


def scores(rows: int, seed: int, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Targets and overlapping scores."""
    random = np.random.RandomState(seed)
    target = (random.uniform(size=rows) < 0.3).astype(int)
    score = 1 / (1 + np.exp(-(random.normal(size=rows) + 1.2 * target - 0.8)))
    return target, np.round(score, 1) if ties else score


def delong_by_definition(target: np.ndarray, score: np.ndarray) -> tuple[float, float]:
    """AUC and its standard error from the placement values of DeLong et al. 1988, equation 5, pair by pair."""
    positive, negative = score[target == 1], score[target == 0]
    wins = (positive[:, None] > negative[None, :]) + 0.5 * (positive[:, None] == negative[None, :])
    v10, v01 = wins.mean(axis=1), wins.mean(axis=0)
    variance = v10.var(ddof=1) / len(positive) + v01.var(ddof=1) / len(negative)
    return float(wins.mean()), math.sqrt(variance)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_delong_equals_its_definition(seed: int, ties: bool) -> None:
    target, score = scores(400, seed, ties)
    area, error = delong_by_definition(target, score)
    found = roc_auc_interval(target, score)
    assert found.value == pytest.approx(area, abs=1e-12)
    assert found.value == pytest.approx(roc_auc_score(target, score), abs=1e-12)
    assert found.low == pytest.approx(area + norm.ppf(0.025) * error, abs=1e-12)
    assert found.high == pytest.approx(min(1.0, area + norm.ppf(0.975) * error), abs=1e-12)


def test_delong_agrees_with_the_bootstrap() -> None:
    target, score = scores(600, 11)
    random = np.random.RandomState(1)
    areas = []
    for _ in range(2000):
        rows = random.randint(0, len(target), len(target))
        areas.append(roc_auc(target[rows], score[rows]))
    low, high = np.percentile(areas, [2.5, 97.5])
    found = roc_auc_interval(target, score)
    assert found.low == pytest.approx(low, abs=0.006)
    assert found.high == pytest.approx(high, abs=0.006)


def test_delong_covers_the_true_area_95_percent_of_the_time() -> None:
    truth = norm.cdf(1.2 / math.sqrt(2))
    random = np.random.RandomState(3)
    covered = 0
    for _ in range(1000):
        target = np.repeat([1, 0], [60, 140])
        found = roc_auc_interval(target, random.normal(size=200) + 1.2 * target)
        covered += found.low <= truth <= found.high
    assert 925 <= covered <= 970


def test_auc_of_one_positive_has_no_narrow_interval() -> None:
    found = roc_auc_interval(np.array([0, 0, 1]), np.array([0.1, 0.4, 0.3]))
    assert (found.value, found.low, found.high) == (0.5, 0.0, 1.0)


def test_decisions_at_the_threshold_count_as_positive() -> None:
    target, score = np.array([0, 1, 1, 0]), np.array([0.2, 0.5, 0.7, 0.6])
    figures = classification_metrics(target, score, 0.5)
    assert figures["recall"] == 1.0
    assert figures["precision"] == pytest.approx(2 / 3)
    assert figures["f1"] == pytest.approx(f1_score(target, score >= 0.5))


def test_the_threshold_has_the_greatest_f1_of_all() -> None:
    target, score = scores(500, 5)
    chosen = choose_threshold(target, score)
    best = max(f1_score(target, score >= cut) for cut in score)
    assert chosen["method"] == "max_f1"
    assert f1_score(target, score >= chosen["value"]) == pytest.approx(best, abs=1e-12)
    assert chosen["value"] not in score


def test_costs_move_the_threshold_to_the_cheapest_decisions() -> None:
    target, score = scores(500, 6)
    chosen = choose_threshold(target, score, Costs(false_positive=1, false_negative=5))

    def cost(cut: float) -> float:
        decided = score >= cut
        return float((decided & (target == 0)).sum() + 5 * (~decided & (target == 1)).sum())

    assert chosen["method"] == "min_cost"
    assert cost(chosen["value"]) == min(cost(cut) for cut in score)
    assert chosen["value"] < choose_threshold(target, score, Costs(5, 1))["value"]


def test_calibration_of_true_probabilities_is_close_and_of_shifted_ones_is_not() -> None:
    random = np.random.RandomState(2)
    truth = random.uniform(size=20_000)
    target = (random.uniform(size=20_000) < truth).astype(int)
    assert calibration(target, truth)["ece"] < 0.02
    assert calibration(target, np.clip(truth + 0.2, 0, 1))["ece"] > 0.1
    assert sum(item["count"] for item in calibration(target, truth)["bins"]) == 20_000


def test_lift_captures_every_positive_and_averages_to_one() -> None:
    target, score = scores(997, 7)
    rows = lift(target, score)
    assert [row["decile"] for row in rows] == list(range(1, 11))
    assert rows[-1]["captured"] == 1.0
    assert sum(row["rows"] * row["lift"] for row in rows) == pytest.approx(997)
    assert rows[0]["lift"] > 2


def test_curves_have_at_most_200_points_and_keep_their_ends() -> None:
    target, score = scores(5000, 8)
    found = curves(target, score)
    assert len(found["roc"]) <= 200 and len(found["pr"]) <= 200
    assert found["roc"][0][:2] == [0.0, 0.0] and found["roc"][-1][:2] == [1.0, 1.0]


def test_regression_figures_are_those_of_scikit_learn_and_lie_in_their_intervals() -> None:
    random = np.random.RandomState(4)
    target = random.normal(100, 20, 800)
    predicted = target + random.normal(0, 10, 800)
    figures = regression_metrics(target, predicted, 100.0, 42)
    assert figures["r2"] == pytest.approx(r2_score(target, predicted), abs=1e-12)
    for name in ("r2", "mae", "rmse"):
        assert figures[f"{name}_low"] < figures[name] < figures[f"{name}_high"]
    assert figures["baseline_mae"] > 1.5 * figures["mae"]
