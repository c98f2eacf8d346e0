import pytest

from communique.sentences import CAPITALISED, PRONOUN, ends_within, last_start


@pytest.mark.parametrize(
    ("text", "last", "reason"),
    [
        ("Il a plu. Il neige", "Il neige", "a full stop"),
        ("Il a plu ! Il neige", "Il neige", "another sign"),
        ("« Il a plu. » Il neige", "» Il neige", "a quotation that closes behind a space"),
        ('"It rained." It snows', "It snows", "one that closes at once"),
        ("Il a vu M. Petrov", None, "a title"),
        ("Il a vu MM.\u00a0Petrov et Nam", None, "of several, and a space that does not break"),
        ("He saw Lt. Gen. Petrov", None, "ranks"),
        ("Il a vu le Gén. Petrov", None, "with an accent"),
        ("He saw John F. Kennedy of the U.S. Navy", None, "initials"),
        ("On Sept. 5 it rained", None, "a month"),
        ("Il a vu le Laos. M. Petrov", "M. Petrov", "a title that begins a sentence"),
        ("Ils ont acheté deux ATM. Petrov", "Petrov", "the letters of a title within a word"),
        ("un prêt de 500.000 dollars", None, "no space behind it"),
    ],
)
def test_where_a_sentence_ends(text, last, reason):
    assert ends_within(text, 0, len(text)) == (last is not None), reason
    assert text[last_start(text, 0, len(text)) :] == (last or text), reason


def test_what_lies_outside_does_not_end_it():
    text = "Il a plu. Le Laos a signé. Il neige"
    assert not ends_within(text, text.index("Le"), text.index(" Il neige"))
    assert last_start(text, 12, 20) == 12


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Maroš Šefčovič et Ștefan Əliyev", ["Maroš", "Šefčovič", "Ștefan", "Əliyev"]),
        ("l'Élysée, Ẩn Độ", ["Élysée"]),
        ("šef PhilaMer eT", ["PhilaMer"]),
    ],
)
def test_words_with_a_capital(text, words):
    assert CAPITALISED.findall(text) == words


@pytest.mark.parametrize(
    ("text", "opens"),
    [("Il a plu", True), ("« Celles-ci ont signé", True), ("It rained", True), ("Ilham a signé", False), ("Et il a plu", False)],
)  # fmt: skip
def test_a_pronoun_that_opens(text, opens):
    assert bool(PRONOUN.match(text)) == opens
