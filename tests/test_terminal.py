import pytest

from communique.terminal import visible


@pytest.mark.parametrize(
    ("text", "shown", "reason"),
    [
        (
            "Le ministre, à Hanoï : « oui » 😀 e\u0301",
            "Le ministre, à Hanoï : « oui » 😀 e\u0301",
            "text stays as it is",
        ),
        ("soft\u00adhyphen, no\u200bspace", "soft\u00adhyphen, no\u200bspace", "what only shapes words does no harm"),
        ("\x1b[2J\x1b[31m", "\\u001b[2J\\u001b[31m", "codes that clear and colour"),
        ("\x9b31m", "\\u009b31m", "the same in one character"),
        ("a\nb\rc\td", "a\\u000ab\\u000dc\\u0009d", "lines, and what overwrites them"),
        ("\x07\x08\x00\x7f", "\\u0007\\u0008\\u0000\\u007f", "bell, backspace, nothing, delete"),
        ("\u202egpj.exe\u2066", "\\u202egpj.exe\\u2066", "marks that turn the direction of writing"),
        ("a\u2028b\u2029", "a\\u2028b\\u2029", "other breaks of lines"),
        ("\ud83d", "\\ud83d", "half a character pair, which has no UTF-8"),
    ],
)
def test_what_a_terminal_would_obey_is_shown(text, shown, reason):
    assert visible(text) == shown, reason
