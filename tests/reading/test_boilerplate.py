import csv
import re
from importlib.resources import files

import pytest

from communique.reading.boilerplate import classify

BODY = "Le ministre a reçu lundi son homologue, avec lequel il a fait le point des projets en cours."
PROSE = BODY + " Les deux parties ont convenu de poursuivre leurs échanges, " + "et de se revoir chaque année, " * 5


@pytest.mark.parametrize(
    ("blocks", "kinds", "reason"),
    [
        (["Photo : VNA", BODY], ".B", "a credit alone"),
        ([BODY, "VNA/CVN"], "B.", "a signature alone"),
        ([BODY, "Voir plus", BODY, BODY], "B...", "the tail and every teaser after it"),
        ([BODY, "See more", BODY], "B..", "in English"),
        (
            [BODY, "LIRE AUSSI", "Un autre titre", PROSE, PROSE],
            "B..BB",
            "a heading between paragraphs opens one teaser",
        ),
        ([BODY, "Voir plus", "Un titre", BODY, "Un autre", PROSE], "B.....", "one long teaser is no prose"),
        ([BODY, "ANTARA/Reuters", PROSE, PROSE], "B.BB", "a photo's credit behind the lede"),
        ([BODY + " -VNA", "Un autre titre", BODY], "B..", "teasers behind a signature, without a heading"),
        ([BODY + "/.", BODY], "B.", "the agency's end mark"),
        ([">> Vietnam - Laos : remise de logements", BODY], ".B", "a link"),
        (
            ["Visite à Hanoï ảnh 1Le vice-ministre (gauche) et son hôte. Photo : VNA", BODY],
            ".B",
            "caption glued to a title",
        ),
        (["Visite a Hanoi hinh anh 1Les deux ministres.", BODY], ".B", "old pages, without accents"),
        (["Une vue du dialogue. Photo: VNA Vientiane (VNA) – " + BODY], "B", "a caption glued to a body is body"),
        (["À Móng Cái, passage frontalier.", "Photo: TT/CVN", BODY], "..B", "a short line above its credit"),
        (["Les participants réunis le 4 juillet. |", BODY], ".B", "a table cell's bar"),
        ([BODY, "Une amitié ancienne", BODY], "B.B", "a subhead"),
        (
            ["Sur trois points, ils sont d'accord :", "- la formation des cadres", "- le secours en mer"],
            "BBB",
            "list items are body",
        ),
        ([BODY, "#Vietnam #Laos"], "B.", "hashtags"),
        ([BODY, "Rédactrice en chef : Mai Lan"], "B.", "the editor"),
        ([BODY, "Partager sur Facebook"], "B.", "share buttons"),
        ([BODY, "12/03/2019 10:22"], "B.", "a date alone"),
        (["Mardi 4 juin 2024 - 18:45", BODY], ".B", "a long date alone"),
        (["AKP Phnom Penh, le 16 janvier 2026 --", BODY], ".B", "a dateline alone"),
        ([BODY, "Translated by Lam Anh"], "B.", "a translator"),
        (["leftcenterrightdel", BODY], ".B", "an editor's widget"),
        ([BODY, "Tous droits réservés"], "B.", "copyright"),
        (["Il a dit non.", BODY], "BB", "a short sentence is body"),
        ([BODY, BODY], "BB", "a lede printed twice is body both times"),
    ],
)
def test_kinds(blocks, kinds, reason):
    found = "".join("B" if cut.kind == "body" else "." for cut in classify(blocks))
    assert found == kinds, reason


@pytest.mark.parametrize(
    ("block", "kept", "reason"),
    [
        (BODY + " -VNA", BODY, "space and hyphen"),
        (BODY + "-AVI", BODY, "hyphen alone"),
        (BODY + " – VNA", BODY, "dash"),
        (BODY + " – VNA/CVN", BODY, "two agencies"),
        (BODY[:-1] + "…-VNA", BODY[:-1] + "…", "behind an ellipsis"),
        (BODY + " (VNA)", BODY, "in brackets"),
        (BODY + "/.", BODY, "the agency's end mark"),
        (BODY, BODY, "nothing to cut"),
    ],
)
def test_signatures_are_cut_and_the_paragraph_kept(block, kept, reason):
    (cut,) = classify([block])
    assert cut.kind == "body"
    assert block[: cut.keep].rstrip() == kept, reason


def table():
    with files("communique.reading").joinpath("boilerplate.tsv").open(encoding="utf-8") as rows:
        return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("row", [row for row in table() if row["hints"]], ids=lambda row: row["example"])
def test_an_example_of_a_pattern_has_one_of_its_hints(row):
    """Else the pattern would never be tried on it."""
    assert re.search(row["pattern"], row["example"].replace("’", "'"), re.IGNORECASE)
    assert any(hint in row["example"].lower() for hint in row["hints"].split())
