"""What the scripts achieve on real data, held against plain scikit-learn and against what must not work."""

from __future__ import annotations

import csv
import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import contracts
import numpy as np
import pandas as pd
import pytest
from containers import Outcome, digests, evaluate, prepare, train
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score

FOREST = {"estimator": "random_forest", "n_estimators": 150, "max_depth": 12, "seed": 42}
DataSet = Callable[[str], bytes]


def run(
    base: Path, contract: dict[str, Any], data: bytes, settings: dict[str, Any]
) -> tuple[Outcome, Outcome, Outcome]:
    """Prepare, train, evaluate; every one must succeed."""
    prepared = prepare(base / "prepare", contract, data)
    assert prepared.code == 0, prepared.stderr
    trained = train(base / "train", prepared, settings)
    assert trained.code == 0, trained.stderr
    evaluated = evaluate(base / "evaluate", prepared, trained)
    assert evaluated.code == 0, evaluated.stderr
    return prepared, trained, evaluated


def plain_auc(prepared: Outcome, target: str) -> float:
    """A forest fitted by a plain script on the same split, with pandas' own one-hot columns and no scaling."""
    train_rows = pd.read_csv(prepared.output("train", "train.csv"))
    test_rows = pd.read_csv(prepared.output("test", "test.csv"))
    both = pd.get_dummies(pd.concat([train_rows, test_rows]).drop(columns=target))
    forest = RandomForestClassifier(n_estimators=150, max_depth=12, random_state=7)
    forest.fit(both[: len(train_rows)], train_rows[target])
    return float(roc_auc_score(test_rows[target], forest.predict_proba(both[len(train_rows) :])[:, 1]))


def test_telecom_is_as_good_as_a_plain_script(data_set: DataSet, tmp_path: Path) -> None:
    prepared, _, evaluated = run(tmp_path, contracts.TELECOM, data_set("telecom_churn.csv"), FOREST)
    metrics = evaluated.json("report", "evaluation.json")["metrics"]
    assert metrics["roc_auc_low"] <= plain_auc(prepared, "churn") <= metrics["roc_auc_high"]
    assert metrics["roc_auc"] > 0.89


def test_bank_reaches_its_known_quality_without_warnings(data_set: DataSet, tmp_path: Path) -> None:
    prepared, trained, evaluated = run(tmp_path, contracts.BANK, data_set("bank_churn.csv"), FOREST)
    report = evaluated.json("report", "evaluation.json")
    assert report["metrics"]["roc_auc"] >= 0.84
    assert report["warnings"] == []
    assert [item["feature"] for item in report["importance"][:2]] == ["Age", "NumOfProducts"]
    assert sum(report["confusion"].values()) == report["rows"] == 1500
    assert {(item["column"], item["value"]) for item in report["segments"]} >= {
        ("Geography", "Germany"),
        ("Gender", "Male"),
    }
    manifest = json.loads((trained.base / "model" / "manifest.json").read_text())
    assert manifest["threshold"]["split"] == "validation"
    assert report["threshold"]["value"] == manifest["threshold"]["value"]
    assert report["model"]["manifest_sha256"] in trained.stdout
    card = evaluated.output("card", "model-card.html").read_text()
    assert "<svg" in card and "http://" not in card and "https://" not in card and len(card) < 300_000
    assert prepared.json("report", "prepare.json")["rows"] == {"read": 10_000, "accepted": 10_000, "quarantined": 0}
    baseline = evaluated.json("baseline", "baseline.json")
    assert sum(baseline["columns"]["Age"]["counts"]) == 7000 and sum(baseline["score"]["counts"]) == 1500
    assert sum(baseline["score"]["positives"]) == report["positives"]
    frame = pd.read_csv(prepared.output("train", "train.csv"))
    germany = next(item for item in baseline["segments"] if item["value"] == "Germany")
    assert germany["rows"] == sum(germany["counts"]["Age"]) == (frame["Geography"] == "Germany").sum()
    assert all(sum(counts) == germany["rows"] for counts in germany["counts"].values())
    related = baseline["relations"]
    assert sorted(related["columns"]) == list(baseline["columns"]) and related["rows"] == 7000
    pair = list(itertools.combinations(related["columns"], 2)).index(("Balance", "NumOfProducts"))
    # Ranks by bins are nearly the ranks of the values.
    spearman = frame["Balance"].corr(frame["NumOfProducts"], method="spearman")
    assert related["correlations"][pair] == pytest.approx(spearman, abs=0.02)


def test_scores_are_of_the_rows_of_the_test_split_and_give_the_reported_figure(
    data_set: DataSet, tmp_path: Path
) -> None:
    settings = {**FOREST, "n_estimators": 10}
    prepared, _, evaluated = run(tmp_path, contracts.TELECOM, data_set("telecom_churn.csv"), settings)
    report = evaluated.json("report", "evaluation.json")
    files = digests(evaluated.output("report"))
    assert report["format"] == 2 and report["scores"] == {"file": "scores.csv", "sha256": files["scores.csv"]}
    assert report["test"]["sha256"] == digests(prepared.output("test"))["test.csv"]
    scores = pd.read_csv(evaluated.output("report", "scores.csv"), float_precision="round_trip")
    rows = pd.read_csv(prepared.output("test", "test.csv"))
    assert list(scores.columns) == ["row", "label", "score"]
    assert scores["label"].tolist() == rows["churn"].tolist()
    assert scores["row"].nunique() == len(rows.drop_duplicates())
    assert float(roc_auc_score(scores["label"], scores["score"])) == pytest.approx(
        report["metrics"]["roc_auc"], abs=1e-12
    )


