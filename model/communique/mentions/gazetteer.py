"""The compiled gazetteer: every form of every country and body, in one Aho-Corasick automaton.

Texts and forms are folded alike, character for character: no accents, no case, and one space for each hyphen,
apostrophe or other sign, so that "Côte d’Ivoire", "COTE D'IVOIRE" and "Cote-d'Ivoire" are one form. Whatever case
tells apart ("réunion" and "Réunion") is looked up in the text as it stands. The automaton reads folded text as bytes, one
a character, so that a place in it is one in the text.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

COMPILED = "gazetteer.tsv.gz"


@dataclass(frozen=True, slots=True)
class Entry:
    """A form of a country or body: as written, in a language ("fr", "en"), for a code ("-": none, it only hides others)."""

    surface: str
    lang: str
    code: str
    form: str

    def matches(self, text: str, *, headline: bool) -> bool:
        """Whether `text`, of the same folded form, is in the case that this entry needs; `headline`: all is in capitals.

        Names need the capital of their last capitalised word ("La Réunion", not "La réunion"), short initials all of
        theirs ("UE"), French adjectives none.
        """
        if _is_initials(self.surface):
            return text.isupper() and not headline  # "L'EAU POTABLE MANQUE" is not about the Emirates
        return capitals_match(self.surface, text)


@cache
def _is_initials(surface: str) -> bool:
    return surface.isupper() and sum(c.isalpha() for c in surface) <= 3


def case_needed(surface: str) -> int | None:
    """Where `Entry.matches` needs a capital in a text of this form; -1: everywhere."""
    return -1 if _is_initials(surface) else _last_capital(surface)


def capitals_match(form: str, text: str) -> bool:
    """Whether `text` has a capital where the last capitalised word of `form` has; true where none has."""
    capital = _last_capital(form)
    return capital is None or text[capital].isupper()


@cache
def _last_capital(form: str) -> int | None:
    """Where the last capitalised word of `form` begins; None where none is."""
    capitals = [i for i, c in enumerate(form) if c.isupper() and (i == 0 or not form[i - 1].isalpha())]
    return capitals[-1] if capitals else None


@dataclass(frozen=True, slots=True)
class Guard:
    """When a homograph counts: regular expressions on itself, on the text before it (ending there) and behind it.

    `also` is another code that the form can mean; it is taken where the text, or what came before, names that one
    and not the first ("PRK earlier": only where what came before does). `headline` are the languages in which initials
    count in a text that is all capitals. Where `sure_before` is found before it, no other condition is asked: "l'ambassadeur
    d'Israël Yaron Mayer".
    """

    surface: str
    not_as: str
    not_before: str
    not_after: str
    need_before: str
    need_after: str
    also: str
    headline: str
    sure_before: str


@dataclass(frozen=True, slots=True)
class CompiledGuard:
    """A `Guard` with its expressions compiled; None where there is no condition."""

    not_as: re.Pattern[str] | None
    not_before: re.Pattern[str] | None
    not_after: re.Pattern[str] | None
    need_before: re.Pattern[str] | None
    need_after: re.Pattern[str] | None
    also: str
    earlier: bool
    headline: frozenset[str]
    sure_before: re.Pattern[str] | None

    def allows(self, surface: str, before: str, after: str) -> bool:
        if self.sure_before and self.sure_before.search(before):
            return True
        return not (
            (self.not_as and self.not_as.fullmatch(surface))
            or (self.not_before and self.not_before.search(before))
            or (self.not_after and self.not_after.match(after))
            or (self.need_before and not self.need_before.search(before))
            or (self.need_after and not self.need_after.match(after))
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """What makes no country of any form of a kind: what stands before it ("rue de …") and behind it ("… Airlines")."""

    before: re.Pattern[str] | None
    after: re.Pattern[str] | None

    def holds(self, before: str, after: str) -> bool:
        return bool(
            (self.before is None or self.before.search(before)) and (self.after is None or self.after.match(after))
        )


@dataclass(frozen=True, slots=True)
class Target:
    """What a pattern of the automaton stands for: entries of countries and bodies, or cues.

    Of each cue its type, its name, and where the text must have a capital.
    """

    entries: tuple[Entry, ...]
    cues: tuple[tuple[str, str, int | None], ...]
    guard: CompiledGuard | None


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The automaton over folded text, the target of each of its patterns, and the frames of each kind of form."""

    automaton: BytesAhoCorasick
    targets: tuple[Target, ...]
    frames: dict[str, list[Frame]]


