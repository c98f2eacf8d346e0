import pytest

from communique.evaluation import aligned, evaluate
from communique.reading.plain import read_text
from communique.records import CodedArticle, CodedParagraph, Coding, LabeledArticle, LabeledParagraph


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
