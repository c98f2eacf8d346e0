import pytest

from communique.encoder.windows import LENGTH, SLOTS
from communique.mentions.find import read_mentions
from communique.records import Draft


def draft(*texts, title=None, home="VNM"):
    return Draft(home, read_mentions(title) if title else None, tuple(map(read_mentions, texts)))


def shown(script, *texts, **context):
    return [script.words(window) for window in script.windows_of(draft(*texts, **context))]


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("la Russie a signé", "⟦read⟧ la ⟦0⟧ a signé </s>", "a country is a slot"),
        ("le ministre russe", "⟦read⟧ le ministre ⟦0⟧ ⟦adjective⟧ </s>", "with its form"),
        ("à Moscou", "⟦read⟧ à ⟦0⟧ ⟦capital⟧ </s>", "a capital too"),
        ("le Kremlin a signé", "⟦read⟧ le ⟦0⟧ ⟦seat⟧ Kremlin a signé </s>", "a seat keeps its words, which have a field"),
        ("la ASEAN a signé", "⟦read⟧ la ⟦0⟧ ⟦body⟧ ASEAN a signé </s>", "so does a body"),
        ("à Hanoï", "⟦read⟧ à ⟦home⟧ ⟦capital⟧ </s>", "home has no slot"),
        ("le ⟦3⟧ a signé", "⟦read⟧ le <unk> <unk> <unk> a signé </s>", "a marker in the text is text"),
    ],
)  # fmt: skip
def test_a_paragraph(script, text, expected, reason):
    assert shown(script, text) == [expected], reason


def test_a_title_a_person_and_what_is_alive(script):
    (window,) = shown(script, "le ministre russe Ivan Petrov a reçu", "Petrov a signé à Oslo", title="la Chine a signé")
    assert window == (
        "<s> la ⟦0⟧ a signé </s> ⟦read⟧ le ministre ⟦1⟧ ⟦adjective⟧ <unk> Petrov a reçu </s>"
        " ⟦read⟧ ⟦1⟧ ⟦person⟧ Petrov a signé à ⟦2⟧ ⟦capital⟧ </s>"
    )


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("Petrov à Oslo, Ivan à Oslo", "⟦0⟧ ⟦person⟧ Petrov à ⟦2⟧ ⟦capital⟧ <unk> ⟦0⟧ ⟦person⟧ <unk> à ⟦2⟧ ⟦capital⟧", "names between mentions"),
        ("à Oslo Petrov", "à ⟦2⟧ ⟦capital⟧ ⟦0⟧ ⟦person⟧ Petrov", "a name behind the last"),
        ("Grec a signé à Oslo, Ivan", "⟦1⟧ ⟦adjective⟧ a signé à ⟦2⟧ ⟦capital⟧ <unk> ⟦0⟧ ⟦person⟧ <unk>", "a name that is a mention is no person"),
        ("Ivan Petrov Oslo", "⟦0⟧ ⟦person⟧ <unk> Petrov ⟦2⟧ ⟦capital⟧", "two names side by side are one person"),
    ],
)  # fmt: skip
def test_persons_beside_mentions(script, text, expected, reason):
    (window,) = shown(script, "le ministre russe Ivan Petrov et le ministre russe Ivan Grec", text)
    assert window.split(" </s> ")[-1] == f"⟦read⟧ {expected} </s>", reason


def test_home_can_be_any(script):
    assert shown(script, "à Moscou", home="RUS") == ["⟦read⟧ à ⟦home⟧ ⟦capital⟧ </s>"]


@pytest.mark.parametrize("count", [1, 5, 40])
def test_every_paragraph_is_answered_once_in_windows_that_fit(script, count):
    long = "le ministre russe a reçu la pluie " * 30
    texts = [long] * count
    windows = list(script.windows_of(draft(*texts, title=long)))
    assert [index for w in windows for index, _ in w.paragraphs] == list(range(count))
    assert [(i, c) for w in windows for i, c, _, _ in w.candidates] == [(i, "RUS") for i in range(count)]
    for w in windows:
        assert len(w.tokens) == len(w.segments) <= LENGTH
        assert all(w.tokens[at] == script.ids["⟦read⟧"] for _, at in w.paragraphs)
        assert list(w.segments) == sorted(w.segments)


def test_more_countries_than_slots_share_them(script, root):
    from communique.mentions.gazetteer import load_gazetteer  # any thirty names

    names = "France Italie Espagne Portugal Allemagne Autriche Suisse Belgique Pologne Suède Norvège Finlande Danemark Grèce Turquie Iran Irak Inde Chine Japon Laos Cambodge Cuba Chili Argentine Mexique Canada Égypte Maroc Algérie Tunisie"
    assert load_gazetteer()
    (window,) = script.windows_of(draft(names.replace(" ", ", ")))
    codes = [code for _, code, _, _ in window.candidates]
    assert len(codes) == len(set(codes)) == len(names.split()) > SLOTS
    assert len({slot for *_, slot in window.candidates}) == SLOTS


def test_no_body_no_window(script):
    assert list(script.windows_of(draft(title="la Chine"))) == []
