"""From scores to probabilities, and from probabilities to labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from communique.arrays import Kind


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


def scales(labels: int) -> dict[str, Kind]:
    """What a model folder has to hold of the calibration and thresholds of so many labels."""
    return dict.fromkeys(("slope", "offset", "thresholds"), ("f8", (labels,)))


def choose_thresholds(probabilities: NDArray[np.float64], labels: NDArray[np.int_]) -> NDArray[np.float64]:
    """The thresholds that together give the best mean of macro-F1 and exact match on held-out `probabilities`.

    Both arrays are (n, k). Macro-F1 alone would set them low, and put labels that nobody would give beside the right
    ones. Labels are taken in turn, three times round; of near-equal thresholds the one nearest to a half is taken.
    """
    gold = labels == 1
    chosen = np.full(labels.shape[1], 0.5)
    predicted = probabilities >= chosen
    for _ in range(3):
        for k in range(labels.shape[1]):
            if not gold[:, k].any():
                continue
            others_right = (np.delete(predicted, k, axis=1) == np.delete(gold, k, axis=1)).all(axis=1)
            scores = []
            for threshold in _GRID:
                column = probabilities[:, k] >= threshold
                f1 = 2 * (column & gold[:, k]).sum() / (column.sum() + gold[:, k].sum())
                exact = (others_right & (column == gold[:, k])).mean()
                scores.append(f1 / labels.shape[1] + exact - 1e-3 * abs(threshold - 0.5))
            chosen[k] = _GRID[int(np.argmax(scores))]
            predicted[:, k] = probabilities[:, k] >= chosen[k]
    return chosen


_GRID = np.linspace(0.15, 0.85, 71)
