"""The first sentence of a model card: how good the model is, for a reader who stops after it."""

from __future__ import annotations

from typing import Any


def verdict(report: dict[str, Any]) -> str:
    """One or two sentences from the figures of the test split.

    Args:
        report: what evaluation.json holds.

    Returns:
        Text without markup.
    """
    return _of_decisions(report) if report["kind"] == "binary" else _of_values(report)


def _of_decisions(report: dict[str, Any]) -> str:
    metrics = report["metrics"]
    between = f"{_percent(metrics['roc_auc_low'])} to {_percent(metrics['roc_auc_high'])}"
    return (
        f"Of one positive and one negative row that it never saw, the model ranks the positive one higher in "
        f"{_percent(metrics['roc_auc'])} of cases (95 % interval {between}). At the threshold "
        f"{report['threshold']['value']:.3f} it finds {_percent(metrics['recall'])} of the positives, and "
        f"{_percent(metrics['precision'])} of those it names are positive."
    )


def _of_values(report: dict[str, Any]) -> str:
    metrics = report["metrics"]
    return (
        f"The model explains {_percent(metrics['r2'])} of the variance of rows that it never saw; its predictions are "
        f"off by {metrics['mae']:.4g} on average."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
