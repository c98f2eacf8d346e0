"""Figures worked out by hand, and by scikit-learn from the same arrays."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve as reliability
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    f1_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
)
from sklearn.preprocessing import MultiLabelBinarizer

from communique.codebook import DOMAINS
from communique.evaluation import Pair, calibration_curve, calibration_error, measure, threshold_curve
from communique.records import Coding, LabeledParagraph


def test_a_worked_example(pair):
    pairs = [
        pair(Coding(("defense",), ("RUS",), ("RUS",)), Coding(("defense",), ("RUS", "LAO"), ("RUS",))),
        pair(Coding(("policing", "diplomacy"), ("LAO",), ()), Coding(("policing",), ("LAO",), ()), review=True),
        pair(Coding(), Coding(("diplomacy",), (), ())),
        pair(Coding(), Coding(), gold_kind="boilerplate", kind="boilerplate"),
        Pair("b", "missed", Coding(("cybersecurity",), ("UN",), ("UN",)), "body", None),
    ]
    result = measure(pairs, model="m", segmented=True)
    assert (result.n, result.articles) == (4, 2)
    assert result.exact == 0.25
    assert result.labels["cybersecurity"].f1 == 0
    assert result.macro_f1 == pytest.approx((1 + 1 + 0 + 0) / 4)
    assert (result.partners.precision, result.partners.recall) == pytest.approx((2 / 3, 2 / 3))
    assert result.partners_exact == 0.5
    assert result.named.f1 == pytest.approx(2 / 3)
    assert result.carried.f1 == pytest.approx(2 / 3)
    assert result.pairs.n == 4  # defense x RUS, policing x LAO, diplomacy x LAO, cybersecurity x UN
    assert result.kind.f1 == 1
    assert (result.review, result.exact_unflagged) == pytest.approx((1 / 4, 1 / 3))


def some(name):
    """Gold labels (n, 4) and scores (n, 4) of a case."""
    rng = np.random.default_rng(1)
    gold, scores = rng.integers(0, 2, (50, 4)), rng.random((50, 4))
    if name == "ties":
        scores = scores.round(1)
    if name == "a label that nobody gave":
        gold[:, 2], scores[:, 2] = 0, scores[:, 2] / 2
    if name == "a label that only the model gave":
        gold[:, 2] = 0
    if name == "no label at all":
        gold[:], scores[:] = 0, scores / 2
    return gold, scores


@pytest.mark.parametrize(
    "case",
    ["plain", "ties", "a label that nobody gave", "a label that only the model gave", "no label at all"],
)
def test_the_figures_are_scikit_learns(random_pairs, case):
    gold, scores = some(case)
    got = (scores >= 0.5).astype(int)
    result = measure(random_pairs(np.random.default_rng(2), gold, scores), model="m", segmented=False)
    assert result.macro_f1 == pytest.approx(f1_score(gold, got, average="macro", zero_division=0))
    assert result.micro_f1 == pytest.approx(f1_score(gold, got, average="micro", zero_division=0))
    assert result.exact == pytest.approx(accuracy_score(gold, got))
    for k, label in enumerate(DOMAINS):
        found, right = result.labels[label], gold[:, k]
        assert found.precision == pytest.approx(precision_score(right, got[:, k], zero_division=0))
        assert found.recall == pytest.approx(recall_score(right, got[:, k], zero_division=0))
        assert found.f1 == pytest.approx(f1_score(right, got[:, k], zero_division=0))
        assert found.ece == pytest.approx(calibration_error(right, scores[:, k]))
        if right.any():
            assert found.average_precision == pytest.approx(average_precision_score(right, scores[:, k]))
        else:
            assert found.average_precision is None
    assert set(result.labels) == set(DOMAINS), "labels are the model's, also those that the gold file lacks"


def test_the_figures_of_codes_are_scikit_learns(pair):
    """Sets of codes as one column a code, over which scikit-learn takes the micro average."""
    rng = np.random.default_rng(7)

    def coding():
        codes = [code for code in ("RUS", "LAO", "UN", "CUB", "KHM") if rng.random() < 0.3]
        domains = tuple(d for d in DOMAINS if rng.random() < 0.4)
        return Coding(domains, tuple(codes), tuple(code for code in codes if rng.random() < 0.6))

    pairs = [pair(coding(), coding()) for _ in range(80)]
    result = measure(pairs, model="m", segmented=False)
    picked = {
        "partners": lambda c: c.partners,
        "named": lambda c: c.named,
        "carried": lambda c: set(c.partners) - set(c.named),
        "pairs": lambda c: [(d, code) for d in c.domains for code in c.partners],
    }
    for name, pick in picked.items():
        gold, got = [pick(p.gold) for p in pairs], [pick(p.predicted) for p in pairs]
        columns = MultiLabelBinarizer().fit([*gold, *got])
        expected = precision_recall_fscore_support(columns.transform(gold), columns.transform(got), average="micro")
        found = getattr(result, name)
        assert (found.precision, found.recall, found.f1) == pytest.approx(expected[:3]), name
        assert found.n == sum(map(len, gold)), name
    columns = MultiLabelBinarizer().fit([p.gold.partners for p in pairs])
    exact = accuracy_score(
        *(columns.transform([getattr(p, side).partners for p in pairs]) for side in ("gold", "predicted"))
    )
    assert result.partners_exact == pytest.approx(exact)


def test_nothing_to_score_is_an_ordinary_answer():
    result = measure([], model="m", segmented=False, samples=10)
    assert (result.n, result.macro_f1, result.exact, result.kind) == (0, 0, 0, None)
    assert {e.low for e in result.metrics.values()} == {None}


def test_an_empty_label_set_is_an_ordinary_answer(pair):
    result = measure([pair(Coding(), Coding())], model="m", segmented=False)
    assert (result.exact, result.partners_exact, result.macro_f1) == (1, 1, 0)


def test_boilerplate_is_unmeasured_where_it_was_given(pair):
    pairs = [pair(Coding(), Coding(), gold_kind="boilerplate", kind="boilerplate")]
    assert measure(pairs, model="m", segmented=False).metrics["kind.f1"].value is None
    assert measure(pairs, model="m", segmented=True).metrics["kind.f1"].value == 1


@pytest.mark.parametrize(
    ("gold", "scores", "expected", "reason"),
    [
        ([1, 1, 0, 0], [1.0, 1.0, 0.0, 0.0], 0, "as sure as right"),
        ([0, 0], [0.95, 0.95], 0.95, "sure and wrong"),
        ([1, 0], [0.5, 0.59], 0.045, "one bin: the mean of its scores against half"),
        ([1, 0], [0.05, 0.95], 0.95, "two bins do not cancel out"),
        ([], [], 0, "nothing"),
    ],
)
def test_calibration_error(gold, scores, expected, reason):
    assert calibration_error(np.asarray(gold), np.asarray(scores)) == pytest.approx(expected), reason


def test_the_calibration_curve_is_scikit_learns():
    rng = np.random.default_rng(3)
    scores = rng.random(500)
    gold = (rng.random(500) < scores**2).astype(int)
    curve = calibration_curve(gold, scores)
    share, score = reliability(gold, scores, n_bins=10)
    np.testing.assert_allclose([b.share for b in curve], share)
    np.testing.assert_allclose([b.score for b in curve], score)
    assert sum(b.n for b in curve) == 500


def test_the_threshold_curve_is_scikit_learns():
    rng = np.random.default_rng(4)
    gold, scores = rng.integers(0, 2, 100), rng.random(100).round(2)  # some scores are thresholds themselves
    for at in threshold_curve(gold, scores):
        got = scores >= at.threshold
        assert at.precision == pytest.approx(precision_score(gold, got, zero_division=0))
        assert at.recall == pytest.approx(recall_score(gold, got))
        assert at.f1 == pytest.approx(f1_score(gold, got))


def test_partners_that_were_no_candidates_count_as_missed():
    found = LabeledParagraph(0, "x", "body", 0, 1, partners=("RUS",), partner_scores={"RUS": 0.9, "LAO": 0.2})
    pairs = [Pair("a", "x", Coding((), ("RUS", "UN"), ()), "body", found)]
    curves = measure(pairs, model="m", segmented=False).curves["partners"]
    assert [(b.n, b.score, b.share) for b in curves.calibration] == [(1, 0.2, 0), (1, 0.9, 1)]
    at_half = next(o for o in curves.thresholds if o.threshold == 0.5)
    assert (at_half.precision, at_half.recall, at_half.f1) == pytest.approx((1, 1 / 2, 2 / 3))
