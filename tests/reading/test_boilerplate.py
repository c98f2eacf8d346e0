import csv
import re
from importlib.resources import files

import pytest

from communique.reading.boilerplate import classify, is_page_line


def kinds_of(blocks):
    return "".join("B" if cut.kind == "body" else "." for cut in classify(blocks))


BODY = "Le ministre a reçu lundi son homologue, avec lequel il a fait le point des projets en cours."
PROSE = BODY + " Les deux parties ont convenu de poursuivre leurs échanges, " + "et de se revoir chaque année, " * 5
BRIEF = BODY[:-1] + ", et les deux hommes ont convenu de se revoir."
PARTNERS = BODY[:-1] + ", qui seront menés dans le cadre du partenariat UE-ACP."


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
        (["Lomé, 14 fév. (ATOP)", PROSE, PROSE], ".BB", "a dateline that ends as if it were signed"),
        (["Il arrivera à Lomé le 14 fév.", BODY], "BB", "a sentence that ends in a short month"),
        ([BODY, PARTNERS, PROSE, PROSE], "BBBB", "an agency's letters at a sentence's end sign nothing"),
        ([BODY, "Un plan du partenariat UE-ACP.", PROSE], "BBB", "not in a short sentence either"),
        ([BODY, "Le porte-parole a dit : « Nous sommes prêts » (TASS).", BODY], "BBB", "nor behind a quotation"),
        ([BODY, "Il a dit : « Nous sommes prêts. » (TASS)", BODY], "BB.", "but behind the full stop of one"),
        ([BODY + " -VNA", PROSE, PROSE], "BBB", "a signed lede, with the article still to come"),
        ([BODY, "Quang Huy – VNA"], "B.", "a reporter and an agency"),
        ([BODY, BODY, "Read also", "Putin to visit", BRIEF, BRIEF, BRIEF], "BB..BBB", "brief paragraphs in a row"),
        ([BODY, "A lire aussi", "Poutine au Vietnam", BRIEF, BRIEF, BRIEF], "B..BBB", "in French"),
        ([BODY, "Reuters", BRIEF, BRIEF, BRIEF], "B.BBB", "behind a photo's credit"),
        (["Le ministre reçoit l'ambassadeur à Hanoï. VNA", BRIEF, BRIEF, BRIEF], "BBBB", "behind a caption"),
        ([BODY + " (VNA)", BRIEF, BRIEF, BRIEF], "BBBB", "behind a signed lede"),
        ([BODY, "Read also", "Putin to visit", BRIEF, BRIEF, "VNA"], "B..BB.", "two, with the signature still to come"),
        ([BODY, "Read also", "Putin to visit", BRIEF, BRIEF], "B....", "two teasers, with none"),
        ([BODY, "VNA", "Voir plus", "Un titre", BRIEF], "B....", "teasers behind a signature on its own line"),
        ([BODY + " (VNA)", BODY, BRIEF + " (VNA)", BRIEF], "BBB.", "the last signature ends the article"),
        (
            [BODY + " -VNA", "Un titre", BRIEF, "Un autre", BRIEF, "Un autre", BRIEF],
            "B......",
            "teasers have titles between",
        ),
        ([BODY + " -VNA", BODY, BODY, BODY], "B...", "teasers of one line each"),
        ([BODY, "Giang a parlé de la Chine. Thu Hang"], "BB", "a reporter's name behind the last full stop"),
        ([BODY, "Le ministre reçu à Hanoï. Thu Hang", BODY], "B.B", "one within the article: a caption"),
        ([BODY, "Giang a parlé de la Chine.[1]", "Giang a parlé du Laos.*"], "BBB", "notes behind the full stop"),
        ([BODY, "To Lam reçoit le Prof. Thu Hang"], "B.", "no full stop, but a title's"),
        (
            [BODY, "+ Renforcer la défense", "✔ Former", "→ Former", "1.Former", "I. Former des policiers", "_ Former"],
            "BBBBBBB",
            "items of a list by their bullet",
        ),
        ([BODY, "Ngo Xuan Lich (droite) et l'ambassadeur de Russie à Hanoï.", BODY], "B.B", "a side without a verb"),
        ([BODY, "Le général (deuxième, à gauche) à son arrivée à Hanoï, mardi.", BODY], "B.B", "a side, counted"),
        ([BODY, "Vue du port de Hai Phong. (Source : VNA)", BODY], "B.B", "a source behind the full stop"),
        ([BODY, "Une vue des travaux, mardi. — VNS Photo", BODY], "B.B", "an agency's photo"),
    ],
)
def test_kinds(blocks, kinds, reason):
    assert kinds_of(blocks) == kinds, reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("L'Inde a accordé au Vietnam une ligne de crédit de 500 millions de dollars.", "a credit of money"),
        ("Elle a promis d'accréditer un agent de liaison.", "a word that ends in the letters of another"),
        ("Il faut un chèque, et chacun paiera ses photographes.", "a word that begins with them"),
        ("Le chantier est payé par le Crédit Agricole.", "the name of a bank, in a sentence"),
        ("Le pays ne manque que d'une ressource : l'eau.", "no source, but a resource"),
        ("Elle est allée à Quang Nam (Centre), où elle a vu les garde-frontières.", "where a province lies"),
        ("La frégate entre dans les eaux de Khanh Hoà (centre) pour six jours.", "in lower case"),
        ("Par ailleurs, M. Singh a rencontré le président To Lam.", "a sentence that begins as a byline does"),
        ("By 2030, the two navies will hold yearly joint drills.", "a date behind By"),
        ("By Friday the two navies had ended their drills.", "a day behind By"),
        ("Réalisé par la KOICA, le projet a pris fin.", "a sentence that begins as a translator's line does"),
        ("Shared security concerns were on the agenda in Hanoi.", "a word that begins as a button does"),
        ("- partager sur une base égale les données des radars ;", "an item of a list"),
        ("Publié en 2019, le Livre blanc de la défense cite la Russie.", "the year of a book"),
        ("Vox (droite) a dénoncé l'accord.", "where a party stands"),
        ("Podemos (gauche populiste) est contre cet accord.", "with an adjective"),
        (
            "Il est allé à Quang Nam (au Centre), où il a vu les garde-frontières.",
            "where a province lies, with a capital",
        ),
        ("Il a parlé devant l'ONU (Troisième Commission) de la drogue.", "a committee by its number"),
        ("The resolution went to the UN (Third Committee) on Monday.", "in English"),
        ("Le FLN (Front de libération nationale) dirigeait le pays.", "a front that fights"),
        ("Les échanges ont atteint deux milliards (source : Douanes vietnamiennes).", "a source within the sentence"),
        ("On ne garde qu'une seule image : deux peuples amis.", "an image of speech"),
        ("Read more about it in the report, said the minister.", "an order to read, without a colon"),
        ("Sur le même sujet, le ministre a cité la Russie.", "a subject that goes on"),
        ("Publié le 12 mars, le Livre blanc de la défense cite la Russie.", "the day of one"),
    ],
)
def test_a_sentence_is_body_though_it_looks_like_a_line_of_the_page(line, reason):
    assert kinds_of([BODY, line, BODY]) == "BBB", reason
    assert not is_page_line(line), reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Des marins observent le destroyer Takanami, le 14 juin 2025. Photo Kyodo", "a credit without a colon"),
        ("Les douze suspects arrêtés. — Photo baolaichau.vn", "a site's name as credit"),
        ("Les marins, le 14 juin 2025. Photo by P.V", "a photographer's initials"),
        ("Les partenaires après la signature. VNS Photo Minh Quân", "behind the agency"),
        ("Les marins, le 14 juin 2025. Crédit VNA.", "a credit and a full stop"),
        ("Visite du ministre ảnh 1Photo : VNA", "a credit glued to a number"),
        ("Pham Binh Minh (au centre) et des ministres de l'ASEAN.", "where a person stands"),
        ("Le président (front, centre) avec les délégués.", "in English and French"),
        ("Par C. Nika", "a byline with an initial"),
        ("Par Lê Quang Thai", "a name that begins as an article does"),
        ("PAR IBRAHIMA D.", "a name that ends in an initial"),
        ("By Duy Tien – Translated by Thanh Ha", "a byline with a translator"),
        ("Propos recueillis par Huong Linh/CVN", "an interviewer"),
        ("De notre correspondante à Vientiane", "a correspondent"),
        ("Partager", "a button"),
        ("Partager : Facebook - X - LinkedIn", "a button with networks"),
        ("Partagez cet article sur :", "a button with a colon"),
        ("Share  Facebook  Zalo  Print", "a button in English"),
        ("Publié le 28/06/2013 - 08:14", "a date of the page"),
        ("Publié dans la catégorie Bonne Gouvernance", "a section"),
        ("Posted by Nguyen at 9:14 AM", "who put it on the page"),
        ("Dernière mise à jour : 12 mars 2019", "a date of the page, behind a colon"),
        ("Source : VNA.", "a source and a full stop"),
        ("Read more: Vietnam, Russia sign agreement.", "a teaser on one line that is a sentence"),
        ("READ MORE: Vietnam, Russia sign agreement.", "in capitals"),
        ("Related: Vietnam, Russia sign agreement.", "by another word"),
        ("Voir aussi : Le port rouvre mardi.", "to see"),
        ("• Lire également : Le port rouvre mardi.", "behind a bullet"),
        ("Sur le même sujet : Le port rouvre mardi.", "on the same subject"),
        ("Lire aussi | Le port rouvre mardi.", "behind a bar"),
        ("» Le port rouvre mardi.", "behind a sign"),
        ("VNA - mardi 18 novembre 2025 17:30", "an agency and a date"),
        ("À lire aussi\u202f: Pourquoi la Russie mise-t-elle sur le Vietnam\u202f?", "a narrow no-break space"),
        (
            "Le ministre et son homologue passent en revue la garde d'honneur. " * 2 + "Photo\xa0: VNA",
            "a no-break space",
        ),
    ],
)
def test_a_line_of_the_page_is_boilerplate(line, reason):
    assert kinds_of([BODY, line, BODY]) == "B.B", reason
    assert is_page_line(line), reason