def _folding() -> dict[int, str]:
    table: dict[int, str] = {}
    for point in range(0x2600):
        char = chr(point)
        base = unicodedata.normalize("NFKD", char)[:1].lower()
        if len(base) != 1:
            base = char
        base = {"đ": "d", "ø": "o", "ł": "l", "ı": "i", "ð": "d", "ħ": "h"}.get(base, base)
        table[point] = base if base.isalnum() or base == "+" else " "
    for sign in "ʹʻʼʽˈ´":  # letters by their class, apostrophes in use
        table[ord(sign)] = " "
    for point in (*range(0x2600, 0x3100), *range(0xD800, 0xE000)):  # signs, and halves of pairs
        table[point] = " "
    return table


_FOLDING = _folding()


def fold(text: str) -> str:
    """`text` in lower case without accents, a space for each sign; of the same length."""
    return text.translate(_FOLDING)


def _byte_of(char: str) -> int:
    """A folded letter as a byte; zero for one that no form has, as forms are ASCII and "œ" once they are folded."""
    return ord(char) if char.isascii() else _LIGATURE if char == "œ" else 0


_LIGATURE = 0x9C  # its place in Windows-1252; any byte would do that is no ASCII


#: By code point; the last, which is zero, stands for all behind it, which are no letters of any form.
_BYTES = np.zeros(max(_FOLDING) + 2, dtype=np.uint8)
_BYTES[list(_FOLDING)] = [_byte_of(char) for char in _FOLDING.values()]


def folded_bytes(text: str) -> bytes:
    """`text` folded, one byte a character."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return _BYTES.take(points, mode="clip").tobytes()


@cache
def load_gazetteer() -> Gazetteer:
    """The gazetteer that the package ships, built once a process."""
    from ahocorasick_rs import BytesAhoCorasick, MatchKind

    data = files("communique.mentions").joinpath(COMPILED).read_bytes()
    entries: dict[str, list[Entry]] = defaultdict(list)
    cues: dict[str, list[tuple[str, str, int | None]]] = defaultdict(list)
    guards: dict[str, CompiledGuard] = {}
    frames: dict[str, list[Frame]] = defaultdict(list)
    for line in gzip.decompress(data).decode("utf-8").splitlines():
        kind, *cells = line.split("\t")
        if kind == "entry":
            entry = Entry(*cells)
            entries[_padded(entry.surface)].append(entry)
        elif kind == "cue":
            type, name, form = cells
            cues[_padded(form)].append((type, name, _last_capital(form)))
        elif kind == "frame":
            form, before, after = cells
            frames[form].append(Frame(_pattern(before), _pattern(after)))
        else:
            guards[_padded(cells[0])] = _compiled(Guard(*cells))
    patterns = sorted(entries.keys() | cues.keys())
    targets = tuple(Target(tuple(entries.get(p, ())), tuple(cues.get(p, ())), guards.get(p)) for p in patterns)
    automaton = BytesAhoCorasick(list(map(folded_bytes, patterns)), matchkind=MatchKind.Standard)
    return Gazetteer(automaton, targets, frames)


def _padded(surface: str) -> str:
    return f" {fold(surface).strip()} "


def _compiled(guard: Guard) -> CompiledGuard:
    also, _, when = guard.also.partition(" ")
    return CompiledGuard(
        _pattern(guard.not_as),
        _pattern(guard.not_before),
        _pattern(guard.not_after),
        _pattern(guard.need_before),
        _pattern(guard.need_after),
        also,
        when == "earlier",
        frozenset(guard.headline.split()),
        _pattern(guard.sure_before),
    )


def _pattern(text: str) -> re.Pattern[str] | None:
    return re.compile(text) if text else None
