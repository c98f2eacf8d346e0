"""From a web page to an `Article`: trafilatura finds the text, and every word is traced back to its place in the source."""

from __future__ import annotations

import html
import re
from array import array
from collections.abc import Iterable, Iterator
from itertools import repeat

from communique.errors import InputError
from communique.reading.plain import HEADLINE_CHARACTERS, assemble
from communique.reading.repair import mend_encoding
from communique.records import Article, MappedText

_WORDS = re.compile(r"\S+")
#: How a tag, declaration or comment begins; the name of what is not shown.
_TAG = re.compile(r"<(?:!--|[!?]|/[a-zA-Z]|(script|style|noscript|template)\b|[a-zA-Z])", re.IGNORECASE)
_SKIPPED = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "noscript", "template")}
_END_OR_QUOTE = re.compile(r"=\s*([\"'])|>")
_SHOWN = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[a-zA-Z][a-zA-Z\d]{1,31});?|[^\s&]+|&")

#: A word that does not stand where the last one ended is looked for with those behind it: so many characters together.
_PHRASE = 16
#: How far ahead that is, in characters: the word alone; the phrase. Further ahead it is looked for with so much effort, in
#: characters gone through, in the whole page.
_NEXT, _NEAR, _EFFORT = 64, 2000, 50_000_000


def read_html(
    raw: str, *, id: str = "article", title: str | None = None, date: str | None = None, home: str | None = None
) -> Article:
    """Read a web page. Positions in the result are code points of the page's source, `raw`.

    Raises `InputError` where the page holds no article.
    """
    import trafilatura
    from trafilatura.settings import Document

    try:
        page = trafilatura.bare_extraction(raw, with_metadata=True, include_comments=False)
    except Exception as error:  # too deep, or broken in a way that no parser thought of
        raise InputError(
            f"no web page that can be taken apart ({type(error).__name__}); save its text as .txt instead", path=id
        ) from error
    found = page.text if isinstance(page, Document) else None
    if not isinstance(page, Document) or not found or not found.strip():
        raise InputError(
            "expected a web page with an article in it, found none; save its text as .txt instead", path=id
        )
    text = mend_encoding(_traced(found, raw))
    spans = [(m.start(), m.end()) for m in re.finditer(r"\S[^\n]*", text.text)]
    return assemble(
        raw,
        text,
        spans,
        id=id,
        title=title or (page.title if len(page.title or "") <= HEADLINE_CHARACTERS else None),
        date=date or page.date,
        home=home,
        markup=True,
    )


def _traced(text: str, raw: str) -> MappedText:
    """`text`, as extracted, with the place of each of its words in the page's source, never before that of the last.

    A word that extraction changed or moved stands nowhere: behind the last that was found.
    """
    source = _Source(raw)
    words = list(_WORDS.finditer(text))
    pieces: list[tuple[str, int, int]] = []
    end = last = 0  # in `text`; in `raw`
    for k, match in enumerate(words):
        word = match.group()
        place = source.place(word, (w.group() for w in words[k + 1 : k + 1 + _PHRASE]))
        if place is None:
            spots = [(word, last, last)]
        else:
            spots = source.spots(word, place)
            last = spots[-1][2]
        pieces += [(text[end : match.start()], spots[0][1], spots[0][1]), *spots]
        end = match.end()
    return MappedText.of_pieces(pieces)


class _Source:
    """The characters of a page that are no space, where each stands in the source, and how far they were gone through."""

    def __init__(self, raw: str) -> None:
        parts: list[str] = []
        self._starts, self._stops = array("q"), array("q")
        for shown, start, stop in _shown(raw):
            parts.append(shown)
            one_for_one = stop - start == len(shown)
            self._starts.extend(range(start, stop) if one_for_one else repeat(start, len(shown)))
            self._stops.extend(range(start + 1, stop + 1) if one_for_one else repeat(stop, len(shown)))
        self._visible = "".join(parts)
        self._cursor = 0
        self._effort = max(_EFFORT, 20 * len(self._visible))

    def place(self, word: str, following: Iterable[str]) -> int | None:
        """Where the next word of the text stands: here, else where it goes on as in the text; None: nowhere."""
        place = self._cursor
        if not self._visible.startswith(word, place):
            phrase = word
            for part in following:
                if len(phrase) >= _PHRASE:
                    break
                phrase += part
            place = self._visible.find(phrase, self._cursor, self._cursor + _NEAR)
            if place < 0 and len(word) > 3:
                place = self._visible.find(word, self._cursor, self._cursor + _NEXT + len(word))
            if place < 0 and self._effort > 0:
                place = self._visible.find(phrase, self._cursor)
                self._effort -= (place if place >= 0 else len(self._visible)) - self._cursor
            if place < 0:
                return None
        self._cursor = place + len(word)
        return place

    def spots(self, word: str, place: int) -> list[tuple[str, int, int]]:
        """A word that stands at `place`, in one piece if it does in the source, else letter by letter."""
        starts, stops = self._starts[place : place + len(word)], self._stops[place : place + len(word)]
        if stops[-1] - starts[0] == len(word):
            return [(word, starts[0], stops[-1])]
        return list(zip(word, starts, stops))


def _shown(raw: str) -> Iterator[tuple[str, int, int]]:
    """What a page shows, without spaces, in pieces that stand at `[start, stop)` of its source. Linear in its length."""
    for start, stop in _between_tags(raw):
        for match in _SHOWN.finditer(raw, start, stop):
            shown = match.group()
            if shown.startswith("&"):
                shown = "".join(html.unescape(shown).split())
            yield shown, *match.span()


def _between_tags(raw: str) -> Iterator[tuple[int, int]]:
    """Where the source of a page is no markup. What is never closed goes to the end."""
    at, quotes = 0, True  # `quotes`: whether those of attributes are closed
    while (start := raw.find("<", at)) >= 0:
        yield at, start
        tag = _TAG.match(raw, start)
        if tag is None:
            yield start, start + 1
            at = start + 1
            continue
        if tag.group() == "<!--":
            at = raw.find("-->", tag.end()) + 3
            if at < 3:
                return
            continue
        at = _end_of_tag(raw, tag.end()) if quotes else 0
        if not at:
            quotes = False
            at = raw.find(">", tag.end()) + 1
        if not at:
            return
        if closing := _SKIPPED.get((tag.group(1) or "").lower()):
            closed = closing.search(raw, at)
            if closed is None:
                return
            at = closed.start()
    yield at, len(raw)


def _end_of_tag(raw: str, at: int) -> int:
    """Behind the ">" that is in no value of an attribute; 0 without one."""
    while match := _END_OR_QUOTE.search(raw, at):
        quote = match.group(1)
        if not quote:
            return match.end()
        at = raw.find(quote, match.end()) + 1
        if not at:
            return 0
    return 0
