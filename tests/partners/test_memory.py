import pytest

from communique.mentions.find import read_mentions
from communique.partners.memory import MAX_CANDIDATES, Memory


def after(*texts, title=None, home="VNM"):
    memory = Memory(home)
    if title:
        memory.read_title(read_mentions(title))
    for text in texts:
        memory.take(read_mentions(text), {})
    return memory


@pytest.mark.parametrize(
    ("text", "name", "owner", "reason"),
    [
        ("Le ministre slovaque de la Défense, Robert Kaliňák, est arrivé.", "Kaliňák", "SVK", "the office before the name"),
        ("Il a salué Robert Kaliňák, ministre slovaque de la Défense.", "Kaliňák", "SVK", "the office behind the name"),
        ("Le délégué vietnamien Bui Van Nam et le chef adjoint de la police de Russie, Aleksandr Gorovoy, ont signé.", "Gorovoy", "RUS", "the nearer of two countries"),
        ("Le délégué vietnamien Bui Van Nam et le chef adjoint de la police de Russie, Aleksandr Gorovoy, ont signé.", "Nam", "VNM", "a person of the home country"),
        ("Il a vu le ministre slovaque de la Défense, M. Robert Kaliňák.", "Kaliňák", "SVK", "a title's full stop ends no sentence"),
        ("Il a vu le ministre slovaque de la Défense, le Lt. Gen. Robert Kaliňák.", "Kaliňák", "SVK", "nor do those of two"),
        ("Le commissaire européen et slovaque, Maroš Šefčovič, est arrivé.", "Šefčovič", "SVK", "a capital outside Latin-1"),
        ("Le ministre roumain, Ștefan Popescu, est arrivé.", "Ștefan", "ROU", "nor inside Ā to Ž"),
        ("La Russie a répondu. M. Luong Tam Quang a parlé.", "Quang", None, "a sentence that begins with a title"),
        ("Il a vu la Russie ! Luong Tam Quang a parlé.", "Quang", None, "another sign ends it"),
        ("La Russie a répondu. Luong Tam Quang a parlé.", "Quang", None, "another sentence ties nobody"),
    ],
)  # fmt: skip
def test_persons_belong_to_the_country_of_their_office(text, name, owner, reason):
    owners = after(text).owners(f"M. {name} a ajouté que")
    assert (max(owners, key=owners.get, default=None)) == owner, reason


def test_the_home_country_is_no_candidate():
    memory = after("Le Vietnam et la Russie ont signé.", title="Vietnam - Laos")
    assert memory.candidates(read_mentions("Le Vietnam a ratifié l'accord avec le Japon.")) == ["JPN", "LAO", "RUS"]


def test_a_long_list_keeps_the_most_salient():
    names = "la France, l'Allemagne, l'Italie, l'Espagne, le Portugal, la Grèce, la Pologne, la Suède, la Norvège, le Danemark"
    memory = after(f"Étaient là {names}, l'Autriche, la Suisse, la Belgique et les Pays-Bas.", title="Visite au Japon")
    alive = memory.candidates(read_mentions("Il a plu."))
    assert len(alive) == MAX_CANDIDATES
    assert "JPN" in alive


def test_scores_of_earlier_paragraphs_are_remembered():
    memory = Memory("VNM")
    memory.take(read_mentions("La Russie a signé."), {"RUS": 0.9})
    memory.take(read_mentions("Il a plu."), {"RUS": 0.2})
    memory.take(read_mentions("Le Laos a signé."), {"LAO": 0.8})
    russia, laos = memory.traces["RUS"], memory.traces["LAO"]
    assert (russia.score, russia.score_before, russia.best_score, russia.sum_of_scores) == (0.0, 0.2, 0.9, 1.1)
    assert (laos.score, laos.score_before, laos.best_score, laos.sum_of_scores) == (0.8, 0.0, 0.8, 0.8)
