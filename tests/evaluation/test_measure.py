import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from communique.codebook import DOMAINS
from communique.errors import CommuniqueError
from communique.evaluation import compare, evaluate, measure
from communique.reading.coded import read_coded
from communique.records import CodedArticle, CodedParagraph, Coding


@pytest.fixture(scope="module")
def gold(root):
    return read_coded([root / "seeds" / "coded.jsonl"])


def test_a_model_against_itself_differs_in_nothing(labeler, gold):
    comparison = evaluate(labeler, gold, against=labeler, samples=50).comparison
    assert comparison.other == labeler.bundle.name
    assert set(comparison.differences) >= {"domains.macro_f1", "domains.exact", "partners.f1", "carried.f1", "pairs.f1"}
    for name, found in comparison.differences.items():
        assert (found.difference, found.low, found.high, found.holds) == (0, 0, 0, False), name


def graded(pair, right):
    """Ten articles of ten paragraphs, of which `right[article]` are labelled as coded."""
    coded = Coding(("defense",), ("RUS",), ("RUS",))
    return [
        pair(coded, coded if k < n else Coding(("policing",)), article=f"a{i}")
        for i, n in enumerate(right)
        for k in range(10)
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "difference", "holds", "reason"),
    [
        ([9] * 10, [6] * 10, 0.3, True, "better by the same in every article"),
        ([6] * 10, [9] * 10, -0.3, True, "worse holds too"),
        ([10, 0] * 5, [0, 10] * 5, 0.0, False, "as often better as worse"),
        ([10] + [5] * 9, [5] * 10, 0.05, False, "better in one article alone"),
        ([10, 2] * 5, [9, 1] * 5, 0.1, True, "paired: articles differ much, the models always by the same"),
    ],
)
def test_a_difference_holds_where_its_interval_excludes_zero(pair, ours, theirs, difference, holds, reason):
    found = compare(graded(pair, ours), graded(pair, theirs), segmented=False)["domains.exact"]
    assert found.difference == pytest.approx(difference), reason
    assert found.value - found.other == pytest.approx(difference), reason
    assert found.holds == holds, reason
    assert found.low <= found.difference <= found.high


def test_kinds_are_measured_where_the_model_parted_the_article_itself(pair):
    """Of an article without raw text it is given the coded kinds: credit for them would hide what it misses."""
    missed = pair(Coding(), Coding(), article="raw", gold_kind="boilerplate", kind="body")
    given = replace(
        pair(Coding(), Coding(), article="coded", gold_kind="boilerplate", kind="boilerplate"), parted=False
    )
    kind = measure([missed, given, given], model="", segmented=True).kind
    assert (kind.f1, kind.n) == (0, 1)
    assert measure([given], model="", segmented=True).kind is None


def test_gold_coded_with_a_domain_that_the_model_lacks_is_refused(labeler):
    article = CodedArticle("a1", "", (CodedParagraph("Le commerce.", "body", Coding(("trade",))),))
    with pytest.raises(CommuniqueError, match=r"a1: coded with trade, which .* lacks; its domains are defense"):
        evaluate(labeler, [article])


def test_models_of_other_domains_are_not_compared(labeler, gold):
    other = SimpleNamespace(bundle=SimpleNamespace(name="other", labels=("trade",)))
    with pytest.raises(CommuniqueError, match=r"the same domains, got defense, .* and trade in"):
        evaluate(labeler, gold, against=other)


def article(id, text, **known):
    return CodedArticle(id, None, (CodedParagraph(text, "body", Coding()),), **known)


