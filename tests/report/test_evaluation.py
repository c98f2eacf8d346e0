import json
import re
import sys
from dataclasses import replace

import pytest

from communique.errors import CommuniqueError, MissingExtraError
from communique.evaluation import ERROR_KINDS, Pair, confusion, count_errors, errors_of, measure
from communique.records import CodedArticle, CodedParagraph, Coding, Evidence, LabeledParagraph
from communique.report import evaluation as making
from communique.report.evaluation import evaluation_page
from communique.report.names import language_name, strings


def data_of(html):
    return json.loads(re.search(r'id="payload">(.*?)</script>', html, re.DOTALL)[1])["data"]


@pytest.fixture(scope="module")
def page(evaluated):
    return evaluation_page(*evaluated, source="<b>.jsonl", slices=True)


def test_the_page_holds_all_it_needs_and_text_stays_text(page, script):
    assert "&lt;b&gt;.jsonl" in page
    assert script not in page
    assert not re.search(
        r"<(?:script|img|iframe)[^>]+src=|<link[^>]+href=.(?!data:)|@import|url\(", page.split("</head>")[0]
    )


def test_the_page_has_the_figures_of_the_library(page, evaluated):
    result, _ = evaluated
    data, figures = data_of(page), result.to_dict()
    assert data["metrics"] == {name: list(estimate.values()) for name, estimate in figures["metrics"].items()}
    assert [row["metrics"]["pairs.f1"][0] for row in data["slices"]] == [
        s.metrics["pairs.f1"].value for s in result.slices
    ]
    assert data["comparison"]["differences"] == [
        [name, *d.values()] for name, d in figures["comparison"]["differences"].items()
    ]
    found = confusion(result.paragraphs)
    assert [tuple(row) for row in data["confusion"]["counts"]] == list(found.counts)
    assert data["kinds"] == [[kind, c.paragraphs, c.errors] for kind, c in count_errors(result.paragraphs).items()]
    assert all(paragraphs for _, paragraphs, _ in data["kinds"]), "the example has errors of every kind"


def test_every_error_is_on_the_page_once(page, evaluated):
    result, _ = evaluated
    data = data_of(page)
    found = {
        (article["id"], index): [tuple(error) for error in paragraph["errors"]]
        for article in data["texts"]
        for index, paragraph in enumerate(article["paragraphs"])
        if paragraph["errors"]
    }
    expected = {
        (pair.article, k % 5): [(e.kind, e.label) for e in errors_of(pair)]
        for k, pair in enumerate(result.paragraphs)
        if errors_of(pair)
    }
    assert found == expected
    assert (data["all_paragraphs"], data["all_articles"]) == (len(expected), len({id for id, _ in expected}))


def test_slices_are_there_when_asked_for(evaluated, page):
    assert 'id="slices-table"' in page
    without = evaluation_page(*evaluated)
    assert 'id="slices-table"' not in without
    assert data_of(without)["slices"] == []


def test_what_finds_no_room_is_left_out_and_counted(evaluated, monkeypatch):
    result, gold = evaluated
    monkeypatch.setattr(making, "ROOM", 9_000)
    html = evaluation_page(result, gold)
    data = data_of(html)
    assert 0 < len(data["texts"]) < data["all_articles"] == 12
    order = [article.id for article in gold]
    assert [t["id"] for t in data["texts"]] == sorted((t["id"] for t in data["texts"]), key=order.index)
    assert data["kinds"] == [[kind, c.paragraphs, c.errors] for kind, c in count_errors(result.paragraphs).items()]
    assert evaluation_page(result, gold) == html, "the same are drawn again"


def test_a_page_of_three_thousand_articles_is_under_five_megabytes():
    gold = Coding(("defense",), ("RUS",), ("RUS",))
    text = "L'un d'eux a reçu à Hanoï le ministre russe. " * 30
    at = text.index("russe")
    found = LabeledParagraph(
        0, text, "body", 0, len(text), ("policing",), evidence=(Evidence("RUS", at, at + 5, "russe", "mention"),),
    )  # fmt: skip
    articles = [CodedArticle(f"a{k}", None, (CodedParagraph(text, "body", gold),) * 3) for k in range(3000)]
    pairs = [Pair(article.id, text, gold, "body", found) for article in articles for _ in range(3)]
    html = evaluation_page(measure(pairs, model="m", segmented=False), articles)
    assert 3_000_000 < len(html.encode()) < 5_000_000


