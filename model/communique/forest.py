"""Boosted trees as plain arrays: trained by scikit-learn, stored and evaluated without its private classes.

scikit-learn keeps the trees of `HistGradientBoostingClassifier` in classes that change between versions, which no model
folder may depend on; five arrays and a loop over the depth do not change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from communique.arrays import Kind, checked, within

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

_FIELDS = ("feature", "threshold", "left", "right", "value", "roots")


@dataclass(frozen=True, slots=True)
class Forest:
    """Binary boosted trees. A leaf points at itself, so that every row takes `depth` steps in every tree."""

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    roots: NDArray[np.int32]
    baseline: float
    depth: int

    @classmethod
    def of(cls, model: HistGradientBoostingClassifier) -> Forest:
        """The trees of a fitted binary classifier without categorical columns."""
        parts: dict[str, list[NDArray[Any]]] = {name: [] for name in _FIELDS[:-1]}
        roots, offset, depth = [], 0, 0
        for (tree,) in model._predictors:
            nodes = tree.nodes
            here = np.arange(len(nodes))
            leaf = nodes["is_leaf"].astype(bool)
            parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]))
            parts["threshold"].append(np.where(leaf, np.inf, nodes["num_threshold"]))
            parts["left"].append(offset + np.where(leaf, here, nodes["left"]))
            parts["right"].append(offset + np.where(leaf, here, nodes["right"]))
            parts["value"].append(nodes["value"])
            roots.append(offset)
            offset += len(nodes)
            depth = max(depth, int(nodes["depth"].max()))
        joined = {name: np.concatenate(chunks) for name, chunks in parts.items()}
        baseline = float(np.asarray(model._baseline_prediction).ravel()[0])
        return cls._of(**joined, roots=np.asarray(roots), baseline=baseline, depth=depth)

    @classmethod
    def constant(cls, value: float) -> Forest:
        """A forest that says the same of every row."""
        leaf = {"feature": 0, "threshold": np.inf, "left": 0, "right": 0, "value": 0.0, "roots": 0}
        return cls._of(**{k: np.asarray([v]) for k, v in leaf.items()}, baseline=value, depth=0)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The trees as plain arrays, for a model folder."""
        arrays: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in _FIELDS}
        return {**arrays, "baseline": np.asarray([self.baseline]), "depth": np.asarray([self.depth], dtype=np.int32)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], *, columns: int) -> Forest:
        """The forest whose `to_arrays` gave `arrays`, for rows of so many columns.

        Raises `ValueError` where they are no forest, or one whose steps lead out of it or of a row.
        """
        nodes = len(arrays["feature"]) if "feature" in arrays else 0
        whole, real = ("i4", (nodes,)), ("f4", (nodes,))
        kinds: dict[str, Kind] = {"feature": whole, "threshold": real, "left": whole, "right": whole, "value": real}
        kinds |= {"roots": ("i4", (None,)), "baseline": ("f8", (1,)), "depth": ("i4", (1,))}
        found = checked(arrays, kinds, infinite=("threshold",))
        within(found["feature"], "feature", 0, columns - 1)
        for name in ("left", "right", "roots"):
            within(found[name], name, 0, nodes - 1)
        (depth,), (baseline,) = within(found.pop("depth"), "depth", 0, nodes), found.pop("baseline")
        return cls._of(**found, baseline=float(baseline), depth=int(depth))

    @classmethod
    def _of(cls, *, baseline: float, depth: int, **arrays: NDArray[Any]) -> Forest:
        """The forest of these arrays, in the types it has them in."""
        types = {"threshold": np.float32, "value": np.float32}
        made: dict[str, Any] = {
            name: np.asarray(array, dtype=types.get(name, np.int32)) for name, array in arrays.items()
        }
        return cls(**made, baseline=baseline, depth=depth)

    def decision_function(self, X: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of each row of X (n, columns), shape (n,)."""
        cells = np.ascontiguousarray(X, dtype=np.float32).ravel()
        row = (np.arange(len(X)) * X.shape[1])[:, None]
        children = np.stack([self.left, self.right], axis=1).ravel().astype(np.intp)
        node = np.tile(self.roots.astype(np.intp), (len(X), 1))  # what `take` would turn indices into at each step
        for _ in range(self.depth):
            right = cells.take(row + self.feature.take(node)) > self.threshold.take(node)
            node = children.take(2 * node + right)
        scores: NDArray[np.float64] = self.value.take(node).sum(axis=1, dtype=np.float64) + self.baseline
        return scores
