"""A second look at an article's domains: what the first look said of this paragraph and of those before it.

A paragraph that goes on about the talks without their words ("Il a souhaité que ces échanges s'intensifient") has the
field of what it goes on about; one without a partner is mostly about home affairs, whatever its words ("L'armée a
secouru les sinistrés"). Small boosted trees learn how far that holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.arrays import checked, within
from communique.domains.calibration import Calibration, choose_thresholds, scales
from communique.domains.linear import LinearDomainClassifier
from communique.domains.passage import FIELDS, PLACES, Passage
from communique.forest import Forest

#: Log-odds of a domain where there is no paragraph to look back at.
_NOTHING = -2.0


class ContextDomainClassifier:
    """A scikit-learn estimator from passages to domains, in two looks.

    X is a sequence of n `Passage`, the paragraphs of each article together and in reading order; Y an (n, k) array of 0
    and 1, columns in the order of the labels of `first`.

    first: the estimator of the first look. rounds, leaves, rate: size of the boosted trees. folds: of the
    cross-validation, grouped by article, that gives the trees honest first looks, and calibration and thresholds honest
    second ones. seed: of its shuffles.
    """

    def __init__(
        self,
        first: LinearDomainClassifier | None = None,
        *,
        rounds: int = 80,
        leaves: int = 8,
        rate: float = 0.06,
        folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.first = first
        self.rounds = rounds
        self.leaves = leaves
        self.rate = rate
        self.folds = folds
        self.seed = seed

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        params: dict[str, Any] = {
            name: getattr(self, name) for name in ("first", "rounds", "leaves", "rate", "folds", "seed")
        }
        if deep and self.first is not None:
            params |= {f"first__{name}": value for name, value in self.first.get_params().items()}
        return params

    def set_params(self, **params: Any) -> ContextDomainClassifier:
        known = self.get_params(deep=False)
        for name, value in params.items():
            if name.startswith("first__") and self.first is not None:
                self.first.set_params(**{name.removeprefix("first__"): value})
            elif name in known:
                setattr(self, name, value)
            else:
                raise ValueError(f"unknown parameter {name!r}: expected one of {', '.join(known)}")
        return self

    def fit(
        self,
        X: Sequence[Passage],
        Y: NDArray[np.int_],
        *,
        groups: Sequence[str] | None = None,
        first: LinearDomainClassifier | None = None,
    ) -> ContextDomainClassifier:
        """Fit both looks; `groups` names the article of each passage, and is found from the passages if not given.

        first: the first look, where it was fitted on these passages before, so that their partners could be resolved.
        """
        from sklearn.base import clone
        from sklearn.model_selection import GroupKFold

        Y = np.asarray(Y)
        groups = groups if groups is not None else [str(k) for k in np.cumsum([p.index == 0 for p in X])]
        if first is None:
            first = clone(self.first or LinearDomainClassifier(seed=self.seed)).fit(X, Y, groups=groups)
        self.first_ = first
        features = look_back(X, self.first_.held_out_)
        held_out = np.zeros(Y.shape)
        splits = GroupKFold(self.folds, shuffle=True, random_state=self.seed + 1)
        for train, test in splits.split(features, groups=np.asarray(groups)):
            held_out[test] = _scores(self._grow(features[train], Y[train]), features[test])
        self.calibration_ = Calibration.fit(held_out, Y)
        self.held_out_ = self.calibration_.apply(held_out)
        self.thresholds_ = choose_thresholds(self.held_out_, Y)
        self.trees_ = self._grow(features, Y)
        self.classes_ = self.first_.classes_
        return self

    def predict_proba(self, X: Sequence[Passage], *, first: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Calibrated probability of each domain, shape (n, k); `first` are those of the first look, if at hand."""
        if not X:
            return np.zeros((0, len(self.classes_)))
        features = look_back(X, self.first_.predict_proba(X) if first is None else first)
        return self.calibration_.apply(_scores(self.trees_, features))

    def predict(self, X: Sequence[Passage]) -> NDArray[np.int_]:
        """0 or 1 for each domain, shape (n, k)."""
        labels: NDArray[np.int_] = (self.predict_proba(X) >= self.thresholds_).astype(int)
        return labels

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The fitted state as plain arrays, for a model folder."""
        arrays = {f"first.{name}": array for name, array in self.first_.to_arrays().items()}
        for domain, forest in zip(self.classes_, self.trees_, strict=True):
            arrays |= {f"{domain}.{name}": array for name, array in forest.to_arrays().items()}
        arrays |= {"slope": self.calibration_.slope, "offset": self.calibration_.offset, "thresholds": self.thresholds_}
        return arrays

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], params: Mapping[str, Any], *, encoder: bool = False
    ) -> ContextDomainClassifier:
        """The estimator whose `to_arrays` gave `arrays`; `params` as `parameters` gives them.

        encoder: whether its passages have a transformer's odds. Raises `ValueError` where the arrays are none of `params`.
        """
        first = {name.removeprefix("first__"): value for name, value in params.items() if name.startswith("first__")}
        self = cls(LinearDomainClassifier(**first), **{k: v for k, v in params.items() if not k.startswith("first")})
        self.first_ = LinearDomainClassifier.from_arrays(_part(arrays, "first."), first)
        labels = self.first_.labels
        columns = _width(len(labels), encoder=encoder)
        self.trees_ = tuple(Forest.from_arrays(_part(arrays, f"{domain}."), columns=columns) for domain in labels)
        found = checked(arrays, scales(len(labels)))
        self.calibration_ = Calibration(found["slope"], found["offset"])
        self.thresholds_ = within(found["thresholds"], "thresholds", 0, 1)
        self.classes_ = self.first_.classes_
        return self

    def parameters(self) -> dict[str, Any]:
        """The parameters as plain values, for a manifest."""
        own = {name: value for name, value in self.get_params(deep=False).items() if name != "first"}
        first = {**self.first_.get_params(), "labels": list(self.first_.labels)}
        return {**own, **{f"first__{name}": value for name, value in first.items()}}

    def _grow(self, features: NDArray[np.float32], Y: NDArray[np.int_]) -> tuple[Forest, ...]:
        from sklearn.ensemble import HistGradientBoostingClassifier

        forests = []
        for column in Y.T:
            if column.min() == column.max():
                forests.append(Forest.constant(4.0 if column.max() else -4.0))
                continue
            model = HistGradientBoostingClassifier(
                max_iter=self.rounds, max_leaf_nodes=self.leaves, learning_rate=self.rate, min_samples_leaf=20,
                l2_regularization=5.0, early_stopping=False, random_state=self.seed,
            )  # fmt: skip
            forests.append(Forest.of(model.fit(features, column)))
        return tuple(forests)


def look_back(X: Sequence[Passage], probabilities: NDArray[np.float64]) -> NDArray[np.float32]:
    """The columns of the second look, shape (n, k * 6 + places * fields + 9), and k * 4 more with a transformer's odds.

    Log-odds of the first look for this paragraph, the one and two before, the lede, and the mean and maximum of all
    before; the signals of offices; then index, length, and whether a country, body or home is mentioned; the scores of
    the partners of this paragraph and of the one before. Last, where the passages have them, a transformer's log-odds for
    this paragraph, the one before, the lede, and the maximum before.
    """
    clipped = np.clip(probabilities, 1e-4, 1 - 1e-4)
    rows = _seen(X, np.log(clipped / (1 - clipped)))
    signals = np.zeros((len(X), len(_SIGNALS)))
    at = [(i, _SIGNALS[signal]) for i, passage in enumerate(X) for signal in passage.signals if signal in _SIGNALS]
    signals[tuple(np.asarray(at, dtype=np.intp).reshape(-1, 2).T)] = 1.0
    other = np.asarray(
        [
            (min(p.index, 12), min(p.text.count(" "), 200), "@country" in p.text, "@body" in p.text, "@home" in p.text)
            for p in X
        ],
        dtype=float,
    )
    partners = np.zeros((len(X), 2, 2))
    partners[:, 0] = [p.partners for p in X]
    later = np.flatnonzero([p.index > 0 for p in X[1:]]) + 1
    partners[later, 1] = partners[later - 1, 0]
    parts = [rows.reshape(len(X), -1), signals, other, partners.reshape(len(X), -1)]
    if X and X[0].odds:
        parts.append(_seen(X, np.asarray([p.odds for p in X]))[:, _OF_TRANSFORMER].reshape(len(X), -1))
    return np.concatenate(parts, axis=1).astype(np.float32)


_SIGNALS = {f"{place}:{field}": k for k, (place, field) in enumerate((p, f) for p in PLACES for f in FIELDS)}


def _width(labels: int, *, encoder: bool) -> int:
    """The number of columns of `look_back`."""
    return labels * (6 + (len(_OF_TRANSFORMER) if encoder else 0)) + len(PLACES) * len(FIELDS) + 9


def _seen(X: Sequence[Passage], odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The odds of each passage, the one and two before it, the lede, and the mean and maximum of all before: (n, 6, k)."""
    rows = np.full((len(X), 6, odds.shape[1]), _NOTHING)
    rows[:, 0] = odds
    starts = [i for i, passage in enumerate(X) if passage.index == 0 or i == 0]
    for start, stop in pairwise((*starts, len(X))):
        article, before = rows[start:stop], odds[start : stop - 1]
        article[1:, 1] = before
        article[2:, 2] = before[:-1]
        article[1:, 3] = odds[start]
        article[1:, 4] = before.cumsum(axis=0) / np.arange(1, stop - start)[:, None]
        article[1:, 5] = np.maximum.accumulate(before, axis=0)
    return rows


#: What of `_seen` is asked of a transformer, which looks back by itself: this passage, the one before, lede, maximum.
_OF_TRANSFORMER = [0, 1, 3, 5]


def _scores(forests: Sequence[Forest], features: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.stack([forest.decision_function(features) for forest in forests], axis=1)


def _part(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