@pytest.mark.parametrize(
    ("found", "expected", "reason"),
    [
        (("body", "le ministre russe", 100, [(112, "russe")]), ["le ministre ", "[russe]"], "the same text"),
        (("body", "HANOÏ - le ministre russe", 100, [(120, "russe")]), ["le ministre ", "[russe]"],
         "the model's paragraph is longer: its evidence is looked for in the coded one"),
        (("body", "le ministre\nrusse", 100, [(100, "absent")]), ["le ministre russe"], "what is not there marks nothing"),
        (("boilerplate", "le ministre russe", 100, []), ["le ministre russe"], "boilerplate"),
        (None, ["le ministre russe"], "not found"),
    ],
)  # fmt: skip
def test_evidence_is_marked_in_the_coded_text(found, expected, reason):
    if found:
        kind, text, start, evidence = found
        marks = tuple(Evidence("RUS", at, at + len(surface), surface, "named") for at, surface in evidence)
        found = LabeledParagraph(0, text, kind, start, start + len(text), evidence=marks)
    pair = Pair("a", "le ministre russe", Coding(("defense",)), "body", found)
    gold = [CodedArticle("a", None, (CodedParagraph(pair.text, "body", pair.gold),))]
    (article,) = data_of(evaluation_page(measure([pair], model="m", segmented=False), gold))["texts"]
    (paragraph,) = article["paragraphs"]
    assert ["[" * len(marks) + text + "]" * len(marks) for text, marks in paragraph["pieces"]] == expected, reason


@pytest.mark.parametrize("pairs", [[], [Pair("a", "x", Coding(), "body", LabeledParagraph(0, "x", "body", 0, 1))]])
def test_no_error_is_an_ordinary_answer(pairs):
    gold = [CodedArticle("a", None, (CodedParagraph("x", "body", Coding()),))]
    data = data_of(evaluation_page(measure(pairs, model="m", segmented=False, domains=("trade",)), gold))
    assert (data["texts"], data["all_articles"]) == ([], 0)
    assert data["domains"] == [["trade", "trade"]], "a domain of one's own is its own name"


def test_other_articles_than_those_measured_are_refused(evaluated):
    result, gold = evaluated
    with pytest.raises(
        CommuniqueError, match="expected the articles that were measured; 'a0' is not among those given"
    ):
        evaluation_page(result, gold[1:])


def test_no_file_but_the_page_is_in_english_or_french(evaluated):
    with pytest.raises(CommuniqueError, match=r"expected a language of the pages \(en, fr\), got 'de'"):
        evaluation_page(*evaluated, lang="de")


def test_a_missing_package_is_named_with_its_extra(evaluated, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'communique\[report\]'"):
        evaluation_page(*evaluated)


def test_every_error_metric_and_slice_has_its_words(evaluated):
    result, _ = evaluated
    words = strings("fr")
    assert [kind for kind in ERROR_KINDS if f"error.{kind}" not in words] == []
    assert [name for name in result.comparison.differences if f"metric.{name}" not in words] == []
    assert [s.by for s in result.slices if f"slice.{s.by}" not in words] == []


@pytest.mark.parametrize(("code", "name"), [("fr", "French"), ("xx", "xx"), ("a language", "a language")])
def test_names_of_languages(code, name):
    assert language_name(code, "en") == name


def test_values_of_slices_are_in_the_language_of_the_page(evaluated):
    result, gold = evaluated
    values = {(s["by"], s["value"]) for s in data_of(evaluation_page(result, gold, lang="fr", slices=True))["slices"]}
    assert {
        ("home", "Viêt Nam"),
        ("home", "France"),
        ("language", "anglais"),
        ("year", "2010"),
        ("outlet", "outlet1.vn"),
    } <= values
    long = replace(result, slices=(replace(result.slices[0], by="length", value="61 and more"),))
    assert data_of(evaluation_page(long, gold, lang="fr", slices=True))["slices"][0]["value"] == "61 et plus"
