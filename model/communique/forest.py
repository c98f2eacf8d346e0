"""Boosted trees as plain arrays: trained by scikit-learn, stored and evaluated without its private classes.

scikit-learn keeps the trees of `HistGradientBoostingClassifier` in classes that change between versions, which no model
folder may depend on; five arrays do not change.

They are evaluated as QuickScorer does (Lucchese et al., SIGIR 2015): each tree has one bit for each of its leaves, from left
to right. A row that goes right at a node clears the bits of the leaves to its left, and the lowest bit that is left over is
where the row ends. What all nodes of a column clear is one look-up by where the row's value lies among their thresholds, so
that a row takes as many steps as there are columns, over all trees at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from communique.arrays import Kind, checked, within

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

_FIELDS = ("feature", "threshold", "left", "right", "value", "roots")


@dataclass(frozen=True, slots=True)
class Forest:
    """Binary boosted trees of at most 64 leaves each. A leaf points at itself; no column may be NaN."""

    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    roots: NDArray[np.int32]
    baseline: float
    depth: int
    _columns: tuple[_Column, ...] = field(init=False, repr=False, compare=False)
    _leaves: NDArray[np.float32] = field(init=False, repr=False, compare=False)  # (trees, most leaves of a tree)
    _first: NDArray[np.int32] = field(init=False, repr=False, compare=False)  # of each tree, where its leaves begin
    _bits: np.dtype[Any] = field(init=False, repr=False, compare=False)  # one bit a leaf

    def __post_init__(self) -> None:
        leaves, tests = _numbered(self.left.tolist(), self.right.tolist(), self.roots.tolist())
        most = max(map(len, leaves))
        if most > 64:
            raise ValueError(f"expected trees of at most 64 leaves, got one with {most}")
        bits = np.dtype(next(f"u{size}" for size in (1, 2, 4, 8) if most <= 8 * size))
        padded = [[*nodes, *[nodes[0]] * (most - len(nodes))] for nodes in leaves]
        object.__setattr__(self, "_bits", bits)
        object.__setattr__(self, "_leaves", self.value[padded])
        object.__setattr__(self, "_first", np.arange(len(leaves), dtype=np.int32) * most)
        object.__setattr__(self, "_columns", tuple(self._tests_by_column(tests, bits)))

    def _tests_by_column(self, tests: list[tuple[int, int, int]], bits: np.dtype[Any]) -> Iterator[_Column]:
        """`tests`: node, its tree, and the bits that are left where a row goes right."""
        if not tests:
            return
        node, tree = np.asarray([test[:2] for test in tests]).T
        left = np.asarray([test[2] for test in tests], dtype=np.uint64).astype(bits)
        for column in np.unique(self.feature[node]):
            here = np.flatnonzero(self.feature[node] == column)
            thresholds, place = np.unique(self.threshold[node[here]], return_inverse=True)
            masks = np.full((len(thresholds) + 1, len(self.roots)), np.iinfo(bits).max, dtype=bits)
            np.bitwise_and.at(masks, (place + 1, tree[here]), left[here])
            yield _Column(int(column), thresholds, np.bitwise_and.accumulate(masks, axis=0))

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
        columns = np.ascontiguousarray(X.T, dtype=np.float32)
        bits = np.full((len(X), len(self.roots)), np.iinfo(self._bits).max, dtype=self._bits)
        for column in self._columns:
            bits &= column.masks.take(column.thresholds.searchsorted(columns[column.index]), axis=0)
        lowest = (bits & -bits).astype(np.float32)
        leaf = (lowest.view(np.int32) >> 23) - 127  # the exponent of a power of two
        scores: NDArray[np.float64] = (
            self._leaves.take(leaf + self._first).sum(axis=1, dtype=np.float64) + self.baseline
        )
        return scores


@dataclass(frozen=True, slots=True)
class _Column:
    """All that a forest asks of one column: `masks[k]`, shape (trees,), has the bits that are left of a row that is above k of
    its thresholds."""

    index: int
    thresholds: NDArray[np.float32]
    masks: NDArray[Any]


def _numbered(
    left: list[int], right: list[int], roots: list[int]
) -> tuple[list[list[int]], list[tuple[int, int, int]]]:
    """The leaves of each tree from left to right; and of each inner node: itself, its tree, the bits of the leaves that a row can
    still reach when it goes right there."""
    leaves: list[list[int]] = []
    tests: list[tuple[int, int, int]] = []
    steps = 0
    for tree, root in enumerate(roots):
        found: list[int] = []
        open = [(root, -1)]  # a node to go down from, or one whose left side begins at a leaf
        while open:
            steps += 1
            if steps > 2 * len(left):  # an inner node is come to twice
                raise ValueError("expected trees, got nodes that are reached twice")
            node, begin = open.pop()
            if begin >= 0:
                tests.append((node, tree, ((1 << 64) - 1) ^ ((1 << len(found)) - (1 << begin))))
            elif left[node] == node:
                found.append(node)
            else:
                open += [(right[node], -1), (node, len(found)), (left[node], -1)]
        leaves.append(found)
    return leaves, tests