@pytest.mark.parametrize(
    ("one", "two", "by", "expected", "reason"),
    [
        ({"date": "2019"}, {"date": "2021-12-01"}, "year", ["2019", "2021"], "years of dates of any precision"),
        ({"date": "2019"}, {"date": None}, "year", ["2019"], "no date, in no slice"),
        ({"date": "2019"}, {"date": "18/11/2021"}, "year", ["2019"], "a date that is not ISO 8601 is none"),
        ({"date": "2019-01"}, {"date": "2019-05"}, "year", [], "all of one year"),
        ({"home": "VNM"}, {"home": "FRA"}, "home", ["FRA", "VNM"], "homes"),
        ({"lang": "en"}, {"lang": None}, "language", ["en"], "a language that was not written down"),
        (
            {"source": "https://www.lecourrier.vn/a/1.html"}, {"source": "http://EN.vov.vn:80/b"},
            "outlet", ["en.vov.vn", "lecourrier.vn"], "hosts",
        ),
        ({"source": "https://a.vn"}, {"source": "the archive of the ministry"}, "outlet", ["a.vn"], "no address"),
        ({"source": "https://a.vn"}, {"source": "http://[::"}, "outlet", ["a.vn"], "a broken address"),
        ({"text": "un " * 25}, {"text": "un " * 61}, "length", ["1–25", "61 and more"], "words"),
        (
            {"text": "Le ministre a reçu son homologue."}, {"text": "Le généralPhung a proposéd'ouvrir."},
            "text", ["clean", "glued"], "lost spaces",
        ),
        ({"text": "Le ministre."}, {"text": "La sÃ©curitÃ©."}, "text", ["clean", "glued"], "a broken encoding"),
    ],
)  # fmt: skip
def test_slices(pair, one, two, by, expected, reason):
    known = [{"text": "x", "source": None, **one}, {"text": "x", "source": None, **two}]
    pairs = [
        replace(pair(Coding(), Coding(), article=id), text=k.pop("text")) for id, k in zip("ab", known, strict=True)
    ]
    articles = [article(id, "x", **k) for id, k in zip("ab", known, strict=True)]
    found = [s for s in measure(pairs, model="m", segmented=False, articles=articles).slices if s.by == by]
    assert [s.value for s in found] == expected, reason
    assert all((s.articles, s.n, s.metrics["domains.exact"].value) == (1, 1, 1) for s in found), reason


def test_the_parts_of_a_whole_add_up(labeler, gold):
    result = evaluate(labeler, gold, samples=20)
    parts = [s for s in result.slices if s.by == "length"]
    assert sum(s.n for s in parts) == result.n
    right = sum(s.n * s.metrics["domains.exact"].value for s in parts)
    assert right == pytest.approx(result.n * result.exact)


def test_the_keys_of_the_json_are_those_documented(labeler, gold, root):
    result = evaluate(labeler, gold, against=labeler, samples=20)
    found = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert (found["format"], found["domains"]) == (1, list(DOMAINS))
    curve = found["curves"]["domains.defense"]
    records = [
        found,
        found["metrics"]["kind.f1"],
        found["slices"][0],
        curve,
        curve["calibration"][0],
        curve["thresholds"][0],
    ]
    records += [found["comparison"], found["comparison"]["differences"]["kind.f1"]]
    words = {key for record in records for key in record} | {s["by"] for s in found["slices"]}
    words |= {re.sub(f"^domains.({'|'.join(DOMAINS)})", "domains.LABEL", name) for name in found["metrics"]}
    page = (root / "docs" / "evaluation.md").read_text("utf-8")
    assert [word for word in sorted(words) if f"`{word}`" not in page] == []


def test_the_examples_of_the_page_run(root, monkeypatch, capsys):
    monkeypatch.chdir(root)
    examples = re.findall(r"```python\n(.*?)```", (root / "docs" / "evaluation.md").read_text("utf-8"), re.DOTALL)
    namespace = {}
    for example in examples:
        exec(example, namespace)
    printed = capsys.readouterr().out
    assert len(examples) == 2
    assert re.match(r"0\.\d{3} \(0\.\d{3}–\d\.\d{3}\) 0\.\d", printed)
    assert re.search(r"\(\(\d+, \d+, \d+, \d+, \d+\), ", printed)


def test_metrics_of_an_own_label_set(pair):
    """A model's labels, whatever stands in the gold file."""
    coded = Coding(("trade",))
    result = measure([pair(coded, coded)], model="m", segmented=False, domains=("climate", "trade"))
    assert list(result.labels) == ["climate", "trade"]
    assert np.isclose(result.macro_f1, 0.5)
