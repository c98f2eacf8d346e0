import dataclasses
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import communique
from communique.codebook import DOMAINS
from communique.errors import CodebookError
from communique.labeler import BATCH
from communique.reading.plain import read_text

TEXT = (
    "Visite du ministre russe de la Défense\n\nLe ministre de la Défense a reçu lundi à Hanoï son homologue russe, Ivan Petrov.\n\n"
    "M. Petrov a souhaité que les deux armées s'exercent ensemble auMyanmar.\n\nPhoto : VNA"
)


def test_one_text(labeler):
    article = labeler.label(TEXT)
    first, second, photo = article.paragraphs
    assert (article.title, article.home, photo.kind) == ("Visite du ministre russe de la Défense", "VNM", "boilerplate")
    assert first.domains == ("defense",)
    assert (first.partners, first.named) == (("RUS",), ("RUS",))
    assert (second.partners, second.named) == (("RUS",), ())
    assert tuple(first.domain_scores) == DOMAINS
    assert article.body == (first, second)


def test_a_title_that_names_no_field_adds_none(labeler):
    text = TEXT.replace("Visite du ministre russe de la Défense", "Visite du ministre russe")
    assert labeler.label(text).paragraphs[0].domains == ("defense",)


def test_evidence_points_into_the_raw_text(labeler):
    evidence = [e for p in labeler.label(TEXT).paragraphs for e in p.evidence]
    assert {(e.code, e.surface, e.role) for e in evidence} == {
        ("RUS", "russe", "named"), ("RUS", "Petrov", "carried"), ("MMR", "Myanmar", "mention"),
    }  # fmt: skip
    assert all(TEXT[e.start : e.stop] == e.surface for e in evidence)


def test_an_iterable_is_streamed_in_order(labeler):
    def endless():
        for i in range(10**9):
            yield read_text(TEXT, id=str(i))

    stream = labeler.label(endless())
    assert [next(stream).id for _ in range(BATCH + 2)] == [str(i) for i in range(BATCH + 2)]


def test_texts_are_numbered_through_all_batches(labeler, monkeypatch):
    monkeypatch.setattr(labeler, "batch", 2)
    given = [TEXT, TEXT, read_text(TEXT, id="mine"), TEXT, TEXT]
    ids = ["article-0", "article-1", "mine", "article-3", "article-4"]
    assert [article.id for article in labeler.label(iter(given))] == ids
    assert [article.id for article in labeler.label_all(given)] == ids


def test_batches_change_nothing(labeler):
    other = "Le Laos et la Chine ont signé un accord.\n\nIl pleuvait."
    alone = labeler.label(TEXT).paragraphs
    together = labeler.label_all([other, TEXT, other])[1].paragraphs
    assert alone == together


def test_an_articles_own_home_comes_first(labeler):
    article = labeler.label(read_text(TEXT, home="RUS"))
    assert article.home == "RUS"
    assert "RUS" not in {code for p in article.paragraphs for code in (*p.partners, *p.partner_scores)}


def test_records_are_frozen(labeler):
    paragraph = labeler.label(TEXT).paragraphs[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        paragraph.domains = ()


def test_an_unknown_home_is_refused():
    with pytest.raises(CodebookError, match="expected a home country"):
        communique.load(home="Vietnam")


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_text_is_labelled(text):
    labeler = communique.load("fast")
    article = labeler.label(text)
    for paragraph in article.paragraphs:
        assert text[paragraph.start : paragraph.stop] == paragraph.text
        assert all(text[e.start : e.stop] == e.surface for e in paragraph.evidence)
        assert set(paragraph.named) <= set(paragraph.partners)


def test_labels_do_not_depend_on_the_seed_of_hashes():
    """Sums over sets of words would be added in another order in each process."""
    code = f"import communique, json; print(json.dumps(list(communique.load('fast').label({TEXT!r}).rows())))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in "123"
    }
    assert len(outputs) == 1
