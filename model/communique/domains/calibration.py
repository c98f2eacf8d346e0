"""From scores to probabilities, and from probabilities to labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling, one slope and offset a label: p = 1 / (1 + exp(-(slope * score + offset)))."""

    slope: NDArray[np.float64]
    offset: NDArray[np.float64]

    @classmethod
    def fit(cls, scores: NDArray[np.float64], labels: NDArray[np.int_]) -> Calibration:
        """Fit on held-out `scores` and `labels`, both (n, k)."""
        from sklearn.linear_model import LogisticRegression

        slopes, offsets = np.ones(scores.shape[1]), np.zeros(scores.shape[1])
        for k in range(scores.shape[1]):
            if labels[:, k].min() != labels[:, k].max():
                model = LogisticRegression(C=1e4, max_iter=1000).fit(scores[:, [k]], labels[:, k])
                slopes[k], offsets[k] = model.coef_[0, 0], model.intercept_[0]
        return cls(slopes, offsets)

    def apply(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities in [0, 1] of the shape of `scores`."""
        z = np.clip(scores * self.slope + self.offset, -40, 40)
        probabilities: NDArray[np.float64] = 1 / (1 + np.exp(-z))
        return probabilities


def choose_thresholds(probabilities: NDArray[np.float64], labels: NDArray[np.int_]) -> NDArray[np.float64]:
    """The threshold of each label that gives the best F1 on held-out `probabilities`; both arrays (n, k).

    Among thresholds within a thousandth of the best F1, the one nearest to a half is taken.
    """
    grid = np.linspace(0.1, 0.9, 81)
    chosen = np.full(labels.shape[1], 0.5)
    for k in range(labels.shape[1]):
        gold = labels[:, k] == 1
        if not gold.any():
            continue
        scores = []
        for threshold in grid:
            predicted = probabilities[:, k] >= threshold
            hits = (predicted & gold).sum()
            scores.append(2 * hits / max(predicted.sum() + gold.sum(), 1))
        good = grid[np.asarray(scores) >= max(scores) - 1e-3]
        chosen[k] = good[np.abs(good - 0.5).argmin()]
    return chosen
