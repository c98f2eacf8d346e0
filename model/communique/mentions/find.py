"""Find what a text mentions: countries and bodies in all their forms, cue words, and names of persons."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter

from communique.mentions.gazetteer import Entry, Frame, Target, folded_bytes, load_gazetteer
from communique.records import Cue, Form, MappedText, Mention, Reading
from communique.sentences import CAPITALS

#: How far a guard looks to either side, in characters.
_CONTEXT = 32

_FRENCH = frozenset(b"le la les des du une et dans pour est sur au aux par qui que avec ses cette son".split())
_ENGLISH = frozenset(b"the of and to in for with is on by was its at from has have will that his".split())

# The capital comes first, which the engine looks for by itself; what stands before it, and is none, is looked at then. No
# part is longer than forty letters: "A-A-A-…" begins at every letter.
_NAME = re.compile(
    rf"[{CAPITALS}](?<!\w.)(?<![CDJLMNST](?=['’]))(?<!Q(?=u['’]))[\w’'-]{{1,40}}"
    rf"(?: (?:(?:de|van|von|bin|al|el|da|dos|ben|ibn|der) )?[{CAPITALS}][\w’'-]{{,40}}){{1,5}}"
)
#: Words that stand before a name with a capital and are no part of it ("Le", "Mme"), and words of which no name is made.
_BEFORE_NAME = frozenset(
    "le la les un une des du de au aux en à dans par pour sur ce cette ces son sa ses il elle ils elles lors selon après "
    "avant depuis the a an in on at of for and m mme mm mr mrs ms dr général generale colonel ministre président premier "
    "première vice-premier vice-président general minister president prime deputy".split()
)
_NO_NAME = frozenset(
    "parti conseil assemblée nationale commission comité ministère ministry république royaume état union organisation "
    "université institut académie armée police cour département direction centre région province ville bureau front "
    "association fédération agence banque groupe national people's party council committee republic army navy force "
    "sécurité publique défense affaires étrangères public security defence defense foreign affairs university academy "
    "command commandement photo convention accord protocole traité déclaration".split()
)


def language_of(text: str) -> str | None:
    """ "fr", "en", or None where the text is too short to tell."""
    words = folded_bytes(text).split()
    french, english = sum(map(_FRENCH.__contains__, words)), sum(map(_ENGLISH.__contains__, words))
    if french == english:
        return None
    return "fr" if french > english else "en"


def read_mentions(text: str, *, lang: str | None = None, known: Collection[str] = ()) -> Reading:
    """Find all mentions in `text`, at positions in `text`, in order and without overlaps.

    `lang` keeps the forms of one language ("fr" or "en"; None: found out, both if it cannot be). `known` are codes met
    earlier, which settle forms that can mean two countries ("congolais").
    """
    if not text.isascii() and not unicodedata.is_normalized("NFC", text):
        composed = MappedText.of(text).composed()
        if composed.text != text:  # else what is not composed is no Latin letter
            return _placed(_read(composed.text, lang, known), composed, text)
    return _read(text, lang, known)


def _read(text: str, lang: str | None, known: Collection[str]) -> Reading:
    folded = folded_bytes(f" {text} ")
    gazetteer = load_gazetteer()
    targets = gazetteer.targets
    lang = lang or language_of(text)
    upper = text.isupper()
    found: list[tuple[int, int, Entry, Target]] = []
    cues: list[tuple[int, int, str, str]] = []
    for index, start, stop in gazetteer.automaton.find_matches_as_indexes(folded, overlapping=True):
        target = targets[index]
        stop -= 2  # the folded text has a space before the first character, each pattern one at either end
        for type, name, capital in target.cues:
            # "ministre slovaque de la Défense" shows the office by its capital; "la défense" alone is none
            if capital is None or text[start + capital].isupper():
                cues.append((start, -stop, type, name))
        if not target.entries:
            continue
        surface, (before, after) = text[start:stop], _around(text, start, stop)
        if target.guard is None or target.guard.allows(surface, before, after):
            if entry := _entry_for(target, surface, after, lang, upper):
                found.append((start, stop, entry, target))
    if found:
        frames = gazetteer.frames
        found = [f for f in _longest(found) if f[2].code != "-" and not _framed(text, *f[:3], frames)]
    mentions = _settled(found, known)
    return Reading(text, mentions, _outermost(cues), tuple(_persons(text, mentions)))


def _placed(reading: Reading, composed: MappedText, text: str) -> Reading:
    """What was found in the composed text, at its places in `text`."""
    return Reading(
        text,
        tuple(Mention(m.code, m.form, *composed.span(m.start, m.stop)) for m in reading.mentions),
        tuple(Cue(c.type, c.name, *composed.span(c.start, c.stop)) for c in reading.cues),
        tuple(composed.span(*person) for person in reading.persons),
    )


def _entry_for(target: Target, surface: str, after: str, lang: str | None, headline: bool) -> Entry | None:
    if target.guard and (lang in target.guard.headline or "any" in target.guard.headline):
        headline = False
    for entry in target.entries:
        # Initials and institutions cross languages ("la Royal Navy", "the Bundeswehr"); "Chad Smith" in French does not.
        if lang and entry.lang != lang and entry.form not in ("institution", "seat") and not entry.surface.isupper():
            continue
        if entry.form == "prefix" and not after.startswith(("-", "‐", "‑", "–")):
            continue
        if entry.matches(surface, headline=headline):
            return entry
    return None


def _outermost(cues: list[tuple[int, int, str, str]]) -> tuple[Cue, ...]:
    """The cues without those inside another of their name: "les deux parties" and not "deux parties" too.

    `cues`: start, negative stop, type, name.
    """
    kept: list[Cue] = []
    ends: dict[tuple[str, str], int] = {}
    for start, negative, type, name in sorted(cues, key=itemgetter(0, 1)):
        if -negative > ends.get((type, name), 0):
            ends[type, name] = -negative
            kept.append(Cue(type, name, start, -negative))
    return tuple(kept)


def _longest(found: list[tuple[int, int, Entry, Target]]) -> list[tuple[int, int, Entry, Target]]:
    kept: list[tuple[int, int, Entry, Target]] = []
    end = 0
    for item in sorted(found, key=lambda f: (f[0], -f[1])):
        if item[0] >= end:
            kept.append(item)
            end = item[1]
    return kept


def _framed(text: str, start: int, stop: int, entry: Entry, frames: Mapping[str, Sequence[Frame]]) -> bool:
    before, after = _around(text, start, stop)
    return any(frame.holds(before, after) for frame in frames.get(entry.form, ()))


def _around(text: str, start: int, stop: int) -> tuple[str, str]:
    return text[max(start - _CONTEXT, 0) : start], text[stop : stop + _CONTEXT]


def _settled(found: list[tuple[int, int, Entry, Target]], known: Collection[str]) -> tuple[Mention, ...]:
    sure = {entry.code for _, _, entry, target in found if target.guard is None or not target.guard.also}
    mentions = []
    for start, stop, entry, target in found:
        code = entry.code
        if target.guard and (also := target.guard.also):
            for codes in (sure, known):
                if code in codes:
                    break
                if also in codes and not (target.guard.earlier and codes is sure):
                    code = also
                    break
        mentions.append(Mention(code, _FORMS[entry.form], start, stop))
    return tuple(mentions)


_FORMS: dict[str, Form] = {
    "name": "name",
    "adjective": "adjective",
    "capital": "capital",
    "seat": "seat",
    "institution": "institution",
    "region": "region",
    "prefix": "prefix",
}


def _persons(text: str, mentions: Iterable[Mention]) -> Iterable[tuple[int, int]]:
    """Runs of two or more capitalised words that are neither a country nor an office: "Luong Tam Quang"."""
    taken = [(m.start, m.stop) for m in mentions if m.form != "adjective"]  # in order, and apart
    ends = [stop for _, stop in taken]
    for match in _NAME.finditer(text):
        start, stop = match.span()
        words = match.group().split(" ")
        while words and words[0].lower().rstrip(".") in _BEFORE_NAME:
            start += len(words.pop(0)) + 1
        if len(words) < 2 or any(w.lower() in _NO_NAME for w in words):
            continue
        behind = bisect_right(ends, start)  # the first that does not end before the name
        if behind == len(taken) or taken[behind][0] >= stop:
            yield start, stop
