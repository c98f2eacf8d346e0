"""Each sentence of mention_cases.tsv names the codes beside it, for the reason beside these."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.mentions.find import language_of, read_mentions
from communique.mentions.gazetteer import fold, folded_bytes
from communique.reading.plain import read_paragraphs

HERE = Path(__file__).parent


def table(name):
    with (HERE / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def codes(text, **options):
    clean = read_paragraphs([(text, "body")]).paragraphs[0].clean.text
    return list(dict.fromkeys(m.code for m in read_mentions(clean, **options).mentions))


@pytest.mark.parametrize("row", table("mention_cases.tsv"), ids=lambda row: row["reason"][:60])
def test_mentions(row):
    expected = [] if row["codes"] == "-" else row["codes"].split()
    assert codes(row["text"]) == expected, row["reason"]


# Sentences that a form fits in, and the forms that need another one to be told from a homograph.
FRENCH = {
    "fr_name": "La délégation est rentrée vendredi de {} pour une réunion.",
    "fr_adjective_m": "Le communiqué {} est paru dans la nuit de jeudi.",
    "fr_adjective_f": "La délégation {} est arrivée dans la nuit de jeudi.",
    "fr_adjective_pl": "Les experts {} sont arrivés dans la nuit de jeudi.",
    "fr_capital": "Le ministre est arrivé à {} dans la soirée pour une réunion.",
}
ENGLISH = {
    "en_name": "The delegation has arrived from {} for the talks.",
    "en_adjective": "The {} delegation has arrived for the talks.",
    "en_capital": "The minister was back in {} on the same day.",
}
HOMOGRAPHS = {
    ("GRD", "fr_name"): "La délégation est rentrée vendredi de la {} pour une réunion.",
    ("GRD", "fr_capital"): "Le ministre est à {} pour une réunion.",
    ("SYC", "en_capital"): "The minister was in {} on the same day.",
    ("DMA", "fr_name"): "La délégation est rentrée vendredi de la {} pour une réunion.",
}
#: Forms shared by two countries go to the one that newspapers mean by default; a second name in the text settles them.
SHARED = {
    ("COG", "fr_adjective_m"), ("COG", "fr_adjective_f"), ("COG", "fr_adjective_pl"), ("COG", "en_adjective"),
    ("DMA", "en_adjective"),
}  # fmt: skip


@pytest.mark.parametrize("row", table("un_members.tsv"), ids=lambda row: row["code"])
def test_every_un_member_by_name_adjective_and_capital(row):
    for column, sentence in {**FRENCH, **ENGLISH}.items():
        if (row["code"], column) in SHARED:
            continue
        sentence = HOMOGRAPHS.get((row["code"], column), sentence)
        assert codes(sentence.format(row[column])) == [row["code"]], (column, row[column])


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("L'armée congolaise a repris la ville.", ["COG"], ["COG"]),
        ("L'armée congolaise a repris la ville.", [], ["COD"]),
        ("La partie coréenne a répondu.", ["PRK"], ["PRK"]),
        ("La partie coréenne a répondu.", ["KOR", "PRK"], ["KOR"]),
        ("La marine dominicaine a quitté la Dominique.", [], ["DMA"]),
        ("Korean officials are in town.", ["PRK"], ["PRK"]),
        ("Korean officials spoke of the DPRK.", [], ["KOR", "PRK"]),
    ],
)
def test_forms_that_two_countries_share_are_settled_by_what_is_known(text, known, expected):
    assert codes(text, known=known) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("VIETNAM, US SIGN DEFENCE DEAL", "en", ["VNM", "USA"]),
        ("VIETNAM, EU AND UN AGENCIES MEET", "en", ["VNM", "EU", "UN"]),
        ("UN ACCORD A EU LIEU", "fr", []),
    ],
)
def test_initials_that_are_words_of_one_language_count_in_headlines_of_the_other(text, lang, expected):
    assert codes(text, lang=lang) == expected


@pytest.mark.parametrize(
    ("text", "persons"),
    [
        ("Le général Luong Tam Quang a reçu Robert Kaliňák, ministre slovaque.", ["Luong Tam Quang", "Robert Kaliňák"]),
        ("Le Premier ministre Pham Minh Chinh est arrivé.", ["Pham Minh Chinh"]),
        ("M. Ștefan Popescu a reçu Maroš Šefčovič et Nguyễn Ẩn.", ["Ștefan Popescu", "Maroš Šefčovič", "Nguyễn Ẩn"]),
        ("Il a dit šef Kuchyně et ǆ Nam.", []),
        ("La Fédération de Russie et l'Union européenne ont signé.", []),
        ("Le Comité central du Parti a siégé.", []),
    ],
)
def test_persons(text, persons):
    assert [text[a:b] for a, b in read_mentions(text).persons] == persons


@pytest.mark.parametrize(
    ("text", "office"),
    [
        ("Le ministre slovaque de la Défense", {"defense"}),
        ("la défense du gardien", set()),
        ("l'ambassadrice et le chef de la police", {"diplomacy", "policing"}),
        ("la coopération dans la défense et la sécurité", {"defense", "policing", "both"}),
        ("the Deputy Minister of Public Security", {"policing"}),
    ],
)
def test_offices(text, office):
    assert {c.name for c in read_mentions(text).cues if c.type == "office"} == office


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Les manœuvres conjointes", {"defense"}),
        ("LES MANŒUVRES", {"defense"}),
        ("les manoeuvres", {"defense"}),
        ("les manжuvres", set()),
    ],
)
def test_topics_with_a_ligature_and_without(text, topics):
    assert {c.name for c in read_mentions(text).cues if c.type == "topic"} == topics


@pytest.mark.parametrize(
    ("text", "language"),
    [("le ministre de la défense", "fr"), ("the minister of the interior", "en"), ("Hanoï", None)],
)
def test_languages(text, language):
    assert language_of(text) == language


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_folding_keeps_the_length_and_mentions_lie_in_the_text(text):
    assert len(fold(text)) == len(text)
    end = 0
    for mention in read_mentions(text).mentions:
        assert end <= mention.start < mention.stop <= len(text)
        end = mention.stop


@pytest.mark.parametrize("text", ["Côte d’Ivoire", "ĐÀ NẴNG", "Œuvre", "a\u0301 😀 \ud800 中", ""])
def test_a_folded_text_has_a_byte_for_each_character(text):
    expected = [ord(char) if char.isascii() else 0x9C if char == "œ" else 0 for char in fold(text)]
    assert list(folded_bytes(text)) == expected
    assert len(expected) == len(text)
