"""From a web page to an `Article`: trafilatura finds the text, and every word is traced back to its place in the source."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from communique.errors import InputError
from communique.reading.plain import assemble
from communique.records import Article, MappedText

_SKIPPED = frozenset({"script", "style", "noscript", "template"})
_WORDS = re.compile(r"\S+")


def read_html(
    raw: str, *, id: str = "article", title: str | None = None, date: str | None = None, home: str | None = None
) -> Article:
    """Read a web page. Positions in the result are code points of the page's source, `raw`.

    Raises `InputError` where the page holds no article.
    """
    import trafilatura
    from trafilatura.settings import Document

    page = trafilatura.bare_extraction(raw, with_metadata=True, include_comments=False)
    found = page.text if isinstance(page, Document) else None
    if not isinstance(page, Document) or not found or not found.strip():
        raise InputError(
            "expected a web page with an article in it, found none; save its text as .txt instead", path=id
        )
    spans = [(m.start(), m.end()) for m in re.finditer(r"\S[^\n]*", found)]
    return assemble(
        raw,
        _traced(found, raw),
        spans,
        id=id,
        title=title or page.title,
        date=date or page.date,
        home=home,
        markup=True,
    )


def _traced(text: str, raw: str) -> MappedText:
    """`text`, as extracted, with the place of each of its words in the page's source."""
    source = _Source(raw)
    pieces: list[tuple[str, int, int]] = []
    cursor = end = 0  # in the visible characters; in `text`
    last = 0  # in `raw`
    for word in _WORDS.finditer(text):
        found = source.visible.find(word.group(), cursor)
        if found < 0:  # extraction changed the word, or its order: look at the whole page, else leave it unplaced
            found = source.visible.find(word.group())
        if found < 0:
            spots = [(last, last)] * len(word.group())
        else:
            cursor = found + len(word.group())
            spots = source.spots[found:cursor]
            last = spots[-1][1]
        pieces.append((text[end : word.start()], spots[0][0], spots[0][0]))
        pieces += [(char, *spot) for char, spot in zip(word.group(), spots, strict=True)]
        end = word.end()
    return MappedText.of_pieces(pieces)


class _Source(HTMLParser):
    """The characters of a page that are no space, and where each stands in the source."""

    def __init__(self, raw: str) -> None:
        super().__init__(convert_charrefs=False)
        self._lines = [0, *(m.end() for m in re.finditer("\n", raw))]
        self._skipping = 0
        self._chars: list[str] = []
        self.spots: list[tuple[int, int]] = []
        self.feed(raw)
        self.close()
        self.visible = "".join(self._chars)

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipping += tag in _SKIPPED

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED and self._skipping:
            self._skipping -= 1

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            start = self._here()
            for i, char in enumerate(data):
                if not char.isspace():
                    self._chars.append(char)
                    self.spots.append((start + i, start + i + 1))

    def handle_entityref(self, name: str) -> None:
        self._reference(f"&{name}")

    def handle_charref(self, name: str) -> None:
        self._reference(f"&#{name}")

    def _reference(self, written: str) -> None:
        if not self._skipping:
            start = self._here()
            for char in html.unescape(f"{written};"):
                if not char.isspace():
                    self._chars.append(char)
                    self.spots.append((start, start + len(written) + 1))
