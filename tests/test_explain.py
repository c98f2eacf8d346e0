import pytest

from communique.explain import explain
from communique.mentions.find import read_mentions

TEXT = """Visite à Hanoï du ministre slovaque de la Défense

Le ministre de la Police a reçu mardi à Hanoï Robert Kaliňák, ministre slovaque de la Défense.

Les deux parties ont convenu de renforcer la coopération dans la lutte contre la cybercriminalité."""


@pytest.fixture(scope="module")
def explanations(labeler):
    return list(explain(labeler, TEXT))


@pytest.mark.parametrize(
    ("paragraph", "kind", "label", "words", "reason"),
    [
        (0, "domains", "defense", "Défense", "the guest's office"),
        (0, "domains", "policing", "Police", "the host's office"),
        (0, "partners", "SVK", "slovaque", "where it is named"),
        (1, "domains", "cybersecurity", "cybercriminalité", "the word itself"),
        (1, "partners", "SVK", "(paragraphs before)", "a carried partner rests on what came before"),
    ],
)
def test_the_strongest_reason(explanations, paragraph, kind, label, words, reason):
    first = getattr(explanations[paragraph], kind)[label][0]
    assert words in first.what, reason
    assert first.change > 0.5


def test_the_scores_are_those_of_the_labels(explanations, labeler):
    for explanation, paragraph in zip(explanations, labeler.label(TEXT).body, strict=True):
        assert explanation.domain_scores == pytest.approx(paragraph.domain_scores)
        assert explanation.partner_scores == pytest.approx(paragraph.partner_scores)


def test_only_what_was_read_so_far_counts(labeler, explanations):
    first = TEXT.rsplit("\n\n", 1)[0]
    assert next(explain(labeler, first)) == explanations[0]


CONGO = """Visite à Hanoï d'une délégation de {0}

Le ministre vietnamien de la Défense a reçu mardi à Hanoï une délégation de {0}.

Le Vietnam formera des officiers de l'armée congolaise, et les deux pays échangeront des délégations militaires."""


@pytest.mark.parametrize(
    ("city", "code", "reason"),
    [
        ("Brazzaville", "COG", "a form that two countries share is the one that the article names"),
        ("Kinshasa", "COD", "be it the usual one"),
    ],
)
def test_what_is_left_is_read_as_the_article_was(labeler, city, code, reason):
    first, last = explain(labeler, CONGO.format(city))
    assert city in first.partners[code][0].what
    assert list(last.partner_scores) == [code], reason
    assert {r.what: r.change for r in last.partners[code]}.get("et les deux pays échangeront", 0) < 2, reason


def test_what_is_left_is_read_in_the_articles_language(labeler, monkeypatch):
    asked = []

    def read(text, *, lang, known):
        asked.append((lang, set(known)))
        return read_mentions(text, lang=lang, known=known)

    monkeypatch.setattr("communique.explain.read_mentions", read)
    list(explain(labeler, "Le ministre de la Défense est arrivé à Oslo.\n\nChad Smith, Laos, Cuba, Pérou."))
    assert {lang for lang, _ in asked} == {"fr"}
    assert [known for _, known in asked][-1] == {"VNM", "NOR"}


def test_nothing_to_explain(labeler):
    assert list(explain(labeler, "")) == []
