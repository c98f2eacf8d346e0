"""Where a sentence ends, and which words in it begin with a capital: one answer for all who ask."""

from __future__ import annotations

import re
from collections import defaultdict

#: Every capital of the Latin alphabets, for a class of a regular expression: "É", "Š", "Ș", "Ə", "Ẩ".
CAPITALS = "".join(filter(str.isupper, map(chr, (*range(0x0250), *range(0x1E00, 0x1F00)))))
#: A word with a capital. The capital comes first, which the engine looks for by itself; "(?<!\w.)" is what "\b" would say
#: before it.
CAPITALISED = re.compile(rf"[{CAPITALS}](?<!\w.)[\w’'-]{{2,}}")
#: A pronoun that opens a text, and goes on about whom the one before it was about.
PRONOUN = re.compile(
    r"\W*(?:il|elle|ils|elles|he|she|they|it|ce dernier|cette dernière|celui-ci|celle-ci|ceux-ci|celles-ci)\b",
    re.IGNORECASE,
)

#: Titles and months whose full stop ends no sentence; nor does that of an initial ("M.", "John F.", "U.S.").
_ABBREVIATED = (
    "MM Mr Mrs Ms Dr Drs Pr Prof Me St Ste Jr Sr Lt Cpt Capt Cdt Cmdr Cdr Col Maj Gen Gén Brig Adm Sgt Sen Rep Gov Amb Hon Rev "
    "Jan Feb Aug Sep Sept Oct Nov Dec"
).split()


def _not_abbreviated() -> str:
    """Says that the full stop before it stands behind none of these; the engine looks back by one width at a time."""
    by_length: dict[int, list[str]] = defaultdict(list)
    for word in _ABBREVIATED:
        by_length[len(word)].append(word)
    return rf"(?<!\b[{CAPITALS}]\.)" + "".join(rf"(?<!\b(?:{'|'.join(some)})\.)" for some in by_length.values())


_END = re.compile(rf"[.!?]{_not_abbreviated()}[»”\"’')\]]?\s")


def ends_within(text: str, start: int, stop: int) -> bool:
    """Whether a sentence ends in `text[start:stop]`, and the space behind it too."""
    return _END.search(text, start, stop) is not None


def last_start(text: str, start: int, stop: int) -> int:
    """Where the sentence begins that `text[start:stop]` breaks off in; `start` where none ends before."""
    for end in _END.finditer(text, start, stop):
        start = end.end()
    return start
