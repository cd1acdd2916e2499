"""Class balance: SMOTE is imbalanced-learn's, row for row; other methods do what their note says."""

from __future__ import annotations

import numpy as np
import pytest
from failure import SettingError
from imbalance import balance, oversample, smote
from imblearn.over_sampling import SMOTE
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier


def rows(positives: int, negatives: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Separable rows of two classes, shuffled."""
    random = np.random.RandomState(seed)
    target = random.permutation(np.repeat([1, 0], [positives, negatives]))
    return random.normal(size=(len(target), 6)) + target[:, None], target


@pytest.mark.parametrize(("positives", "negatives"), [(30, 200), (200, 30), (6, 500)])
def test_smote_makes_the_rows_of_imbalanced_learn(positives: int, negatives: int) -> None:
    features, target = rows(positives, negatives)
    expected, expected_target = SMOTE(random_state=7, k_neighbors=5).fit_resample(features, target)
    made, made_target, count = smote(features, target, seed=7)
    assert count == abs(positives - negatives)
    np.testing.assert_array_equal(made_target, expected_target)
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-12)


def test_smote_refuses_too_few_minority_rows() -> None:
    features, target = rows(5, 50)
    with pytest.raises(SettingError, match="SMOTE needs more than 5 minority rows; the training split has 5"):
        smote(features, target, 1)


def test_class_weight_is_set_where_the_estimator_has_it() -> None:
    features, target = rows(10, 90)
    forest = RandomForestClassifier()
    weights = np.ones(100)
    same, same_target, same_weights, notes = balance("class_weight", forest, features, target, 1, weights)
    assert forest.class_weight == "balanced"
    assert same is features and same_target is target and same_weights is weights
    assert notes == ["Classes weigh in inverse proportion to their frequency."]


def test_a_network_repeats_minority_rows_instead_and_says_so() -> None:
    features, target = rows(10, 90)
    made, made_target, none, notes = balance("class_weight", MLPClassifier(), features, target, 1)
    assert made_target.sum() == 90 and len(made) == 180 and none is None
    assert notes == [
        "MLPClassifier has no class_weight: 80 minority rows were repeated instead, which has the same effect on average."
    ]
    originals = {row.tobytes() for row in features}
    assert all(row.tobytes() in originals for row in made)


def test_oversampling_is_the_same_for_the_same_seed() -> None:
    features, target = rows(10, 90)
    np.testing.assert_array_equal(oversample(features, target, 3)[0], oversample(features, target, 3)[0])


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(SettingError, match="imbalance is 'adasyn', not one of none, class_weight, smote"):
        balance("adasyn", RandomForestClassifier(), *rows(10, 10), 1)


@pytest.mark.parametrize("method", ["class_weight", "smote"])
def test_weights_go_where_their_rows_go_and_change_no_row(method: str) -> None:
    features, target = rows(10, 90)
    weights = np.where(target == 1, 2.5, 1.0) + features[:, 0] / 100
    made, made_target, made_weights, _ = balance(method, MLPClassifier(), features, target, 1, weights)
    plain, plain_target, *_ = balance(method, MLPClassifier(), features, target, 1)
    np.testing.assert_array_equal(made, plain)
    np.testing.assert_array_equal(made_target, plain_target)
    # The weight is a line in the first feature, and stays one between two rows.
    expected = np.where(made_target == 1, 2.5, 1.0) + made[:, 0] / 100
    np.testing.assert_allclose(made_weights, expected, rtol=0, atol=1e-12)
