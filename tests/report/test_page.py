import json
import re
import sys
from importlib.resources import files
from string import Formatter

import pytest

import communique
from communique.codebook import BODIES, COUNTRIES
from communique.errors import CommuniqueError, MissingExtraError
from communique.records import Evidence, LabeledParagraph
from communique.report.labels import labels_page
from communique.report.names import domain_name, partner_name, strings
from communique.report.page import LONGEST, shown


def test_the_page_holds_all_it_needs_and_text_stays_text(labels, script):
    html = labels_page(communique.summary(labels), source="<b>.jsonl")
    assert "&lt;b&gt;.jsonl" in html
    assert script not in html
    assert not re.search(
        r"<(?:script|img|iframe)[^>]+src=|<link[^>]+href=.(?!data:)|@import|url\(", html.split("</head>")[0]
    )
    payload = json.loads(re.search(r'id="payload">(.*?)</script>', html, re.DOTALL)[1])
    assert [item["article"] for item in payload["data"]["flagged"]] == ["a", "b", "d"]


HOSTILE = (
    "</script><script>window.broken = 1</script>", "<!--<script>", '"><img src=x onerror="window.broken = 1">', "a\u2028b",
    "{{ 7 * 7 }}", "</title></style>",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_says_what_it_was_given_and_does_none_of_it(make_row, tmp_path, text):
    def page(value):
        row = make_row(value, 1, f"{value} fin.", domains=[value], partners=[value], date=value, title=value, review=True,
                       evidence=[(value, value, "named")])  # fmt: skip
        path = tmp_path / "labels.jsonl"
        path.write_text(json.dumps({**row, "model": value}) + "\n", encoding="utf-8")
        return labels_page(communique.summary(path), source=value)

    html, plain = page(text), page("plain")
    for mark in ("<script", "</script", "<!--", "<img", "</title", "</style", "onerror="):
        # what stands in the payload or an attribute is no markup; of that there is as much as in a plain page
        assert html.count(mark) == plain.count(mark) or mark == "onerror=", mark
    payload = json.loads(re.search(r'id="payload">(.*?)</script>', html, re.DOTALL)[1])
    (item,) = payload["data"]["flagged"]
    assert (item["article"], item["title"], item["date"]) == (text, text, text)
    assert "".join(piece for piece, _ in item["pieces"]) == f"{text} fin."


def test_no_file_but_the_page_is_in_english_or_french(labels):
    with pytest.raises(CommuniqueError, match=r"expected a language of the pages \(en, fr\), got 'de'"):
        labels_page(communique.summary(labels), lang="de")


@pytest.mark.parametrize("package", ["altair", "babel", "jinja2", "vl_convert"])
def test_a_missing_package_is_named_with_its_extra(labels, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'communique\[report\]'"):
        labels_page(communique.summary(labels))


def test_both_languages_have_all_words_with_the_same_places():
    english, french = strings("en"), strings("fr")
    places = [
        {key: {name for _, name, _, _ in Formatter().parse(text)} for key, text in words.items()}
        for words in (english, french)
    ]
    assert places[0] == places[1]
    assert all(english.values()) and all(french.values())


@pytest.mark.parametrize(
    ("code", "english", "french", "reason"),
    [
        ("JPN", "Japan", "Japon", "a country, by CLDR"),
        ("XKX", "Kosovo", "Kosovo", "a code that ISO leaves to users"),
        ("NATO", "NATO", "OTAN", "a body"),
        ("ABC", "ABC", "ABC", "a code of one's own is its own name"),
    ],
)
def test_names_of_partners(code, english, french, reason):
    assert (partner_name(code, "en"), partner_name(code, "fr")) == (english, french), reason


def test_every_code_has_a_name():
    assert [c for c in COUNTRIES for lang in ("en", "fr") if partner_name(c, lang) == c] == []
    assert [c for c in BODIES if f"partner:{c}" not in strings("en")] == []
    assert domain_name("trade", "fr") == "trade"


def test_every_country_is_on_the_map_but_parts_of_others():
    world = json.loads(files("communique.report").joinpath("world.json").read_text("utf-8"))
    drawn = {shape.get("id") for shape in world["objects"]["countries"]["geometries"]}
    parts = {"BES", "BVT", "CCK", "CXR", "GLP", "GUF", "MTQ", "MYT", "REU", "SJM", "TKL"}  # of NLD, NOR, AUS, FRA, NZL
    assert COUNTRIES - drawn == {*parts, "ATA"}
    assert drawn - COUNTRIES == {None}


@pytest.mark.parametrize(
    ("text", "start", "evidence", "pieces", "reason"),
    [
        ("Un Russe.", 10, [(13, "Russe")], ["Un ", "[Russe]", "."], "places are counted from the start of the article"),
        ("Russe", 0, [(0, "Russe")], ["[Russe]"], "all of it"),
        ("le Russe et le Russe", 0, [(20, "Russe"), (40, "Russe")], ["le ", "[Russe]", " et le ", "[Russe]"],
         "in a web page markup stands between, and words are looked for in their order"),
        ("le Russe", 0, [(2, "<b>Russe")], ["le Russe"], "what is not found marks nothing"),
        ("les deux", 0, [(0, "les deux"), (4, "deux")], ["[les ]", "[[deux]]"], "two reasons for the same words"),
        ("les deux pays", 0, [(4, "deux pays"), (0, "les deux")], ["[les ]", "[[deux]]", "[ pays]"], "reasons that cross, the later first"),
        ("LaosLaos", 0, [(0, "Laos"), (4, "Laos")], ["[Laos]", "[Laos]"], "one ends where the next begins"),
        ("Laos, Cuba", 0, [(0, "Laos, Cuba"), (0, "Laos"), (6, "Cuba")], ["[[Laos]]", "[, ]", "[[Cuba]]"], "one around two"),
        ("", 0, [], [], "no text"),
    ],
)  # fmt: skip
def test_evidence_is_marked_where_it_stands(text, start, evidence, pieces, reason):
    found = tuple(Evidence("RUS", at, at + len(surface), surface, "named") for at, surface in evidence)
    paragraph = LabeledParagraph(0, text, "body", start, start + len(text), evidence=found)
    marked = ["[" * len(e) + piece + "]" * len(e) for piece, e in paragraph.segments()]
    assert marked == pieces, reason
    assert "".join(piece for piece, _ in paragraph.segments()) == text


def test_a_long_paragraph_is_cut():
    for length, cut in ((LONGEST, False), (LONGEST + 1, True)):
        found = shown(LabeledParagraph(0, "x" * length, "body", 0, length), "en")
        assert (len(found["pieces"][0][0]), found["cut"]) == (LONGEST, cut)
