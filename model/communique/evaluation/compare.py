"""Two models on the same articles: is the one better, or were these articles kind to it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from communique.codebook import DOMAINS
from communique.evaluation.align import Pair
from communique.evaluation.bootstrap import SAMPLES, Metric, Weights, estimates
from communique.evaluation.metrics import main_metrics, observe
from communique.evaluation.result import Difference


def compare(
    pairs: Sequence[Pair],
    others: Sequence[Pair],
    *,
    segmented: bool,
    domains: Sequence[str] = DOMAINS,
    samples: int = SAMPLES,
    seed: int = 0,
) -> dict[str, Difference]:
    """The main metrics of one model's paragraphs less those of another's, which are of the same articles in the same order.

    The bootstrap is paired: each sample of articles is the same for both, so that what is hard for both cancels out. Metrics
    that there is nothing to measure of are left out.
    """
    ours, theirs = (observe(p, domains, segmented=segmented) for p in (pairs, others))

    def difference(weights: Weights) -> dict[str, Metric]:
        mine, other = main_metrics(ours, weights), main_metrics(theirs, weights)
        return {name: Metric(mine[name].values - other[name].values, mine[name].n) for name in mine}

    mine, other = (main_metrics(each, np.ones((1, each.articles))) for each in (ours, theirs))
    return {
        name: Difference(
            value=float(mine[name].values[0]),
            other=float(other[name].values[0]),
            difference=found.value,
            low=found.low,
            high=found.high,
            holds=found.low is not None and found.high is not None and (found.low > 0 or found.high < 0),
        )
        for name, found in estimates(difference, ours.articles, samples=samples, seed=seed).items()
        if found.value is not None
    }
