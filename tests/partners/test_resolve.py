import pytest

from communique.records import Article


def partners(labeler, *paragraphs, title=None, home="VNM"):
    from communique.reading.plain import read_paragraphs

    article: Article = read_paragraphs([(p, "body") for p in paragraphs], title=title, home=home)
    return [(set(p.partners), set(p.named)) for p in labeler.label(article).paragraphs]


@pytest.mark.parametrize(
    ("paragraphs", "expected", "reason"),
    [
        (
            [
                "Le ministre de la Défense, le général Phan Duc Long, a reçu lundi à Hanoï son homologue kazakh, le général Ruslan Omarov.",
                "Les deux parties ont convenu de renforcer la coopération dans la formation des officiers et la médecine militaire.",
                "M. Omarov a affirmé que son pays souhaitait développer les liens entre les deux armées.",
            ],
            [({"KAZ"}, {"KAZ"}), ({"KAZ"}, set()), ({"KAZ"}, set())],
            "named, then carried by an anaphor, then by a person",
        ),
        (
            [
                "Le ministre de la Police a reçu mardi à Hanoï l'ambassadeur de Mongolie au Vietnam.",
                "Une pluie fine est tombée toute la matinée sur la capitale, où les marchés aux fleurs ont fermé plus tôt.",
            ],
            [({"MNG"}, {"MNG"}), (set(), set())],
            "a paragraph that turns to something else carries nothing",
        ),
    ],
)
def test_partners(labeler, paragraphs, expected, reason):
    assert partners(labeler, *paragraphs) == expected, reason


def test_it_is_written_for_any_home(labeler):
    text = "Le ministre vietnamien de la Défense a reçu lundi à Hanoï le général Ruslan Omarov, ministre kazakh de la Défense."
    assert partners(labeler, text, home="KAZ") == [({"VNM"}, {"VNM"})]
