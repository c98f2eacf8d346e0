"""What the scores are worth: how often they are right, and what other thresholds would give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.evaluation.bootstrap import Values

BINS = 10
_THRESHOLDS = tuple(k / 100 for k in range(1, 100))


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores of [low, high): how many, `n`, their mean, and the share of them that are right."""

    low: float
    high: float
    n: int
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class Operation:
    """What labelling everything with a score of at least `threshold` gives."""

    threshold: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves of one label's scores: bins that are not empty, and thresholds from 0.01 to 0.99."""

    calibration: tuple[Bin, ...]
    thresholds: tuple[Operation, ...]


def curves_of(gold: NDArray[Any], scores: Values, *, positives: int | None = None) -> Curves:
    """Both curves; the arguments are those of `threshold_curve`."""
    return Curves(calibration_curve(gold, scores), threshold_curve(gold, scores, positives=positives))


def calibration_curve(gold: NDArray[Any], scores: Values, *, bins: int = BINS) -> tuple[Bin, ...]:
    """The reliability diagram of `scores`, (n,) in [0, 1], against `gold`, (n,) of 0 and 1, in bins of equal width."""
    index = bin_of(scores, bins=bins)
    return tuple(
        Bin(b / bins, (b + 1) / bins, int(inside.sum()), float(scores[inside].mean()), float(gold[inside].mean()))
        for b in range(bins)
        if (inside := index == b).any()
    )


def calibration_error(gold: NDArray[Any], scores: Values, *, bins: int = BINS) -> float:
    """Expected calibration error: the mean gap between score and share over the bins, weighted by their n; 0 for nothing.

    Source: Naeini, Cooper and Hauskrecht (2015), Obtaining Well Calibrated Probabilities Using Bayesian Binning.
    """
    return sum(b.n * abs(b.score - b.share) for b in calibration_curve(gold, scores, bins=bins)) / max(len(scores), 1)


def threshold_curve(gold: NDArray[Any], scores: Values, *, positives: int | None = None) -> tuple[Operation, ...]:
    """Precision, recall and F1 at each threshold. `positives`: gold items, where some of them have no score at all."""
    total = int(gold.sum()) if positives is None else positives
    thresholds = np.asarray(_THRESHOLDS)
    predicted = len(scores) - np.searchsorted(np.sort(scores), thresholds)
    right = np.sort(scores[gold == 1])
    hits = len(right) - np.searchsorted(right, thresholds)
    rows = zip(ratio(hits, predicted), ratio(hits, np.full_like(hits, total)), ratio(2 * hits, predicted + total))
    return tuple(Operation(t, *map(float, row)) for t, row in zip(_THRESHOLDS, rows, strict=True))


def bin_of(scores: Values, *, bins: int = BINS) -> NDArray[np.int_]:
    """The bin of each score, in [0, bins); a score of 1 belongs to the last."""
    index: NDArray[np.int_] = np.minimum((scores * bins).astype(int), bins - 1)
    return index


def ratio(part: NDArray[Any], whole: NDArray[Any], *, empty: float = 0.0) -> Values:
    """part / whole, and `empty` where the whole is nothing, as scikit-learn's `zero_division` has it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole == 0, empty, part / whole)
