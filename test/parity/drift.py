"""Windows of predictions as numpy, scipy and scikit-learn see them: the independent side of the parity test of drift.

Writes a baseline (by the job's own baseline.py), the rows of four windows, and what other libraries say of them. Called as
``python drift.py PYTHON_SOURCES CONTRACT_JSON``.
"""

import json
import sys

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

sys.path.insert(0, sys.argv[1])

from baseline import describe_baseline  # noqa: E402
from contract import parse_contract  # noqa: E402

TRAIN, WINDOW = 4_000, 2_000
PLANS = ["basic", "silver", "gold"]
NUMBERS = ["minutes", "charges", "calls", "tenure"]


def frame(rng: np.random.Generator, rows: int, together: float = 0.7, shift: float = 0.0, share: float = 0.1) -> pd.DataFrame:
    """Customers: two related numbers, a skewed one, one with many ties and missing values, a category and a flag."""
    minutes = rng.standard_normal(rows)
    charges = together * minutes + np.sqrt(1 - together**2) * rng.standard_normal(rows)
    calls = np.floor(rng.exponential(2, rows))
    calls[rng.random(rows) < 0.04] = np.nan
    return pd.DataFrame(
        {
            "minutes": 200 + 50 * (minutes + shift),
            "charges": np.exp(charges / 2),
            "calls": calls,
            "tenure": rng.gamma(2, 10, rows),
            "plan": rng.choice(PLANS, rows, p=[0.6, 0.4 - share, share]),
            "active": (rng.random(rows) < 0.7).astype(float),
        }
    )


def ranks(train: pd.Series, values: pd.Series, edges: list[float] | None) -> np.ndarray:
    """Middle ranks among the training rows' bins, in thousandths of -1 (all are above) to 1; 0 for a missing value."""
    if edges is None:
        codes = {name: at for at, name in enumerate(PLANS)}
        place = (lambda each: each.map(codes)) if train.dtype == object else (lambda each: each)
        known, found = place(train).to_numpy(float), place(values).to_numpy(float)
    else:
        last = len(edges) - 2

        def binned(each: pd.Series) -> np.ndarray:
            place = np.searchsorted(edges, each, side="right") - 1.0
            place[each.to_numpy() == edges[-1]] = last
            return np.where(each.isna(), np.nan, place)

        known, found = binned(train), binned(values)
    known = np.sort(known[~np.isnan(known)])
    below, upto = np.searchsorted(known, found, side="left"), np.searchsorted(known, found, side="right")
    score = np.floor(((below + upto) / len(known) - 1) * 1000 + 0.5)
    score[np.isnan(found)] = 0
    return score


def columns_of(train: pd.DataFrame, window: pd.DataFrame, described: dict) -> dict:
    """What is true of each numeric column's raw samples, and of their bins."""
    found = {}
    for name in NUMBERS:
        one, other = train[name].dropna(), window[name].dropna()
        edges = np.array(described[name]["edges"])
        counts = [np.histogram(side, [-np.inf, *edges, np.inf])[0] for side in (one, other)]
        # numpy puts the last edge itself into the bin behind it, the baseline into the one before.
        for side, values in zip(counts, (one, other)):
            side[-2] += (values == edges[-1]).sum()
            side[-1] -= (values == edges[-1]).sum()
        p, q = (side / side.sum() for side in counts)
        joined = np.array(counts)
        # What lies outside the training range joins the outermost bin, where fewer than five rows can be expected there.
        for end, inner in ((0, 1), (-1, -2)):
            if joined[:, end].sum() * min(joined.sum(axis=1)) / joined.sum() < 5:
                joined[:, inner] += joined[:, end]
                joined[:, end] = 0
        joined = joined[:, joined.sum(axis=0) > 0]
        expected = stats.contingency.expected_freq(joined)
        before, after = (side / side.sum() for side in joined)
        full = (counts[0] + counts[1]) > 0
        found[name] = {
            "rawKs": float(stats.ks_2samp(one, other).statistic),
            "rawWasserstein": float(stats.wasserstein_distance(one, other)),
            "rawPValue": float(stats.ks_2samp(one, other).pvalue),
            "ks": float(np.abs(np.cumsum(p) - np.cumsum(q)).max()),
            "leastExpected": float(expected.min()),
            "psi": float(((after - before) * np.log(after / before)).sum()),
            "joinedChiSquared": float(stats.chi2_contingency(joined, correction=False).statistic),
            "lInfinity": float(np.abs(p - q).max()),
            "jensenShannon": float(np.sqrt((stats.entropy(p, (p + q) / 2, base=2) + stats.entropy(q, (p + q) / 2, base=2)) / 2)),
            "chiSquared": float(stats.chi2_contingency(np.array(counts)[:, full], correction=False).statistic),
            "mean": float(other.mean()),
            "missing": int(window[name].isna().sum()),
            "fullest": float(max(p.max(), q.max())),
            "reach": float(max(one.max(), other.max()) - min(one.min(), other.min())),
        }
    return found


