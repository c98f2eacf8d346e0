import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.reading.plain import read_paragraphs, read_text

BODY = "Le ministre a reçu lundi son homologue, avec lequel il a fait le point des projets en cours."


def bodies(raw: str, **options: str) -> list[str]:
    return [p.clean.text for p in read_text(raw, **options).paragraphs if p.kind == "body"]


@pytest.mark.parametrize(
    ("raw", "title", "date", "reason"),
    [
        (f"Visite à Hanoï\n\n{BODY}", "Visite à Hanoï", None, "a title of its own"),
        (f" date 2025-11-18 Vietnam - Slovaquie\n\nVisite à Hanoï\n\n{BODY}", "Vietnam - Slovaquie : Visite à Hanoï", "2025-11-18", "page date, kicker, title"),
        (f" date 2024-09 Visite en Russie\n\n{BODY}", "Visite en Russie", "2024-09", "a date of the month, title on its line"),
        (f" date 2021-12 Photo: VNA\n\nHanoï (VNA) - {BODY}", None, "2021-12", "no title, but a credit"),
        (f"Hanoï (VNA) - {BODY}\n\n{BODY}", None, None, "a dateline is no title"),
        (BODY, None, None, "one block is no title"),
        (f"Visite à Hanoï ?\n\n{BODY}", "Visite à Hanoï ?", None, "a question"),
    ],
)  # fmt: skip
def test_title_and_date(raw, title, date, reason):
    article = read_text(raw)
    assert (article.title, article.date) == (title, date), reason


@pytest.mark.parametrize(
    ("raw", "expected", "reason"),
    [
        (f"{BODY}\n\n{BODY}", [BODY, BODY], "blank lines part paragraphs"),
        (f"{BODY}\n{BODY}", [BODY, BODY], "a line is a paragraph"),
        (f"{BODY}\r\n\r\n{BODY}", [BODY, BODY], "Windows line ends"),
        ("Le général a parlé de la\nsécurité en mer.", ["Le général a parlé de la sécurité en mer."], "a line broken in mid-sentence"),
        ("Le général a parlé de\n\nla sécurité de toute la région en mer.", ["Le général a parlé de la sécurité de toute la région en mer."], "even by a blank line"),
        ("Ils ont cité :\n- la drogue ;\n- la traite.", ["Ils ont cité :", "- la drogue ;", "- la traite."], "list items stand alone"),
        (f"Visite\n\n date 2025-10-28 {BODY}", [BODY], "a page date glued to a paragraph is cut"),
        ("La coo\u00adpération avan\u200bce bien cette année.", ["La coopération avance bien cette année."], "invisible characters"),
    ],
)  # fmt: skip
def test_paragraphs(raw, expected, reason):
    assert bodies(raw) == expected, reason


def test_hard_wrapped_text_is_joined():
    lines = [
        "Le vice-ministre de la Défense a reçu mardi à Hanoï une délégation de la",
        "Marine royale conduite par son commandant en second, le contre-amiral",
        "Peters, avec qui il a parlé des exercices prévus cette année au large de",
        "Da Nang et de la formation des plongeurs, que les deux marines mènent en",
        "commun depuis 2012 ; ils ont aussi évoqué la recherche des disparus, et",
        "Hanoï a proposé une nouvelle rencontre à Londres avant la fin de juin.",
    ]
    assert bodies("\n".join(lines)) == [" ".join(lines)]


def test_a_given_title_is_taken_out_of_the_text():
    article = read_text(f"Visite\nà Hanoï\n\n{BODY}", title="Une autre manchette")
    assert article.title == "Une autre manchette"
    assert bodies(f"VISITE À HANOÏ\n\n{BODY}", title="Visite à Hanoï") == [BODY]


@given(st.text(max_size=300) | st.text(alphabet="aÉ .\n-–>’\u0301\u00adÃ©§1:/VNA", max_size=200))
@settings(max_examples=300, deadline=None)
def test_paragraphs_stand_where_they_say_in_any_text(raw):
    article = read_text(raw)
    at = 0
    for paragraph in article.paragraphs:
        assert raw[paragraph.start : paragraph.stop] == paragraph.text
        assert paragraph.start >= at
        at = paragraph.stop
        for i in range(len(paragraph.clean.text)):
            start, stop = paragraph.clean.span(i, i + 1)
            assert paragraph.start <= start <= stop <= paragraph.stop


def test_given_paragraphs_keep_their_kinds_and_are_mended():
    article = read_paragraphs([("La coopération desécurité", "body"), ("Photo", "boilerplate")])
    assert [p.kind for p in article.paragraphs] == ["body", "boilerplate"]
    assert article.paragraphs[0].clean.text == "La coopération de sécurité"
    assert all(article.raw[p.start : p.stop] == p.text for p in article.paragraphs)
