import pytest

from communique.errors import InputError
from communique.reading.html import read_html

PAGE = """<!doctype html><html><head><title>Visite du ministre</title></head><body>
<nav><a href="/">Accueil</a> <a href="/monde">Monde</a></nav>
<article><h1>Visite du ministre</h1>
<p>Hano&iuml; (VNA) - Le ministre de la D&#233;fense a re&ccedil;u lundi l'ambassadeur de <b>Fr</b>ance au Vietnam, pour
une séance de travail consacrée à la coopération entre les deux armées et à la médecine militaire.</p>
<script>var nowhere = "ambassadeur";</script>
<p>Les deux parties sont convenues de renforcer la formation et le maintien de la paix dans les années à venir.</p>
<p>Photo : VNA</p></article><footer>Tous droits réservés</footer></body></html>"""


def test_paragraphs_are_found_and_traced_to_the_source():
    article = read_html(PAGE)
    body = [p for p in article.paragraphs if p.kind == "body"]
    assert article.title == "Visite du ministre"
    assert [p.text.split()[0] for p in body] == ["Hanoï", "Les"]
    clean = body[0].clean
    for word, source in (("Défense", "D&#233;fense"), ("France", "Fr</b>ance"), ("reçu", "re&ccedil;u")):
        at = clean.text.index(word)
        assert PAGE[slice(*clean.span(at, at + len(word)))] == source
    assert PAGE[body[1].start :].startswith("Les deux parties")


def test_a_page_with_broken_characters_is_mended():
    broken = PAGE.replace("D&#233;fense a re&ccedil;u", "DÃ©fense a reÃ§u").replace("Visite", "ArrivÃ©e")
    article = read_html(broken)
    clean = article.paragraphs[0].clean
    assert article.title == "Arrivée du ministre"
    assert "ministre de la Défense a reçu lundi" in clean.text
    at = clean.text.index("Défense")
    assert broken[slice(*clean.span(at, at + 7))] == "DÃ©fense"


@pytest.mark.parametrize("page", ["<html></html>", "<html><body><script>x</script></body></html>"])
def test_a_page_without_an_article_is_refused(page):
    with pytest.raises(InputError, match="expected a web page with an article"):
        read_html(page, id="empty.html")
