import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.reading.plain import read_paragraphs, read_text

BODY = "Le ministre a reçu lundi son homologue, avec lequel il a fait le point des projets en cours."
MET = "Le ministre de la Défense a reçu mardi matin à Hanoï"


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
        (f"Coopération Vietnam-Laos 2021-2025\n\n{BODY}", "Coopération Vietnam-Laos 2021-2025", None, "years are no dateline"),
        (f"APEC 2017 : Hanoï reçoit Moscou\n\n{BODY}", "APEC 2017 : Hanoï reçoit Moscou", None, "nor is a year before a colon"),
        (f"Hanoï, 6 septembre 2017 - Une visite de plus\n\n{BODY}", None, None, "a day is one"),
        (f"Hanoi, September 6, 2017 - One more visit\n\n{BODY}", None, None, "in English"),
        (f"Rabat, 14/11/2024 - Une visite de plus\n\n{BODY}", None, None, "in figures"),
        (f"Visite à Hanoï\n\nLe ministre a rencontré son homologue. -VNA\n\n{BODY}", "Visite à Hanoï", None, "a signed sentence is no headline"),
        (f"Visite à Hanoï\n\nIl l'a dit : « Le Vietnam est un ami. »\n\n{BODY}", "Visite à Hanoï", None, "nor is a quoted one"),
        (f"Visite à Hanoï\n\nDes « amis de longue date »\n\n{BODY}", "Visite à Hanoï : Des « amis de longue date »", None, "a quoted word may be"),
        (f"Visite slo\xadvaque a\u0300 Hanoï\n\n{BODY}", "Visite slovaque à Hanoï", None, "invisible characters"),
        (f"SÃ©curitÃ© Ã  HanoÃ¯\n\n{BODY}", "Sécurité à Hanoï", None, "broken characters"),
        (f"Politique\n\nVisite à Hanoï\n\n{BODY}", "Visite à Hanoï", None, "a section above it"),
        (f"Accueil\n\nPolitics & Law\n\nVisite à Hanoï\n\n{BODY}", "Visite à Hanoï", None, "two"),
        (f"SÉCURITÉ\n\nVisite à Hanoï\n\n{BODY}", "Visite à Hanoï", None, "in capitals"),
        (f"18/11/2025 17:30\n\nVisite à Hanoï\n\n{BODY}", "Visite à Hanoï", None, "a date above it"),
        (f"Mardi, 18 novembre 2025\n\nVisite à Hanoï\n\n{BODY}", "Visite à Hanoï", None, "in words"),
        (f"VNA - mardi 18 novembre 2025 17:30\n\nVisite à Hanoï\n\n{BODY}", "Visite à Hanoï", None, "behind an agency"),
        (f"Photo : VNA\n\nVisite à Hanoï\n\n{BODY}", "Visite à Hanoï", None, "a credit above it"),
        (f"Dernières nouvelles\n\nVisite à Hanoï\n\n{BODY}", "Visite à Hanoï", None, "a heading of the page"),
        (f"# Visite à Hanoï\n\n{BODY}", "Visite à Hanoï", None, "a sign before it"),
        (f"#Vietnam\n\n{BODY}\n\nVisite à Hanoï", None, None, "a hashtag is none"),
        (f"Politique\n\n{BODY}\n\nVisite à Hanoï\n\n{BODY}", None, None, "a section alone is none, nor is a subhead"),
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
        (f"{MET} M.\nRobert Kaliňák.", [f"{MET} M. Robert Kaliňák."], "a title at a line's end stands before a name"),
        (f"{MET} Mr.\n\nRobert Kaliňák.", [f"{MET} Mr. Robert Kaliňák."], "in English, and before a blank line"),
        (f"{MET} l'OTAN.\nRobert Kaliňák en était.", [f"{MET} l'OTAN.", "Robert Kaliňák en était."], "not a word that ends as one"),
        (f"{BODY}\nSeck M.\n{BODY}", [BODY, "Seck M.", BODY], "not the initial of a byline"),
        ("Ils ont cité :\n- la drogue ;\n- la traite.", ["Ils ont cité :", "- la drogue ;", "- la traite."], "list items stand alone"),
        (f"Visite\n\n date 2025-10-28 {BODY}", [BODY], "a page date glued to a paragraph is cut"),
        ("Ils ont cité,\n✔ la drogue\n→ la traite", ["Ils ont cité,", "✔ la drogue", "→ la traite"], "whatever their bullet"),
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
    assert bodies(f"Visite a\u0300 Hanoï\n\n{BODY}", title="Visite à Hanoï") == [BODY]


@pytest.mark.parametrize(
    ("given", "title", "reason"),
    [
        ("SÃ©curitÃ© Ã  HanoÃ¯ : la CorÃ©e du Sud", "Sécurité à Hanoï : la Corée du Sud", "broken characters"),
        ("Le ministre slo\xadvaque\nà Hanoï", "Le ministre slovaque à Hanoï", "invisible characters, a line break"),
        ("Half a pair \ud800", "Half a pair \ufffd", "half a pair of surrogates"),
        ("Vilay Lakhamphong et la cyberpolice", "Vilay Lakhamphong et la cyberpolice", "words are not parted"),
        ("\u200b", None, "nothing to be seen"),
    ],
)
def test_a_given_title_is_mended(given, title, reason):
    assert read_text(BODY, title=given).title == title, reason
    assert read_paragraphs([(BODY, "body")], title=given).title == title, reason


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
