from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.records import Evidence, LabeledArticle, LabeledParagraph, MappedText


@pytest.mark.parametrize(
    ("raw", "edits", "text", "words", "reason"),
    [
        (
            "desécurité",
            [(2, 2, " ")],
            "de sécurité",
            {"sécurité": "sécurité", "de": "de"},
            "an inserted space has no width",
        ),
        ("reÃ§u", [(2, 4, "ç")], "reçu", {"reçu": "reÃ§u", "ç": "Ã§"}, "a mended character stands for all it replaced"),
        ("a\nb", [(1, 2, " ")], "a b", {"b": "b", "a b": "a\nb"}, "a replaced line break"),
        ("abc", [(0, 1, ""), (2, 3, "")], "b", {"b": "b"}, "cuts at both ends"),
    ],
)
def test_spans_point_into_the_raw_text(raw, edits, text, words, reason):
    mapped = MappedText.of(raw).edited(edits)
    assert mapped.text == text
    for word, expected in words.items():
        at = text.index(word)
        start, stop = mapped.span(at, at + len(word))
        assert raw[start:stop] == expected, reason


@given(st.text(max_size=60), st.data())
def test_unedited_characters_keep_their_places_through_edit_after_edit(raw, data):
    mapped = MappedText.of(raw)
    for _ in range(3):
        length = len(mapped.text)
        cuts = sorted(data.draw(st.lists(st.integers(0, length), min_size=4, max_size=4)))
        new = data.draw(st.sampled_from(["", " ", "xyz"]))
        mapped = mapped.edited([(cuts[0], cuts[1], new), (cuts[2], cuts[3], "")])
    for i, char in enumerate(mapped.text):
        start, stop = mapped.span(i, i + 1)
        assert 0 <= start <= stop <= len(raw)
        if stop - start == 1 and char not in " xyz":
            assert raw[start] == char
    spans = [mapped.span(i, i + 1) for i in range(len(mapped.text))]
    assert spans == sorted(spans, key=lambda span: span[0]) == sorted(spans, key=lambda span: span[1])
    for start in range(len(mapped.text)):  # spans never run backwards
        left, right = mapped.span(start, len(mapped.text))
        assert left <= right


def test_what_is_added_behind_a_mended_end_reaches_as_far():
    mapped = MappedText.of_pieces([("a", 0, 1), ("é", 1, 9)]).edited([(2, 2, "é")])  # "a&eacute;"
    assert [mapped.span(i, i + 1) for i in range(3)] == [(0, 1), (1, 9), (1, 9)]


def test_composed_joins_combining_marks():
    raw = "Se\u0301oul"
    mapped = MappedText.of(raw).composed()
    assert mapped.text == "Séoul"
    assert raw[slice(*mapped.span(0, 5))] == raw
    assert raw[slice(*mapped.span(2, 5))] == "oul"


class Seen(HTMLParser):
    """The tags, attributes and text that a browser finds."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = set(), set(), ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.tags.add("comment")


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='x", "</p></div><!--", "&lt;b&gt;", "a\u2028b"],
)  # fmt: skip
def test_a_notebook_shows_markup_as_text(text):
    evidence = (Evidence(text, 0, len(text), text, "named"),)
    paragraph = LabeledParagraph(
        0, f"{text} fin", "body", 0, len(text) + 4, (text,), (text,), (text,), {text: 0.5}, {}, evidence
    )
    for title in (text, None):
        seen = Seen(LabeledArticle(text, title, text, "FRA", text, (paragraph,))._repr_html_())
        assert seen.tags == {"div", "p", "b", "small", "br", "mark"}
        assert seen.attributes == {"style", "title"}
        assert seen.text == f"{text} · {text} · {text}{text} · {text}{text} fin"
