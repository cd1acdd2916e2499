"""Evaluate: judges a model on rows it has never seen, once, and writes what a person needs to approve it.

Runs as a ProcessingJob with inputs ``input/model`` (model.tar.gz), ``input/test`` and ``input/train``; outputs
``report/evaluation.json``, ``report/scores.csv``, ``baseline/baseline.json`` and ``card/model-card.md`` and ``.html``.
"""

from __future__ import annotations

import argparse
import tarfile
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import artefacts
from baseline import describe_baseline
from contract import Contract, parse_contract
from failure import ArtefactError, run
from importance import in_parallel, permutation_importance
from leakage import leakage_warnings
from metrics import (
    calibration,
    classification_metrics,
    confusion,
    curves,
    decision_metrics,
    lift,
    regression_metrics,
    roc_auc,
)
from model_card import html_card, markdown_card
from paths import processing
from scores import FILE as SCORES_FILE
from scores import row_digests, scores_table
from segments import segment_metrics, segment_warnings
from table import read_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FORMAT = 2
SMALL_TEST_POSITIVES = 50


class Loaded(NamedTuple):
    """A model as the archive holds it."""

    pipeline: Any
    contract: Contract
    manifest: dict[str, Any]
    manifest_digest: str


def main(arguments: list[str]) -> None:
    """Runs the step.

    Raises:
        UserError: The model or a table cannot be used.
    """
    parser = argparse.ArgumentParser(prog="evaluate.py", description="Judges a model on the test split.")
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args(arguments)
    model = load_model(processing("input", "model", "model.tar.gz"))
    test_file = processing("input", "test", "test.csv")
    test = read_table(test_file, model.contract)
    train = read_table(processing("input", "train", "train.csv"), model.contract)
    score = scorer(model)
    predicted = score(test[0])
    report = evaluate(model, train, test, score, predicted, options.seed)
    test_bytes = artefacts.read_bytes(test_file)
    scores = scores_table(row_digests(test_bytes), test[1], predicted)
    report["test"] = {"sha256": artefacts.sha256(test_bytes)}
    report["scores"] = {"file": SCORES_FILE, "sha256": artefacts.sha256(scores)}
    artefacts.write_bytes(processing("output", "report", SCORES_FILE), scores)
    artefacts.write_json(processing("output", "report", "evaluation.json"), report)
    digest = artefacts.sha256(model.contract.source)
    baseline = describe_baseline(train[0], predicted, test[1], model.contract, digest)
    artefacts.write_json(processing("output", "baseline", "baseline.json"), baseline)
    artefacts.write_bytes(processing("output", "card", "model-card.md"), markdown_card(report, model.contract).encode())
    artefacts.write_bytes(processing("output", "card", "model-card.html"), html_card(report, model.contract).encode())
    announce(report)


def load_model(path: str) -> Loaded:
    """Reads the archive in memory; nothing is unpacked to disk, and nothing is unpickled before its digest was checked.

    Raises:
        ArtefactError: The archive or one of its files is missing or changed.
    """
    wanted = dict.fromkeys(("manifest.json", "contract.json", "model.joblib"), b"")
    try:
        # As a stream: an archive opened for random access would be decompressed once to list it and again to read it.
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                name = member.name.removeprefix("./")
                stream = archive.extractfile(member) if name in wanted and member.isfile() else None
                if stream is not None:
                    wanted[name] = stream.read()
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        raise ArtefactError(
            "model_unreadable", f"{path} cannot be read: {error}.", "Pass a training job's model.tar.gz."
        )
    for name, data in wanted.items():
        if not data:
            remedy = "Pass a training job's model.tar.gz."
            raise ArtefactError("artefact_missing", f"model.tar.gz holds no {name}.", remedy)
    manifest = artefacts.parse_manifest(wanted["manifest.json"])
    for name in ("contract.json", "model.joblib"):
        artefacts.check_digest(manifest, name, artefacts.sha256(wanted[name]))
    return Loaded(
        pipeline=artefacts.load_fitted(wanted["model.joblib"]),
        contract=parse_contract(wanted["contract.json"]),
        manifest=manifest,
        manifest_digest=artefacts.sha256(wanted["manifest.json"]),
    )


def scorer(model: Loaded) -> Any:
    """Rows in; probabilities of the positive class, or predicted numbers, out."""
    if model.contract.target.kind == "binary":
        return in_parallel(lambda rows: model.pipeline.predict_proba(rows)[:, 1])
    return in_parallel(model.pipeline.predict)


def evaluate(
    model: Loaded,
    train: tuple[pd.DataFrame, np.ndarray],
    test: tuple[pd.DataFrame, np.ndarray],
    score: Any,
    predicted: np.ndarray,
    seed: int,
) -> dict[str, Any]:
    """The document `evaluation.json`."""
    contract = model.contract
    rows, target = test
    report: dict[str, Any] = {
        "format": FORMAT,
        "kind": contract.target.kind,
        "contract": {"name": contract.name, "sha256": artefacts.sha256(contract.source)},
        "model": {
            "manifest_sha256": model.manifest_digest,
            "estimator": model.manifest["estimator"],
            "hyperparameters": model.manifest["hyperparameters"],
            "versions": model.manifest["versions"],
        },
        "rows": len(target),
        "importance": permutation_importance(rows, target, contract, score, quality_of(contract), seed),
        "segments": segment_metrics(rows, target, predicted, contract),
    }
    if contract.target.kind == "binary":
        report.update(judge_decisions(target, predicted, model.manifest["threshold"]))
        quality = report["metrics"]["roc_auc"]
        warnings = segment_warnings(report["segments"], quality) + small_sample_warnings(report["positives"])
    else:
        report["metrics"] = regression_metrics(target, predicted, float(train[1].mean()), seed)
        quality = report["metrics"]["r2"]
        warnings = []
    report["warnings"] = leakage_warnings(train, test, contract, quality) + warnings
    return report


def quality_of(contract: Contract) -> Any:
    """What permutation importance measures the loss of: ROC AUC, or minus the mean absolute error."""
    if contract.target.kind == "binary":
        return roc_auc
    return lambda target, predicted: -float(abs(target - predicted).mean())


def judge_decisions(target: np.ndarray, score: np.ndarray, threshold: dict[str, Any]) -> dict[str, Any]:
    """Everything that is particular to a yes/no outcome. The threshold is the one training chose; it is not moved here."""
    value = threshold["value"]
    candidates = [
        {**candidate, **decision_metrics(confusion(target, score, candidate["value"]))}
        for candidate in threshold["candidates"]
    ]
    return {
        "positives": int(target.sum()),
        "metrics": classification_metrics(target, score, value),
        "threshold": {**threshold, "candidates": candidates},
        "confusion": confusion(target, score, value),
        "curves": curves(target, score),
        "calibration": calibration(target, score),
        "lift": lift(target, score),
    }


def small_sample_warnings(positives: int) -> list[dict[str, Any]]:
    """Says when the test split is too small to trust its figures."""
    if positives >= SMALL_TEST_POSITIVES:
        return []
    return [
        {
            "code": "test_small",
            "message": f"The test split has {positives} positive rows: its figures are uncertain, as the interval shows.",
            "facts": {"positives": positives, "limit": SMALL_TEST_POSITIVES},
        }
    ]


def announce(report: dict[str, Any]) -> None:
    """Prints the figures and the warnings, one a line."""
    for name, value in report["metrics"].items():
        print(f"test:{name}={value:.10f}")
    for warning in report["warnings"]:
        print(f"warning: {warning['code']}: {warning['message']}")


if __name__ == "__main__":
    run(main, "message")
