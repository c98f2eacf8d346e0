import numpy as np
import pytest
from sklearn.metrics import f1_score

from communique.codebook import DOMAINS
from communique.evaluation import Pair, aligned, calibration_error, evaluate, measure
from communique.reading.plain import read_text
from communique.records import CodedArticle, CodedParagraph, Coding, LabeledArticle, LabeledParagraph


def pair(gold, found, gold_kind="body", kind="body"):
    scores = {d: 0.9 if d in found.domains else 0.1 for d in DOMAINS}
    labelled = LabeledParagraph(0, "x", kind, 0, 1, found.domains, found.partners, found.named, scores)
    return Pair("a", "x", gold, gold_kind, labelled)


def test_a_worked_example():
    pairs = [
        pair(Coding(("defense",), ("RUS",), ("RUS",)), Coding(("defense",), ("RUS", "LAO"), ("RUS",))),
        pair(Coding(("policing", "diplomacy"), ("LAO",), ()), Coding(("policing",), ("LAO",), ())),
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
    assert result.named.f1 == pytest.approx(2 / 3)
    assert result.carried.f1 == pytest.approx(2 / 3)
    assert result.pairs.n == 4  # defense x RUS, policing x LAO, diplomacy x LAO, cybersecurity x UN
    assert result.kind.f1 == 1


def test_f1_is_scikit_learns():
    rng = np.random.default_rng(1)
    gold, got = rng.integers(0, 2, (50, 4)), rng.integers(0, 2, (50, 4))

    def coding(row):
        return Coding(tuple(d for d, y in zip(DOMAINS, row, strict=True) if y))

    result = measure([pair(coding(g), coding(p)) for g, p in zip(gold, got, strict=True)], model="m", segmented=False)
    assert result.macro_f1 == pytest.approx(f1_score(gold, got, average="macro"))
    assert result.micro_f1 == pytest.approx(f1_score(gold, got, average="micro"))
    assert result.kind is None


def test_nothing_to_score_is_an_ordinary_answer():
    result = measure([], model="m", segmented=False)
    assert (result.n, result.macro_f1, result.exact) == (0, 0, 0)


def test_calibration_error():
    assert calibration_error(np.asarray([1, 1, 0, 0]), np.asarray([1.0, 1.0, 0.0, 0.0])) == 0
    assert calibration_error(np.asarray([0, 0]), np.asarray([0.95, 0.95])) == pytest.approx(0.95)


def labelled(*texts):
    paragraphs = tuple(LabeledParagraph(i, t, "body", 0, 0) for i, t in enumerate(texts))
    return LabeledArticle("a", None, None, "VNM", "m", paragraphs)


def coded(*texts):
    return CodedArticle("a", None, tuple(CodedParagraph(t, "body", Coding()) for t in texts))


@pytest.mark.parametrize(
    ("gold", "got", "expected", "reason"),
    [
        (["un deux", "trois"], ["un\ndeux", "trois"], [0, 1], "white space is no difference"),
        (["lede", "lede"], ["lede", "lede"], [0, 1], "a paragraph printed twice"),
        (
            ["un", "deux trois quatre"],
            ["un", "deux trois quatre cinq"],
            [0, 1],
            "a longer paragraph covers the coded one",
        ),
        (["un deux trois quatre"], ["un deux", "trois quatre"], [1], "the half that covers more of it"),
        (["date 2025-10 Le sommet de lundi"], ["Le sommet de lundi"], [0], "a cut page date"),
        (["absent"], ["un"], [None], "not found"),
    ],
)
def test_alignment(gold, got, expected, reason):
    pairs = aligned(coded(*gold), labelled(*got))
    assert [p.found.index if p.found else None for p in pairs] == expected, reason


def test_the_raw_text_is_segmented_where_it_is_there(labeler):
    body = "Le ministre de la Défense a reçu lundi à Hanoï son homologue russe."
    raw = f"{body}\n\nPhoto : VNA"
    gold = CodedArticle(
        "a", None,
        (CodedParagraph(body, "body", Coding(("defense",), ("RUS",), ("RUS",))), CodedParagraph("Photo : VNA", "boilerplate", Coding())),
        text=raw,
    )  # fmt: skip
    result = evaluate(labeler, [gold])
    assert result.kind.f1 == 1
    assert result.partners.f1 == 1
    assert read_text(raw).paragraphs[1].kind == "boilerplate"
