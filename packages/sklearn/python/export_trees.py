"""Decision trees as flat breadth-first arrays, from scikit-learn's forests and histogram gradient boosting.

Breadth-first order makes the structure implicit: the k-th split of a tree has its children at 1 + 2k and 2 + 2k, so a
file cannot hold a cycle or a child out of range, and siblings lie side by side, which is how the predictor walks them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from export_format import ExportError

LEAF = -1


@dataclass(frozen=True)
class Tree:
    """One tree in any node order: node 0 is the root, ``left`` is negative for leaves."""

    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    value: np.ndarray


def tree_tensors(trees: Iterable[Tree], *, float32: bool) -> dict[str, np.ndarray]:
    """Concatenate trees, each breadth first.

    Args:
        trees: The trees in the order in which scikit-learn sums them.
        float32: Whether scikit-learn compares float32 feature values. The threshold is then stored as the largest
            float32 that is not above it, which changes no comparison.

    Returns:
        ``tree.nodes`` (nodes per tree), ``tree.feature`` (-1 for a leaf), ``tree.threshold``, ``tree.value`` (of every
        node, for explanations) and ``tree.missing_left`` (1 where NaN goes left).
    """
    parts: dict[str, list[np.ndarray]] = {name: [] for name in ("feature", "threshold", "value", "missing_left")}
    nodes: list[int] = []
    for tree in trees:
        order = _breadth_first(tree)
        leaf = tree.left[order] < 0
        threshold = np.where(leaf, 0.0, tree.threshold[order])
        parts["feature"].append(np.where(leaf, LEAF, tree.feature[order]).astype(np.int32))
        parts["threshold"].append(_float32_not_above(threshold) if float32 else threshold.astype(np.float64))
        parts["value"].append(tree.value[order].astype(np.float64))
        parts["missing_left"].append(np.where(leaf, 0, tree.missing_left[order]).astype(np.uint8))
        nodes.append(len(order))
    tensors = {f"tree.{name}": np.concatenate(arrays) for name, arrays in parts.items()}
    return {"tree.nodes": np.array(nodes, dtype=np.int32), **tensors}


def forest_trees(forest: Any, step: str) -> list[Tree]:
    """The trees of a fitted random or extra-trees forest; the value is the positive class's share or the mean."""
    return [_from_sklearn_tree(estimator.tree_, step) for estimator in forest.estimators_]


def boosting_trees(model: Any, step: str) -> list[Tree]:
    """The trees of a fitted histogram gradient boosting model, in iteration order."""
    trees: list[Tree] = []
    for iteration in model._predictors:
        if len(iteration) != 1:
            raise ExportError(f"step {step}: {len(iteration)} trees per iteration; only two classes can be exported")
        trees.append(_from_boosting_nodes(iteration[0].nodes, step))
    return trees


def _from_sklearn_tree(tree: Any, step: str) -> Tree:
    if tree.n_outputs != 1:
        raise ExportError(f"step {step}: {tree.n_outputs} outputs; only one can be exported")
    values = tree.value[:, 0, :]
    if values.shape[1] == 2 and tuple(int(part) for part in sklearn.__version__.split(".")[:2]) < (1, 3):
        # Before scikit-learn 1.3 leaves hold class counts, which predict_proba divides by their sum.
        sums = values.sum(axis=1, keepdims=True)
        sums[sums == 0.0] = 1.0
        values = values / sums
    missing = getattr(tree, "missing_go_to_left", np.zeros(tree.node_count, dtype=np.uint8))
    return Tree(tree.children_left, tree.children_right, tree.feature, tree.threshold, missing, values[:, -1])


def _from_boosting_nodes(nodes: np.ndarray, step: str) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    if np.any(nodes["is_categorical"][~leaf]):
        raise ExportError(f"step {step}: splits on categories. Leave categorical_features unset and one-hot encode.")
    left = np.where(leaf, LEAF, nodes["left"].astype(np.int64))
    right = np.where(leaf, LEAF, nodes["right"].astype(np.int64))
    return Tree(
        left,
        right,
        nodes["feature_idx"].astype(np.int64),
        nodes["num_threshold"].astype(np.float64),
        nodes["missing_go_to_left"],
        _expected_values(left, right, leaf, nodes["value"], nodes["count"]),
    )


def _expected_values(
    left: np.ndarray, right: np.ndarray, leaf: np.ndarray, value: np.ndarray, count: np.ndarray
) -> np.ndarray:
    # A split's own value is not shrunk like the leaves' are, so what the tree expects at a split is the mean of the
    # leaves below it, weighted by training rows. Children come after their parents, hence the reversed order.
    expected = value.astype(np.float64).copy()
    weight = count.astype(np.float64)
    for node in np.flatnonzero(~leaf)[::-1]:
        low, high = left[node], right[node]
        total = weight[low] + weight[high]
        share = weight[low] / total if total > 0 else 0.5
        expected[node] = share * expected[low] + (1.0 - share) * expected[high]
    return expected


def _breadth_first(tree: Tree) -> np.ndarray:
    levels = [np.zeros(1, dtype=np.int64)]
    while True:
        splits = levels[-1][tree.left[levels[-1]] >= 0]
        if splits.size == 0:
            return np.concatenate(levels)
        levels.append(np.column_stack([tree.left[splits], tree.right[splits]]).ravel().astype(np.int64))


def _float32_not_above(threshold: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        rounded = threshold.astype(np.float32)
    above = rounded.astype(np.float64) > threshold
    return np.where(above, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(np.float32)
