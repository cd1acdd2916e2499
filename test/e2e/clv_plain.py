"""Figures of plain scikit-learn on the splits of a run of the lifetime value product: clv_plain.py STATE_FOLDER EXECUTION_ID.

Reads the CSV files that the Prepare step wrote, knows nothing else of the product, and prints one JSON object: R² and mean
absolute error of a forest of its own, the error of always answering the training mean, and how many test rows were seen in
training.
"""

import json
import sys
from pathlib import Path

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder


def main(state: str, execution: str) -> None:
    """Fits on the training split, judges on the test split."""
    splits = {path.stem: pd.read_csv(path) for path in Path(state).rglob("*.csv") if execution in str(path)}
    train, test = splits["train"], splits["test"]
    target = train.columns[-1]
    features, answers = test.drop(columns=target), test[target]
    words = features.select_dtypes(exclude="number").columns.tolist()
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), words), remainder="passthrough")
    forest = RandomForestRegressor(n_estimators=200, min_samples_leaf=4, max_features=0.5, random_state=0)
    predicted = make_pipeline(encode, forest).fit(train.drop(columns=target), train[target]).predict(features)
    figures = {
        "rows": [len(splits[name]) for name in ("train", "validation", "test")],
        "r2": r2_score(answers, predicted),
        "mae": mean_absolute_error(answers, predicted),
        "baseline_mae": mean_absolute_error(answers, [train[target].mean()] * len(answers)),
        "seen": len(features.drop_duplicates().merge(train.drop(columns=target).drop_duplicates())),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
