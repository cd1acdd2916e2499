"""ROC AUC of a plain scikit-learn forest on the splits of a run: plain_forest.py STATE_FOLDER EXECUTION_ID.

Reads the CSV files that the Prepare step wrote, knows nothing else of the product, and prints one number.
"""

import sys
from pathlib import Path

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder


def main(state: str, execution: str) -> None:
    """Fits on the training split, scores the test split."""
    splits = {path.stem: pd.read_csv(path) for path in Path(state).rglob("*.csv") if execution in str(path)}
    train, test = splits["train"], splits["test"]
    target = train.columns[-1]
    words = train.drop(columns=target).select_dtypes(exclude="number").columns.tolist()
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), words), remainder="passthrough")
    forest = RandomForestClassifier(n_estimators=300, class_weight="balanced", random_state=0)
    model = make_pipeline(encode, forest).fit(train.drop(columns=target), train[target])
    print(roc_auc_score(test[target], model.predict_proba(test.drop(columns=target))[:, 1]))


if __name__ == "__main__":
    main(*sys.argv[1:])
