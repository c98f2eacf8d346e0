import numpy as np
import pytest

from communique.mentions.find import read_mentions
from communique.partners.evidence import (
    ENCODER_COLUMNS,
    Words,
    WordWeights,
    columns,
    link,
    rows,
    scene,
    weight_around,
    words_around,
)
from communique.partners.memory import Memory

NO_WORDS = WordWeights({}, {})
COLUMNS = columns(["defense", "policing", "cybersecurity", "diplomacy"])


def evidence(text, code, memory=None):
    memory = memory or Memory("VNM")
    reading = read_mentions(text)
    candidates = memory.candidates(reading)
    table = rows(scene(reading, [0.1, 0.2, 0.3, 0.4], NO_WORDS), memory, candidates)
    assert all(len(row) == len(COLUMNS) for row in table)
    return dict(zip(COLUMNS, table[candidates.index(code)], strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("un accord avec la Chine", "with"),
        ("La Chine a dit", "subject"),
        ("le président de Chine", "of"),
        ("une visite en Chine", "place"),
        ("une visite à Pékin", "place"),
        ("le Japon et la Chine", "subject"),
        ("Japon, Chine", "list"),
        ("la lutte contre la Chine", "against"),
        ("Pékin estime", "start"),
        ("the agreement with China", "with"),
    ],
)
def test_links(text, expected):
    reading = read_mentions(text)
    assert link(reading, reading.mentions[-1]) == expected


@pytest.mark.parametrize(
    ("text", "column", "value", "reason"),
    [
        ("Moscou, 6 septembre (VNA) - Il a plu.", "here:dateline", 1.0, "a dateline is no mention in the text"),
        ("Moscou, 6 septembre 2025 - Il a plu.", "here:dateline", 1.0, "a dateline with its year"),
        ("Moscow, Sept 6, 2025 – It rained.", "here:dateline", 1.0, "as in English"),
        ("La Russie a un plan 2024-2026 de formation.", "here:dateline", 0.0, "a span of years"),
        ("La Russie en 2024 : il a plu.", "here:dateline", 0.0, "a year alone"),
        ("À Hanoï, la Russie a signé.", "here:dateline", 0.0, "no dateline"),
        ("Il a vu Cuba, la Russie et l'Inde.", "here:list", 3.0, "the size of a list"),
        ("Les deux parties et la Russie ont signé.", "anaphor:both", 1.0, "an anaphor"),
        ("Les cinq États et la Russie ont signé.", "group:number", 5.0, "how many are meant"),
        ("All three of them and Russia signed.", "group:number", 3.0, "a number that refers back, in English"),
        ("Chacun de ces services et la Russie ont signé.", "group:number", 1.0, "several, without their number"),
        ("La Russie a livré cinq navires.", "group:number", 0.0, "a number of things is nobody's"),
        ("Les cinq États et la Russie ont signé.", "group:alive", 5.0, "more than are known by now"),
        ("La Russie a signé.", "group:alive", 9.0, "no number"),
        ("Il a cité la Russie.", "pronoun", 1.0, "opens with a pronoun"),
        ("M. Petrov a cité la Russie.", "civil", 1.0, "a civil title"),
        ("La Russie a signé.", "domain:diplomacy", 0.4, "the domains of the paragraph"),
        ("La Russie a signé.", "is_body", 0.0, "a country"),
    ],
)
def test_columns(text, column, value, reason):
    assert evidence(text, "RUS", None)[column] == value, reason


def test_no_column_tells_one_country_from_another():
    one = evidence("Le ministre russe a reçu la délégation de la Russie.", "RUS")
    other = evidence("Le ministre lao a reçu la délégation de la Chine.".replace("lao", "chinois"), "CHN")
    for column in COLUMNS:
        if column != "here:first":
            assert one[column] == other[column], column


def test_a_carried_candidate_shows_its_past():
    memory = Memory("VNM")
    memory.read_title(read_mentions("Visite en Russie"))
    memory.take(read_mentions("Le ministre russe Ivan Petrov est venu."), {"RUS": 0.9})
    row = evidence("M. Petrov a remercié ses hôtes.", "RUS", memory)
    assert (row["here:mentions"], row["in_title"], row["score:last"], row["persons:own"]) == (0.0, 1.0, 0.9, 1.0)


def test_a_number_is_set_against_how_many_are_alive():
    """Behind "Cuba, le Laos et l'Inde", "les trois pays" are these and "les deux ministres" are not."""
    memory = Memory("VNM")
    memory.take(read_mentions("Il a vu Cuba, le Laos et l'Inde."), {"CUB": 0.9, "LAO": 0.9, "IND": 0.9})
    numbers = {"Les trois pays ont signé.": 0.0, "Les deux ministres ont signé.": -1.0, "Ils ont signé.": 9.0}
    assert {text: evidence(text, "CUB", memory)["group:alive"] for text in numbers} == numbers


@pytest.mark.parametrize("text", ["Le ministre russe et le ministre chinois ont reçu le ministre lao.", "Au sein de l'ASEAN, la Chine et l'ASEAN de l'ASEAN.", "Moscou"])  # fmt: skip
def test_the_weight_around_a_mention_is_that_of_the_words_around_it(text):
    reading = read_mentions(text)
    assert reading.mentions
    for mention in reading.mentions:
        learnt = {}
        for number, (place, word) in enumerate(sorted(words_around(Words(reading.text), mention)), 1):
            learnt.setdefault(place, {})[word] = float(number)
        n = len(words_around(Words(reading.text), mention))
        assert weight_around(Words(reading.text), mention, WordWeights(learnt, {})) == n * (n + 1) / 2


def test_a_transformers_odds_are_the_last_columns():
    reading = read_mentions("La Russie, la Chine et le Laos ont signé.")
    odds = {"RUS": (2.0, -1.0), "LAO": (0.0, 0.5)}
    table = rows(scene(reading, [0.1], NO_WORDS, odds), Memory("VNM"), ["RUS", "CHN", "LAO"])
    named = [dict(zip(columns(["x"], encoder=True), row, strict=True)) for row in table]
    assert [[r["domain:x"], *(round(r[name], 3) for name in ENCODER_COLUMNS)] for r in named] == [
        [0.1, 2.0, -1.0, 0.0, 0.5, 0],  # the best of the others is LAO, by half a partner; none above
        [0.1, 0.0, 0.0, 2.0, 1.381, 1],  # not asked
        [0.1, 0.0, 0.5, 2.0, 0.881, 1],
    ]


@pytest.mark.parametrize("odds", [{}, {"CHN": (-1e9, 0.0)}, {"CHN": (1e9, 0.0)}], ids=["alone", "never", "surely"])
def test_odds_of_any_size_are_numbers(odds):
    current = scene(read_mentions("La Russie a signé."), [0.1], NO_WORDS, {"RUS": (2.0, 0.0), **odds})
    assert np.isfinite(rows(current, Memory("VNM"), ["RUS"])).all()
