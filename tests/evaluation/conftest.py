from collections.abc import Callable

import pytest

from communique.codebook import DOMAINS
from communique.evaluation import Pair
from communique.records import Coding, LabeledParagraph


@pytest.fixture(scope="session")
def pair() -> Callable[..., Pair]:
    """Make a coded paragraph beside what a model found; without scores it is sure of its domains."""

    def make(gold, found, *, article="a", gold_kind="body", kind="body", scores=None, review=False, text="x"):
        scores = scores or {d: 0.9 if d in found.domains else 0.1 for d in DOMAINS}
        labelled = LabeledParagraph(
            0, text, kind, 0, 1, found.domains, found.partners, found.named, scores, review=review
        )
        return Pair(article, text, gold, gold_kind, labelled)

    return make


@pytest.fixture(scope="session")
def random_pairs(pair) -> Callable[..., list[Pair]]:
    """Pairs from arrays: domains where `gold` and `scores` (n, 4) say, articles of one to six paragraphs."""

    def coding(row):
        return Coding(tuple(d for d, y in zip(DOMAINS, row, strict=True) if y))

    def make(rng, gold, scores):
        articles = rng.integers(0, max(len(gold) // 3, 1), len(gold))
        return [
            pair(coding(g), coding(s >= 0.5), article=f"a{a}", scores=dict(zip(DOMAINS, s.tolist(), strict=True)))
            for g, s, a in zip(gold, scores, sorted(articles), strict=True)
        ]

    return make