def test_subscription_is_too_good_to_be_true(data_set: DataSet, tmp_path: Path) -> None:
    settings = {**FOREST, "n_estimators": 20}
    _, _, evaluated = run(tmp_path, contracts.SUBSCRIPTION, data_set("subscription_churn.csv"), settings)
    codes = [warning["code"] for warning in evaluated.json("report", "evaluation.json")["warnings"]]
    assert codes == ["leakage_model"]
    assert "warning: leakage_model: The model reaches ROC AUC 0.9999" in evaluated.stdout


def test_one_column_that_tells_the_outcome_is_named(data_set: DataSet, tmp_path: Path) -> None:
    text = data_set("bank_churn.csv").decode().replace("\r\n", "\n").strip().split("\n")
    lines = [f"{text[0]},CallsToClose"]
    lines += [f"{line},{3 if line.endswith('1') and i % 97 else i % 3}" for i, line in enumerate(text[1:])]
    columns = [*contracts.BANK["columns"], contracts.number("CallsToClose", "integer")]
    contract = {**contracts.BANK, "columns": columns}
    _, _, evaluated = run(tmp_path, contract, "\n".join(lines).encode(), {**FOREST, "n_estimators": 20})
    warnings = evaluated.json("report", "evaluation.json")["warnings"]
    named = [item["facts"]["feature"] for item in warnings if item["code"] == "leakage_feature"]
    assert named == ["CallsToClose"]


def test_data_without_signal_score_one_half(data_set: DataSet, tmp_path: Path) -> None:
    rows = list(csv.reader(data_set("bank_churn.csv").decode().splitlines()))
    outcomes = np.random.RandomState(5).permutation([row[-1] for row in rows[1:]])
    lines = [",".join(rows[0])] + [",".join([*row[:-1], outcome]) for row, outcome in zip(rows[1:], outcomes)]
    _, _, evaluated = run(tmp_path, contracts.BANK, "\n".join(lines).encode(), {**FOREST, "n_estimators": 60})
    metrics = evaluated.json("report", "evaluation.json")["metrics"]
    assert metrics["roc_auc_low"] < 0.5 < metrics["roc_auc_high"]
    assert metrics["roc_auc"] < 0.56


def test_the_bad_rows_of_the_dirty_file_and_no_others_are_quarantined(data_set: DataSet, tmp_path: Path) -> None:
    prepared = prepare(tmp_path, contracts.BANK, data_set("bank_churn_dirty.csv"))
    assert prepared.code == 0
    with prepared.output("quarantine", "quarantine.csv").open(newline="") as file:
        found = [(int(row["line"]), row["code"], row["column"]) for row in csv.DictReader(file)]
    age = [(line, "required_missing", "Age") for line in (19, 26, 30, 31, 38)]
    assert found == sorted(
        [(3, "duplicate_row", "RowNumber"), (4, "required_missing", "Gender"), (18, "duplicate_id", "RowNumber"), *age]
    )
    report = prepared.json("report", "prepare.json")
    assert report["rows"] == {"read": 10_002, "accepted": 9994, "quarantined": 8}
    assert report["byCode"] == {"duplicate_id": 1, "duplicate_row": 1, "required_missing": 6}


def test_the_impossible_number_of_products_is_quarantined_when_gender_may_be_missing(
    data_set: DataSet, tmp_path: Path
) -> None:
    columns = [{**column, "required": False} for column in contracts.BANK["columns"]]
    prepared = prepare(tmp_path, {**contracts.BANK, "columns": columns}, data_set("bank_churn_dirty.csv"))
    with prepared.output("quarantine", "quarantine.csv").open(newline="") as file:
        found = {int(row["line"]): (row["code"], row["value"], row["record"]) for row in csv.DictReader(file)}
    assert found[4][:2] == ("above_maximum", "25")
    assert found[4][2] == "2,15647311,Hill,608,Spain,,41,1,83807.86,25,0,1,112542.58,0"
    assert {line: code for line, (code, _, _) in found.items()} == {
        3: "duplicate_row",
        4: "above_maximum",
        18: "duplicate_id",
        19: "duplicate_id",
    }


def test_customer_lifetime_value_beats_the_mean(data_set: DataSet, tmp_path: Path) -> None:
    settings = {"estimator": "random_forest", "n_estimators": 60, "min_samples_leaf": 3, "seed": 1}
    _, trained, evaluated = run(tmp_path, contracts.INSURANCE, data_set("insurance_clv.csv"), settings)
    metrics = evaluated.json("report", "evaluation.json")["metrics"]
    assert metrics["r2"] > 0.55
    assert metrics["mae"] < 0.5 * metrics["baseline_mae"]
    assert metrics["r2_low"] < metrics["r2"] < metrics["r2_high"]
    assert "validation:r2=" in trained.stdout and "validation:mae=" in trained.stdout
    assert all(math.isfinite(value) for value in metrics.values())


def test_two_runs_give_the_same_bytes(data_set: DataSet, tmp_path: Path) -> None:
    found = []
    for place, hash_seed in (("first", "1"), ("second", "2")):
        base = tmp_path / place
        prepared, trained, evaluated = run(
            base, contracts.BANK, data_set("bank_churn_dirty.csv"), {**FOREST, "n_estimators": 40}
        )
        again = train(
            base / "again", prepared, {**FOREST, "n_estimators": 40}, environment={"PYTHONHASHSEED": hash_seed}
        )
        assert digests(again.base / "model") == digests(trained.base / "model")
        found.append((digests(prepared.output()), digests(trained.base / "model"), digests(evaluated.output())))
    assert found[0] == found[1]
    assert {"model.joblib", "predictor.safetensors", "manifest.json", "contract.json"} <= set(found[0][1])
