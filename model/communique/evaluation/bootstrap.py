"""Intervals by the bootstrap: articles are drawn anew, because paragraphs of one article stand and fall together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = NDArray[np.float64]

#: How often each article was drawn, shape (samples, articles).
Weights: TypeAlias = NDArray[np.float64]

#: How many samples of articles, and the share of them that an interval leaves out at each end.
SAMPLES = 1000
_TAIL = 0.025
#: Samples are taken in blocks of so many weights, so that memory does not grow with the data.
_BLOCK = 500_000


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric over samples of articles: its `values`, NaN where undefined, and `n`, the items it is over; both (s,)."""

    values: Values
    n: Values


Statistic: TypeAlias = Callable[[Weights], Mapping[str, Metric]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric's value with its 95% interval, and `n`, the items it is over.

    `value` is None where there is nothing to measure; `low` and `high` also where no samples were taken, or of one article.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    def __str__(self) -> str:
        """The value to three digits, with its interval: "0.885 (0.869–0.898)"."""
        if self.value is None:
            return "–"
        return f"{self.value:.3f}" + ("" if self.low is None else f" ({self.low:.3f}–{self.high:.3f})")


def estimates(statistic: Statistic, articles: int, *, samples: int = SAMPLES, seed: int = 0) -> dict[str, Estimate]:
    """Each metric of `statistic` on the data as they are, with its percentile interval over `samples` of the articles.

    The same articles, samples and seed give the same intervals. Samples in which a metric is undefined are left out of its.
    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    whole = statistic(np.ones((1, articles)))
    drawn: dict[str, list[Values]] = {name: [] for name in whole}
    for weights in _draws(articles, samples=samples, seed=seed):
        for name, metric in statistic(weights).items():
            drawn[name].append(metric.values)
    return {
        name: Estimate(
            None if np.isnan(metric.values[0]) else float(metric.values[0]), *_interval(drawn[name]), int(metric.n[0])
        )
        for name, metric in whole.items()
    }


def _draws(articles: int, *, samples: int, seed: int) -> Iterator[Weights]:
    if articles < 2:  # one article is always drawn as it is, which would look like certainty
        return
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // articles)
    for start in range(0, samples, block):
        rows = min(block, samples - start)
        drawn = rng.integers(0, articles, (rows, articles)) + articles * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * articles).reshape(rows, articles).astype(float)


def _interval(blocks: list[Values]) -> tuple[float | None, float | None]:
    values = np.concatenate(blocks) if blocks else np.empty(0)
    values = values[~np.isnan(values)]
    if not len(values):
        return None, None
    low, high = np.quantile(values, [_TAIL, 1 - _TAIL])
    return float(low), float(high)
