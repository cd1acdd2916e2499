"""The first sentence of a model card says what its figures say."""

from verdict import verdict


def test_a_binary_model_is_described_by_ranking_and_by_its_decisions() -> None:
    report = {
        "kind": "binary",
        "metrics": {"roc_auc": 0.914, "roc_auc_low": 0.871, "roc_auc_high": 0.957, "recall": 0.783, "precision": 0.883},
        "threshold": {"value": 0.5635},
    }
    assert verdict(report) == (
        "Of one positive and one negative row that it never saw, the model ranks the positive one higher in 91.4 % of "
        "cases (95 % interval 87.1 % to 95.7 %). At the threshold 0.564 it finds 78.3 % of the positives, and 88.3 % of "
        "those it names are positive."
    )


def test_a_regression_is_described_by_variance_and_error() -> None:
    report = {"kind": "regression", "metrics": {"r2": 0.688, "mae": 1543.21}}
    assert verdict(report) == (
        "The model explains 68.8 % of the variance of rows that it never saw; its predictions are off by 1543 on average."
    )
