"""From plain text to an `Article`: blocks, page date, title, paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from communique.reading.boilerplate import BULLET, classify, is_page_line, unsigned
from communique.reading.repair import mend_encoding, part_words
from communique.records import Article, Kind, MappedText, Paragraph

_LINE = re.compile(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
# Invisible characters (soft hyphen, zero-width space, marks of direction) and a space behind an elision ("d' Ivoire"),
# to be dropped; line breaks, to be spaces.
_NOISE = re.compile(
    r"((?<=\b[cdlnsCDLNS]['’]) +(?=\w)|[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]+)"
    r"|(?<![ \t\xa0])[ \t\xa0]*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*"  # a run of spaces is tried from its start only
)
_PAGE_DATE = re.compile(r"date (\d{4}(?:-\d{2}){0,2})\b[ \t]*")
# The full stop of a title before a name ends no sentence: "… a reçu mardi à Hanoï M." / "Robert Kaliňák, ministre …"
_BEFORE_NAME = re.compile(r"\b(?:MM?|Mrs?|Ms|Dr|Pr|Prof|Gen|Lt|Col)\.$")
_ENDS_SENTENCE = re.compile(r"[.!?…:;|][»”\"’')\]]*$")
# Case counts: "… in Truong Sa and Hoang Sa" is no open end.
_OPEN_END = re.compile(
    r"(?:[,'’(«]|\w-|\b(?:à|au|aux|avec|ce|cette|dans|de|des|du|en|entre|et|la|le|les|leur|ou|par|pour|que|qui|sa|ses|son|"
    r"sur|un|une|the|of|to|and|in|for|with|by|at|on|a|an))$"
)
_LIST_ITEM = re.compile(rf"\s*(?:[>»]|{BULLET})")
_DATELINE = re.compile(
    r"[^.!?]{2,60}(?:\([A-Za-zÀ-ÿ/ .]{2,25}\)\s*[-–—:]"
    r"|(?:\d{1,2}(?:er)?\s[^\W\d_]{3,9}\s|[^\W\d_]{3,9}\s\d{1,2},?\s|\d{1,2}[-/.]\d{1,2}[-/.])\d{4}\s*[-–—:])"
)
#: No headline ends so: "… de son homologue.", "… « Le Vietnam est un ami. »"
_ENDS_CLAUSE = re.compile(r"(?:[.;,:]|\.\s?[»”\"])\s*$")
#: No headline is longer: it stands in every row of its article.
_HEADLINE_WORDS, HEADLINE_CHARACTERS = 30, 500
#: The title is one of so many blocks: above it stand sections, dates and links.
_ABOVE_TITLE = 5
#: Lines of hard-wrapped text are of one length: this share of them lies between the two bounds.
_WRAPPED_SHARE, _WRAPPED_FROM, _WRAPPED_TO = 0.7, 50, 110


def read_text(
    raw: str, *, id: str = "article", title: str | None = None, date: str | None = None, home: str | None = None
) -> Article:
    """Read plain text: find its title and date unless given, part it into paragraphs, mark the boilerplate.

    All positions in the result are code points of `raw`, whatever was mended on the way.
    """
    text = mend_encoding(MappedText.of(raw))
    spans = []
    for start, stop in blocks(text.text):
        # The page's date, alone or glued to the start of a block: "date 2025-11-18 Vietnam - Slovaquie"
        if page_date := _PAGE_DATE.match(text.text, start, stop):
            start = page_date.end()
            date = date or page_date.group(1)
        if start < stop:
            spans.append((start, stop))
    return assemble(raw, text, spans, id=id, title=title, date=date, home=home)


def assemble(
    raw: str,
    text: MappedText,
    spans: Sequence[tuple[int, int]],
    *,
    id: str,
    title: str | None,
    date: str | None,
    home: str | None,
    markup: bool = False,
) -> Article:
    """Make the article of `text[start:stop]` for each of `spans`, its title apart and its boilerplate marked.

    With `markup`, the raw input holds tags, and paragraphs show the text without them.
    """
    strings = [text.text[start:stop] for start, stop in spans]
    title = _mended_title(title)
    head, titles = _find_title(strings, title)
    rest = [i for i in range(len(spans)) if i not in titles]
    cuts = classify([strings[i] for i in rest])
    paragraphs = []
    for i, cut in zip(rest, cuts, strict=True):
        start = spans[i][0]
        kept = strings[i][: cut.keep].rstrip()
        if not kept:
            continue
        block = text.slice(start, start + len(kept))
        raw_start, raw_stop = block.span(0, len(kept))
        shown = kept if markup else raw[raw_start:raw_stop]
        paragraphs.append(Paragraph(shown, cut.kind, raw_start, raw_stop, _cleaned(block)))
    return Article(id, raw, tuple(paragraphs), title or _mended_title(head), date, home)


def read_paragraphs(
    paragraphs: Iterable[tuple[str, Kind]],
    *,
    id: str = "article",
    title: str | None = None,
    date: str | None = None,
    home: str | None = None,
) -> Article:
    """An article whose paragraphs are known already; its raw input is the paragraphs joined by blank lines."""
    records: list[Paragraph] = []
    parts: list[str] = []
    at = 0
    for text, kind in paragraphs:
        clean = _cleaned(mend_encoding(MappedText.of(text, at)))
        records.append(Paragraph(text, kind, at, at + len(text), clean))
        parts.append(text)
        at += len(text) + 2
    return Article(id, "\n\n".join(parts), tuple(records), _mended_title(title), date, home)


def _mended_title(title: str | None) -> str | None:
    """A title mended as paragraphs are, but with its words as they are: pages lose spaces where lines break, not in titles."""
    return _without_noise(mend_encoding(MappedText.of(title))).text or None if title else None


def _cleaned(block: MappedText) -> MappedText:
    return part_words(_without_noise(block))


def _without_noise(block: MappedText) -> MappedText:
    block = block.composed()
    text = block.text
    if text.isprintable() and "' " not in text and "’ " not in text:  # no noise to look for
        return block
    edits = [(m.start(), m.end(), "" if m.group(1) else " ") for m in _NOISE.finditer(text)]
    return block.edited(edits) if edits else block


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """The blocks of `text`, as spans without surrounding space.

    A line is a block, except where its sentence runs on into the next line: "… le ministre" / "de la Défense, …".
    """
    lines = [
        (m.start() + len(s) - len(s.lstrip()), m.start() + len(s.rstrip()))
        for m in _LINE.finditer(text)
        if (s := m.group()).strip()
    ]
    if not lines:
        return
    wrapped = _is_wrapped([stop - start for start, stop in lines])
    begin, end = lines[0]
    spaces = text.count(" ", begin, end)  # of the block so far: it is never gone through again
    for next_start, next_stop in lines[1:]:
        apart = text.count("\n", end, next_start) > 1
        ending, line = text[max(begin, end - 40) : end], text[next_start:next_stop]
        if _runs_on(ending, line, short=spaces < 8, apart=apart, wrapped=wrapped and not apart):
            spaces += text.count(" ", end, next_stop)
            end = next_stop
        else:
            yield begin, end
            begin, end = next_start, next_stop
            spaces = text.count(" ", begin, end)
    yield begin, end


def _is_wrapped(lengths: Sequence[int]) -> bool:
    long = [n for n in lengths if _WRAPPED_FROM <= n <= _WRAPPED_TO]
    return len(lengths) >= 6 and len(long) >= _WRAPPED_SHARE * len(lengths)


def _runs_on(end: str, line: str, *, short: bool, apart: bool, wrapped: bool) -> bool:
    """Whether the sentence that a block ends in goes on in `line`; `apart` where a blank line stands between them."""
    ends = _ENDS_SENTENCE.search(end)
    before_name = ends and (wrapped or not short) and _BEFORE_NAME.search(end)  # a short block is a byline: "Seck M."
    if (ends and not before_name) or _LIST_ITEM.match(line) or _PAGE_DATE.match(line):
        return False
    if before_name or _OPEN_END.search(end) or wrapped:
        return True
    # Short lines of a page stand apart in lower case too: "Adresse : Hanoï, Vietnam" / "back to top"
    return line[0].islower() and not (apart and (short or line.count(" ") < 3))


def _find_title(blocks: Sequence[str], given: str | None) -> tuple[str | None, frozenset[int]]:
    """The title, and which of the first blocks print it: they are no paragraphs."""
    if given is not None:
        wanted = _squeezed(given)
        printed = (i for i, b in enumerate(blocks[:4]) if len(b) < 2 * len(given) + 20 and _squeezed(b) == wanted)
        return given, frozenset(printed)
    for i, block in enumerate(blocks[:_ABOVE_TITLE]):
        if is_page_line(block):
            continue  # a section, a date, a link, a picture's credit
        block = block.lstrip("# ")
        if not _is_headline(block):
            break
        if i + 1 < len(blocks) and len(block.split()) <= 6 and _is_headline(blocks[i + 1]):
            # A kicker above the headline ("Vietnam - Slovaquie") says whom the article is about.
            return f"{block} : {blocks[i + 1]}", frozenset({i, i + 1})
        if len(blocks) > 1:
            return block, frozenset({i})
    return None, frozenset()


def _squeezed(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", text).casefold() if c.isalnum())


def _is_headline(block: str) -> bool:
    if len(block) > HEADLINE_CHARACTERS or len(block.split()) > _HEADLINE_WORDS:
        return False
    return not (_ENDS_CLAUSE.search(unsigned(block)) or _DATELINE.match(block) or is_page_line(block))