def segments_of(data: pd.DataFrame, described: dict) -> dict[str, dict[str, list[int]]]:
    """Rows of each plan by column: those below the baseline's range, its bins, those above, and those without a value."""
    found: dict[str, dict[str, list[int]]] = {}
    for plan, members in data.groupby("plan"):
        found[plan] = {}
        for name in NUMBERS:
            values, edges = members[name], described[name]["edges"]
            inside = np.histogram(values.dropna(), edges)[0]
            outside = [(values < edges[0]).sum(), (values > edges[-1]).sum()]
            found[plan][name] = [int(each) for each in (outside[0], *inside, outside[1], values.isna().sum())]
        found[plan]["active"] = [int((members["active"] == value).sum()) for value in (0, 1)]
    return found


def relations_of(train: pd.DataFrame, window: pd.DataFrame, described: dict) -> list[list[float]]:
    """Correlations of ranks."""
    scores = [ranks(train[name], window[name], described[name].get("edges")) for name in described]
    return np.corrcoef(scores).tolist()


def classifier_area(train: pd.DataFrame, window: pd.DataFrame) -> float:
    """A forest that tells the window's rows from training rows: ROC AUC, out of fold; 0.5 when it cannot."""
    both = pd.get_dummies(pd.concat([train, window], ignore_index=True)).fillna(-1.0)
    label = np.repeat([0, 1], [len(train), len(window)])
    forest = RandomForestClassifier(n_estimators=60, min_samples_leaf=20, class_weight="balanced", random_state=0)
    return float(roc_auc_score(label, cross_val_predict(forest, both, label, cv=3, method="predict_proba")[:, 1]))


def scores(rng: np.random.Generator, rows: int) -> np.ndarray:
    """A model's answers, which never drift here."""
    return 1 / (1 + np.exp(rng.standard_normal(rows)))


def main() -> None:
    """Everything as one document."""
    rng = np.random.default_rng(17)
    contract = parse_contract(sys.argv[2].encode())
    train = frame(rng, TRAIN)
    score = scores(rng, 500)
    baseline = describe_baseline(train, score, (rng.random(len(score)) < score).astype(int), contract, "0")
    windows = {
        "same": frame(rng, WINDOW),
        "shifted": frame(rng, WINDOW, shift=0.4, share=0.2),
        "apart": frame(rng, WINDOW, together=0.0),
    }
    described = baseline["columns"]
    json.dump(
        {
            "baseline": baseline,
            "trained": relations_of(train, train, described),
            "trainedSegments": segments_of(train, described),
            "windows": {
                name: {
                    "rows": json.loads(window.to_json(orient="records", double_precision=15)),
                    "scores": scores(rng, len(window)).tolist(),
                    "columns": columns_of(train, window, described),
                    "relations": relations_of(train, window, described),
                    "segments": segments_of(window, described),
                    "classifier": classifier_area(train, window),
                }
                for name, window in windows.items()
            },
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
