import numpy as np
import pytest
from scipy.stats import binom
from sklearn.metrics import average_precision_score, f1_score

from communique.evaluation import bootstrap, measure
from communique.evaluation.bootstrap import Estimate, Metric, estimates
from communique.evaluation.metrics import metrics, observe
from communique.records import Coding


def share_of(right):
    """The share of articles that are right, as a statistic."""
    return lambda weights: {"share": Metric(weights @ right / weights.sum(axis=1), weights.sum(axis=1))}


def test_the_interval_of_a_share_is_that_of_a_binomial():
    """Drawing articles of one paragraph each is drawing from an urn: the share's distribution is known."""
    right = np.repeat([1.0, 0.0], [60, 40])
    found = estimates(share_of(right), 100, samples=20_000)["share"]
    assert (found.value, found.n) == (0.6, 100)
    np.testing.assert_allclose([found.low, found.high], binom.ppf([0.025, 0.975], 100, 0.6) / 100, atol=0.005)


def test_each_sample_is_what_scikit_learn_says_of_the_paragraphs_drawn(random_pairs):
    rng = np.random.default_rng(5)
    gold, scores = rng.integers(0, 2, (40, 4)), rng.random((40, 4)).round(1)
    observed = observe(
        random_pairs(rng, gold, scores), ("defense", "policing", "cybersecurity", "diplomacy"), segmented=False
    )
    weights = rng.integers(0, 3, (5, observed.articles)).astype(float)
    found = metrics(observed, weights)
    for s, row in enumerate(weights):
        drawn = np.repeat(np.arange(40), row[observed.article].astype(int))
        here, got = gold[drawn], (scores[drawn] >= 0.5).astype(int)
        assert found["domains.macro_f1"].values[s] == pytest.approx(f1_score(here, got, average="macro"))
        assert found["domains.micro_f1"].values[s] == pytest.approx(f1_score(here, got, average="micro"))
        assert found["domains.defense.average_precision"].values[s] == pytest.approx(
            average_precision_score(here[:, 0], scores[drawn, 0])
        )
        assert found["domains.defense.f1"].n[s] == here[:, 0].sum()


def test_articles_are_drawn_and_not_paragraphs(pair):
    """Two articles, all right and all wrong: a sample has one of them twice or both, and nothing between."""
    right, wrong = Coding(("defense",)), Coding(("policing",))
    pairs = [pair(right, right if a == "a" else wrong, article=a) for a in "ab" for _ in range(50)]
    exact = measure(pairs, model="m", segmented=False, samples=200).metrics["domains.exact"]
    assert (exact.value, exact.low, exact.high) == (0.5, 0, 1)


def test_the_same_seed_gives_the_same_interval_however_it_is_parted(monkeypatch):
    statistic = share_of(np.random.default_rng(6).random(30))
    first = estimates(statistic, 30, samples=99)
    assert estimates(statistic, 30, samples=99) == first
    assert estimates(statistic, 30, samples=99, seed=1) != first
    monkeypatch.setattr(bootstrap, "_BLOCK", 100)
    again = estimates(statistic, 30, samples=99)["share"]
    assert (again.low, again.high) == pytest.approx((first["share"].low, first["share"].high))


@pytest.mark.parametrize(
    ("articles", "samples", "reason"),
    [(0, 100, "nothing to draw"), (1, 100, "one article is no sample of any"), (9, 0, "no samples wanted")],
)
def test_no_interval(articles, samples, reason):
    with np.errstate(invalid="ignore"):
        found = estimates(share_of(np.ones(articles)), articles, samples=samples)["share"]
    assert (found.low, found.high) == (None, None), reason


@pytest.mark.parametrize(
    ("estimate", "shown"),
    [
        (Estimate(0.88512, 0.869, 0.898, 10), "0.885 (0.869–0.898)"),
        (Estimate(0.88512, None, None, 10), "0.885"),
        (Estimate(None, None, None, 0), "–"),
    ],
)
def test_shown(estimate, shown):
    assert str(estimate) == shown