def test_a_caption_stands_above_a_credit_with_a_no_break_space():
    assert kinds_of(["À Móng Cái, passage frontalier.", "Photo\xa0: TT/CVN", BODY]) == "..B"


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
        (BODY + "/", BODY, "behind the full stop"),
        (BODY + "VNA", BODY, "without a space"),
        (BODY + " -ANP-", BODY, "between dashes"),
        (BODY + " Hoang Long/VNA/CVN", BODY, "behind the reporter"),
        (BODY + " (avec AFP)", BODY, "with a helper"),
        (BODY + " (MAP et agences)", BODY, "several"),
        (BODY + " - Nhan Dan", BODY, "a newspaper"),
        (BODY + " Enditem", BODY, "a word for the end"),
        (BODY + " (end)", BODY, "in brackets"),
        (BODY + " -0-", BODY, "a number for it"),
        (BODY + " ■", BODY, "a sign for it"),
        (BODY + " (NAN)", BODY, "an agency that nobody listed"),
        (BODY + " AKS/OID", BODY, "initials"),
        (BODY + " Thu Hang", BODY, "a reporter"),
        (
            BODY + " (Il a aussi vu le président de l'Assemblée nationale.)",
            BODY + " (Il a aussi vu le président de l'Assemblée nationale.)",
            "a sentence in brackets",
        ),
        (f"{BODY} {BODY[:-1]} – VNA", f"{BODY} {BODY[:-1]}", "without a full stop"),
        (PARTNERS, PARTNERS, "an agency's letters in a name"),
        (PARTNERS.replace("-", " – "), PARTNERS.replace("-", " – "), "with a dash and spaces"),
        (BODY[:-1] + " : « oui » (TASS).", BODY[:-1] + " : « oui » (TASS).", "an agency named in the sentence"),
        (
            f"{BODY} {BODY[:-1]} : « oui » (TASS)",
            f"{BODY} {BODY[:-1]} : « oui »",
            "an agency behind the last quotation",
        ),
        (BODY, BODY, "nothing to cut"),
    ],
)
def test_signatures_are_cut_and_the_paragraph_kept(block, kept, reason):
    (cut,) = classify([block])
    assert cut.kind == "body"
    assert block[: cut.keep].rstrip() == kept, reason


@pytest.mark.parametrize(
    "heading",
    [
        "Latest news", "More news", "Actualités connexes", "Nouvelles connexes", "Dernières nouvelles", "Sur le même thème",
        "Articles recommandés", "Vous aimerez aussi", "À ne pas manquer", "Lisez aussi", "News in same category",
        "Tin cùng chuyên mục", "Tin mới", "Most popular",
    ],
)  # fmt: skip
def test_a_heading_opens_the_list_of_other_articles(heading):
    assert kinds_of([BODY, heading, BODY, BODY]) == "B...", heading
    assert kinds_of([BODY, f"{heading} du port, a dit le ministre.", BODY]) == "BBB", "a sentence that begins so"


def table():
    with files("communique.reading").joinpath("boilerplate.tsv").open(encoding="utf-8") as rows:
        return list(csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("row", [row for row in table() if row["hints"]], ids=lambda row: row["example"])
def test_an_example_of_a_pattern_has_one_of_its_hints(row):
    """Else the pattern would never be tried on it."""
    assert re.search(row["pattern"], row["example"].replace("’", "'"), re.IGNORECASE)
    assert any(hint in row["example"].lower() for hint in row["hints"].split())
