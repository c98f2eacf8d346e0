"""What the classifier is shown of a paragraph: its words, those before it, and whose field the speakers' offices are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from communique.codebook import BODIES
from communique.records import Draft, Reading
from communique.sentences import CAPITALISED, PRONOUN, ends_within

#: Where an office was met (and "topic": whose field a word of the paragraph belongs to, be it one in a hundred), and
#: whose field it is ("both": defence and security in one phrase; "other": none of the four).
PLACES = ("here", "title", "before", "lede", "speaker", "pronoun", "topic")
FIELDS = ("defense", "policing", "cybersecurity", "diplomacy", "both", "other", "none")

#: How far behind an office its holder's name may stand, in characters: "ministre de la Police, le général Luong Tam Quang".
_REACH = 60


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph in its context. Countries are masked in all texts, so that none is learnt by heart.

    `signals` are the fields of offices, each with the place it was met: "here:defense", "speaker:policing". `index` is
    the paragraph's place among the article's body paragraphs. `odds` are a transformer's log-odds of the four domains,
    where the model has one. `partners` are the highest and the sum of the scores of its candidate partners, once these
    are resolved.
    """

    text: str
    title: str = ""
    lede: str = ""
    before: str = ""
    signals: tuple[str, ...] = ()
    index: int = 0
    odds: tuple[float, ...] = ()
    partners: tuple[float, float] = (0.0, 0.0)


def passages(draft: Draft, odds: Sequence[Sequence[float]] | None = None) -> list[Passage]:
    """The passages of an article's body paragraphs, in reading order; each sees only the title and what came before.

    `odds` are a transformer's, one row of four for each body paragraph.
    """
    title, body, home = draft.title, draft.body, draft.home
    masked_title = masked(title, home) if title else ""
    title_fields = _fields(title) if title else ()
    offices: dict[str, tuple[str, ...]] = dict(_holders(title)) if title else {}
    result: list[Passage] = []
    before = lede = ""
    last_fields: tuple[str, ...] = ()
    last_speakers: tuple[str, ...] = ()
    lede_fields: tuple[str, ...] = ()
    for index, reading in enumerate(body):
        text = masked(reading, home)
        fields = _fields(reading)
        names = _names(reading)
        speakers = _offices_of(names, offices)
        pronoun = bool(PRONOUN.match(reading.text))
        signals = [f"here:{f}" for f in fields] + [f"title:{f}" for f in title_fields]
        signals += [f"before:{f}" for f in last_fields] + [f"lede:{f}" for f in lede_fields]
        signals += [f"speaker:{f}" for f in speakers]
        signals += [f"topic:{name}" for name in sorted({c.name for c in reading.cues if c.type == "topic"})]
        if pronoun:
            signals += ["pronoun", *(f"pronoun:{f}" for f in last_speakers)]
        if not fields:
            signals.append("here:none")
        if index == 0:
            signals.append("first")
        own_odds = tuple(float(value) for value in odds[index]) if odds is not None else ()
        result.append(Passage(text, masked_title, lede, before, tuple(signals), index, own_odds))
        for name, held in _holders(reading).items():
            offices.setdefault(name, held)
        last_speakers = _offices_of(names, offices) or last_speakers
        before, last_fields = text, fields
        if index == 0:
            lede, lede_fields = text, fields
    return result


def masked(reading: Reading, home: str) -> str:
    """The text with "@home", "@body" or "@country" (and the form of the mention) in the place of each mention."""
    parts: list[str] = []
    cursor = 0
    for m in reading.mentions:
        mask = "@home" if m.code == home else "@body" if m.code in BODIES else "@country"
        parts += [reading.text[cursor : m.start], f" {mask} "]
        cursor = m.stop
    parts.append(reading.text[cursor:])
    return "".join(parts)


def _fields(reading: Reading) -> tuple[str, ...]:
    return tuple(sorted({c.name for c in reading.cues if c.type == "office"}))


def _offices_of(names: Set[str], offices: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted({field for name in names if name in offices for field in offices[name]}))


def _names(reading: Reading) -> set[str]:
    """Each part of each person's name, and each capitalised word by itself: later mentions are by surname alone."""
    names = {word for start, stop in reading.persons for word in reading.text[start:stop].split()}
    names.update(CAPITALISED.findall(reading.text))
    return names


def _holders(reading: Reading) -> dict[str, tuple[str, ...]]:
    """The parts of each person's name, with the fields of the offices that stand near it in the same sentence."""
    holders: dict[str, tuple[str, ...]] = {}
    if not reading.persons:
        return holders
    offices = [c for c in reading.cues if c.type == "office" and c.name != "other"]
    starts = [c.start for c in offices]
    longest = max((c.stop - c.start for c in offices), default=0)
    for start, stop in reading.persons:
        first, last = bisect_left(starts, start - _REACH - longest), bisect_right(starts, stop + _REACH)
        near = {
            c.name
            for c in offices[first:last]
            if (0 <= start - c.stop <= _REACH and not ends_within(reading.text, c.stop, start))
            or (
                0 <= c.start - stop <= _REACH
                and reading.text[stop : stop + 1] in (",", " ", "(")
                and not ends_within(reading.text, stop, c.start)
            )
        }
        if near:
            for word in reading.text[start:stop].split():
                if len(word) > 2:
                    holders[word] = tuple(sorted(near))
    return holders
