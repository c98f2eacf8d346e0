import pytest

from communique.domains.passage import masked, passages
from communique.mentions.find import read_mentions
from communique.records import Draft


def draft_of(title, texts):
    return Draft("VNM", read_mentions(title) if title else None, tuple(map(read_mentions, texts)))


def signals(*texts, title=None):
    found = passages(draft_of(title, texts))
    return [set(p.signals) for p in found]


def test_countries_are_masked_by_their_part_in_the_story():
    text = "Le Vietnam et la Russie ont signé devant l'ASEAN."
    assert masked(read_mentions(text), "VNM").split() == "Le @home et la @country ont signé devant l' @body .".split()
    assert "@country et la @home" in " ".join(masked(read_mentions(text), "RUS").split())


@pytest.mark.parametrize(
    ("texts", "expected", "reason"),
    [
        (["Le ministre de la Défense a parlé."], "here:defense", "an office in the paragraph"),
        (["Le général Tran Van Son, ministre de la Police, est venu.", "Tran Van Son a parlé."], "speaker:policing", "a name carries the office it was introduced with"),
        (["L'ambassadeur Ivan Petrov est venu.", "M. Petrov a parlé."], "speaker:diplomacy", "a surname alone"),
        (["Il a vu le ministre de la Défense, M. Ivan Petrov.", "M. Petrov a parlé."], "speaker:defense", "a title's full stop ends no sentence"),
        (["L'ambassadeur Paweł Żuraw est venu.", "M. Żuraw a parlé."], "speaker:diplomacy", "a capital outside Latin-1"),
        (["Le ministre de la Défense est venu. Ivan Petrov l'a vu.", "M. Petrov a parlé."], "here:none", "another sentence gives no office"),
        (["L'ambassadeur Ivan Petrov a parlé.", "Il a insisté sur le riz."], "pronoun:diplomacy", "a pronoun stands for the last speaker"),
        (["Le ministre de la Défense a parlé.", "La pluie est tombée."], "before:defense", "the field of the paragraph before"),
        (["La pluie est tombée."], "here:none", "no office at all"),
    ],
)  # fmt: skip
def test_signals_of_the_last_paragraph(texts, expected, reason):
    assert expected in signals(*texts)[-1], reason


def test_a_passage_never_looks_ahead():
    texts = ["Le général Tran Van Son est venu.", "Tran Van Son, ministre de la Police, a parlé."]
    assert passages(draft_of(None, texts))[:1] == passages(draft_of(None, texts[:1]))


def test_the_title_gives_context():
    assert "title:cybersecurity" in signals("Il a plu.", title="Cybersécurité : accord signé")[0]
