"""What speaks for and against a candidate partner of a paragraph, as numbers that name no country.

Every column would read the same for any country, so that one never seen in training is judged like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import exp

from communique.codebook import BODIES
from communique.partners.memory import Memory, Trace
from communique.records import Mention, Reading
from communique.sentences import PRONOUN, last_start

_FORMS = ("name", "adjective", "capital", "seat", "institution", "region", "prefix")
_LINKS = ("with", "between", "subject", "of", "place", "list", "to", "against", "start", "other")
_ANAPHORS = ("both", "each", "several", "counterpart", "guest", "answer", "venue")

#: The first columns of an evidence row; then come the scores of the domains.
COLUMNS: tuple[str, ...] = (
    *(f"here:{form}" for form in _FORMS),
    *(f"link:{link}" for link in _LINKS),
    "here:mentions", "here:first", "here:dateline", "here:words", "here:list", "here:list_words", "is_body", "in_title", "in_lede", "title:others",
    "seen:mentions", "seen:paragraphs", "seen:ago", "score:last", "score:before_last", "score:max", "score:mean",
    "rival:last", "rivals:last", "rival:here", "others:here", "bodies:here", "home:here", "home:dateline",
    "group:number", "group:alive", *(f"anaphor:{name}" for name in _ANAPHORS),
    "pronoun", "civil", "persons:own", "persons:rival", "persons:home", "persons:known", "carry:words", "length",
    "index", "alive", "domain:max",
)  # fmt: skip

#: The last columns where the model has a transformer: its log-odds, and how those of the other candidates compare.
ENCODER_COLUMNS = ("encoder:partner", "encoder:named", "encoder:rival", "encoder:others", "encoder:above")


def columns(labels: Sequence[str], *, encoder: bool = False) -> list[str]:
    """All columns of an evidence row, in a model of these domains."""
    return [*COLUMNS, *(f"domain:{label}" for label in labels), *(ENCODER_COLUMNS if encoder else ())]


# The last word or sign of a text, read from its end
_LAST = re.compile(r"[\s«“\"(]*(['’]?\w+|[,;(:–—-])")
_LINK_OF = {
    **dict.fromkeys(("avec", "with", "auprès"), "with"),
    **dict.fromkeys(("entre", "between"), "between"),
    **dict.fromkeys(("le", "la", "l'", "les", "the", "cet", "cette"), "subject"),
    **dict.fromkeys(("de", "du", "d'", "des", "of", "s"), "of"),
    **dict.fromkeys(("à", "a", "en", "au", "aux", "in", "at", "from", "dans", "depuis", "sur", "chez"), "place"),
    **dict.fromkeys((",", "et", "and", "ou", "or", ";", "-", "–", "—", "("), "list"),
    **dict.fromkeys(("vers", "to", "pour", "for", "par", "by"), "to"),
    **dict.fromkeys(("contre", "against"), "against"),
}
_ARTICLE = ("le", "la", "l'", "les", "the")
# A year alone is none: "un plan 2024-2026", "en 2025 : …". Each branch begins with a sign or class, which the engine tries first.
_DATELINE = re.compile(
    r"[^.!?]{0,45}?(?:\([A-Z][A-Za-zÀ-ÿ/. ]{1,20}\)|--|\d\d?(?:(?:er)? [^\W\d_]{3,9}\.? ?|[/-]\d\d?[/-])\d{4}"
    r"|[A-Z][a-z]{2,8}\.? \d\d?,? \d{4})\s*(?:[-–—:]+|$)"
)
_CIVIL = re.compile(r"M(?<!\w.)(?:\.|M\.|me|gr|r\.?|s\.?|rs\.?)\s")
_WORD = re.compile(r"@?\w{1,64}")  # of endless words the pieces: they are cut at each mention in them
#: How far back in its sentence the words before a mention count, in characters, wherever they stand.
_SENTENCE = 160
#: What may stand between two members of a list: "Cuba, la Biélorussie et l'Inde".
_BETWEEN = re.compile(r"\W*(?:(?:et|and|ou|le|la|l['’]|les|the|de|du|des|d['’]|avec|que|ainsi|as|well)\W*)*")


@dataclass(frozen=True, slots=True)
class WordWeights:
    """Weights learnt for words around a mention, by place ("-2": "avec", "+1": "partie"), and for words of a paragraph."""

    around: Mapping[str, Mapping[str, float]]
    carry: Mapping[str, float]
    by_place: tuple[_Places, ...] = field(init=False, repr=False)  # of all, and more for bodies

    def __post_init__(self) -> None:
        by_place = tuple(_Places.of(self.around, prefix) for prefix in ("", _AS_BODY))
        object.__setattr__(self, "by_place", by_place)


@dataclass(frozen=True, slots=True)
class _Places:
    """The weights of words around a mention by place: its form, each of the nearest, either side, anywhere before."""

    form: Mapping[str, float]
    left: tuple[Mapping[str, float], ...]
    right: tuple[Mapping[str, float], ...]
    before: Mapping[str, float]
    after: Mapping[str, float]
    sentence: Mapping[str, float]

    @classmethod
    def of(cls, around: Mapping[str, Mapping[str, float]], prefix: str) -> _Places:
        form, *near, before, after, sentence = (around.get(prefix + place, {}) for place in _PLACES)
        return cls(form, tuple(near[: len(_LEFT)]), tuple(near[len(_LEFT) :]), before, after, sentence)


class Words:
    """The words of a text in lower case, as a whole and by their places."""

    __slots__ = ("_lower", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._lower = text.lower()
        if len(self._lower) != len(text):  # "İ" becomes two characters
            self._lower = "".join(c.lower()[0] for c in text)

    def distinct(self, mentions: Sequence[Mention]) -> list[str]:
        """The distinct words in order, without those of the mentions."""
        words = dict.fromkeys(_words(self._lower))
        for mention in mentions:
            for word in self.between(mention.start, mention.stop):
                words.pop(word, None)
        return list(words)

    def between(self, start: int, stop: int) -> list[str]:
        """The words in `text[start:stop]`, those that stand across its ends cut off there."""
        return _words(self._lower[start:stop])


class _Pieces(dict[str, tuple[str, ...]]):
    """The words of what stands between two spaces; remembered, unless it is endless."""

    _MOST, _LONGEST = 1 << 17, 64

    def __missing__(self, piece: str) -> tuple[str, ...]:
        if len(self) >= self._MOST:
            self.clear()
        found = tuple(_WORD.findall(piece))
        if len(piece) <= self._LONGEST:
            self[piece] = found
        return found


_pieces = _Pieces()


def _words(text: str) -> list[str]:
    return list(chain.from_iterable(map(_pieces.__getitem__, text.split())))


@dataclass(frozen=True, slots=True)
class Scene:
    """A paragraph with all that is the same for each of its candidates."""

    reading: Reading
    mentions: Mapping[str, Sequence[int]]  # of each code, by their places in the reading
    around: Sequence[float]  # of each mention, the learnt weight of the words around it
    lists: Sequence[
        tuple[int, float]
    ]  # of each mention, the size of the list it stands in, and its best member's weight
    anaphors: Mapping[str, int]
    dateline: int  # where the dateline ends, 0 without one
    carry: float
    length: int
    domains: Sequence[float]
    odds: Mapping[str, tuple[float, float]] | None  # a transformer's: of being a partner, of being named


def scene(
    reading: Reading,
    domains: Sequence[float],
    weights: WordWeights,
    odds: Mapping[str, tuple[float, float]] | None = None,
    *,
    home: str | None = None,
) -> Scene:
    """Look at a paragraph once for all candidates; `domains` are its domain probabilities, `home` is no candidate."""
    mentions: dict[str, list[int]] = {}
    for k, mention in enumerate(reading.mentions):
        mentions.setdefault(mention.code, []).append(k)
    anaphors: dict[str, int] = {}
    for cue in reading.cues:
        if cue.type == "anaphor":
            anaphors[cue.name] = anaphors.get(cue.name, 0) + 1
    words = Words(reading.text)
    distinct = words.distinct(reading.mentions)
    dateline = _DATELINE.match(reading.text)
    around = [0.0] * len(reading.mentions)
    lists = [(0, 0.0)] * len(reading.mentions)
    for run in _runs(reading):
        if any(reading.mentions[k].code != home for k in run):
            for k in run:
                around[k] = weight_around(words, reading.mentions[k], weights)
            best = max([around[k] for k in run])
            for k in run:
                lists[k] = (len(run), best)
    return Scene(
        reading,
        mentions,
        around,
        lists,
        anaphors,
        dateline.end() if dateline else 0,
        sum([weights.carry[word] for word in distinct if word in weights.carry]),
        len(distinct),
        domains,
        odds,
    )


def _runs(reading: Reading) -> list[list[int]]:
    """The places of the mentions, those of one list together."""
    runs: list[list[int]] = []
    for k, mention in enumerate(reading.mentions):
        if k and _BETWEEN.fullmatch(reading.text, reading.mentions[k - 1].stop, mention.start):
            runs[-1].append(k)
        else:
            runs.append([k])
    return runs


def words_around(words: Words, mention: Mention) -> set[tuple[str, str]]:
    """The words to either side of a mention, each with its place: ("-1", "ministre"), ("+2", "défense"); and its form.

    Places "-" and "+" are either side at any distance, "<" is anywhere before in the sentence. The words of a body come a
    second time as such: "au sein de l'ASEAN" is an arena, "au sein de l'armée russe" is none.
    """
    before, after, sentence = _surroundings(words, mention)
    found = {("form", str(mention.form))}
    found.update(zip(_LEFT, before))
    found.update(zip(_RIGHT, after))
    found.update(("-", word) for word in before)
    found.update(("+", word) for word in after)
    found.update(("<", word) for word in sentence)
    if mention.code in BODIES:
        found.update([(_AS_BODY + place, word) for place, word in found])
    return found


def weight_around(words: Words, mention: Mention, weights: WordWeights) -> float:
    """The sum of the learnt weights of `words_around`, without making the set of them; always added in one order."""
    before, after, sentence = _surroundings(words, mention)
    weight = 0.0
    for places in weights.by_place if mention.code in BODIES else weights.by_place[:1]:
        weight += places.form.get(mention.form, 0.0)
        for nearest, some in ((places.left, before), (places.right, after)):
            for known, word in zip(nearest, some):
                if word in known:
                    weight += known[word]
        for known, some in ((places.before, before), (places.after, after), (places.sentence, sentence)):
            for word in dict.fromkeys(some):
                if word in known:
                    weight += known[word]
    return weight


_LEFT, _RIGHT = ("-1", "-2", "-3", "-4"), ("+1", "+2", "+3", "+4")
_PLACES = ("form", *_LEFT, *_RIGHT, "-", "+", "<")
_AS_BODY = "body "


def _surroundings(words: Words, mention: Mention) -> tuple[list[str], list[str], list[str]]:
    """The words just before a mention, nearest first, those just after it, and all before it in its sentence."""
    start = mention.start
    sentence = words.between(last_start(words.text, max(start - _SENTENCE, 0), start), start)
    before = words.between(max(start - 48, 0), start)[: -len(_LEFT) - 1 : -1]
    after = words.between(mention.stop, mention.stop + 48)[: len(_RIGHT)]
    return before, after, sentence


def link(reading: Reading, mention: Mention) -> str:
    """How a mention is tied to what stands before it: one of "with", "place", "of", "subject", …"""
    text = reading.text[max(mention.start - 24, 0) : mention.start].lower().replace("’", "'")
    text = text[::-1]
    match = _LAST.match(text)
    if not match:
        return "start"
    word = match.group(1)[::-1]
    if word in _ARTICLE:  # look past the article: "avec la Chine" is "with", "la Chine" alone a subject
        before = _LAST.match(text, match.end())
        outer = _LINK_OF.get(before.group(1)[::-1]) if before else None
        return outer if outer in ("with", "between", "to", "against", "place") else "subject"
    return _LINK_OF.get(word, "other")


def rows(current: Scene, memory: Memory, candidates: Sequence[str]) -> list[list[float]]:
    """One evidence row, as `columns` names them, for each candidate of the paragraph."""
    if not candidates:
        return []
    text = current.reading.text
    home = current.mentions.get(memory.home, ())
    here = [code for code in current.mentions if code != memory.home]
    bodies = sum([code in BODIES for code in here])
    last = {code: trace.score for code, trace in memory.traces.items()}
    alive = sum([value > _ALIVE for value in last.values()])
    rival, rival_here = _Rivals(last), _Rivals({code: last.get(code, 0.0) for code in here})
    titled = sum([trace.in_title for trace in memory.traces.values()])
    owners = memory.owners(text)
    home_persons = owners.pop(memory.home, 0)
    known = sum(owners.values())
    number = _group(current.reading)
    whole = [
        number,
        number - alive if number > 1 else _NO_NUMBER,
        *[min(current.anaphors.get(name, 0), 3) for name in _ANAPHORS],
        PRONOUN.match(text) is not None,
        _CIVIL.search(text) is not None,
    ]
    rest = [
        min(home_persons, 3),
        min(known + home_persons, 4),
        current.carry,
        min(current.length, 150),
        min(memory.read, 12),
        alive,
        max(current.domains),
        *current.domains,
    ]
    at_home = [min(len(home), 4), any(current.reading.mentions[k].start < current.dateline for k in home)]
    result: list[list[float]] = []
    for code in candidates:
        mentioned = code in current.mentions
        trace = memory.traces.get(code, _NEVER)
        own = owners.get(code, 0)
        result.append(
            [
                *(_here(current, code) if mentioned else _NOT_HERE),
                code in BODIES,
                trace.in_title,
                trace.in_lede,
                titled - trace.in_title,
                *_past(trace, memory.read),
                rival.other_than(code),
                alive - (last.get(code, 0.0) > _ALIVE),
                rival_here.other_than(code),
                min(len(here) - mentioned, 8),
                min(bodies - (mentioned and code in BODIES), 4),
                *at_home,
                *whole,
                min(own, 3),
                min(known - own, 3),
                *rest,
                *(() if current.odds is None else _odds(code, current.odds)),
            ]
        )
    return result


#: A candidate is alive whose score of being a partner of the last paragraph was above a half.
_ALIVE = 0.5
_NEVER = Trace()
_UNASKED = (0.0, 0.0)
_NO_RIVAL = -9.0
_NO_NUMBER = 9
_NOT_HERE: tuple[float, ...] = (0.0,) * (len(_FORMS) + len(_LINKS) + 1) + (-1.0, 0.0, 0.0, 0.0, 0.0)


def _group(reading: Reading) -> int:
    """How many the text refers back to together: the largest number it names, 1 for "chacun" and the like, else 0."""
    return max([int(cue.name) for cue in reading.cues if cue.type == "group"], default=0)


def _odds(code: str, odds: Mapping[str, tuple[float, float]]) -> tuple[float, ...]:
    """A candidate's own log-odds; the best of the others', how many partners they make, and how many lie above its own."""
    partner, named = odds.get(code, _UNASKED)
    others = [log_odds for other, (log_odds, _) in odds.items() if other != code]
    return (
        partner,
        named,
        max(others, default=_NO_RIVAL),
        sum([1 / (1 + exp(min(-log_odds, 50.0))) for log_odds in others]),
        sum([log_odds > partner for log_odds in others]),
    )


def _here(current: Scene, code: str) -> list[float]:
    """How the paragraph mentions a candidate: its forms, how they are tied to what stands before, the words around."""
    mentions, found = current.reading.mentions, current.mentions[code]
    outside = [k for k in found if mentions[k].start >= current.dateline]
    counts = [0.0] * (len(_FORMS) + len(_LINKS))
    for k in found:
        counts[_COUNTED[mentions[k].form]] += 1.0
    for k in outside:
        counts[_COUNTED[link(current.reading, mentions[k])]] += 1.0
    size, listed = max([current.lists[k] for k in outside], key=lambda entry: entry[1], default=(0, 0.0))
    return [
        *[count if count < 3 else 3.0 for count in counts],
        min(len(found), 5),
        mentions[found[0]].start / max(len(current.reading.text), 1),
        not outside,
        max([current.around[k] for k in outside], default=0.0),
        min(size, 6),
        listed,
    ]


_COUNTED = {name: k for k, name in enumerate((*_FORMS, *_LINKS))}


def _past(trace: Trace, now: int) -> tuple[float, ...]:
    """What the article said of a candidate so far, and how lately."""
    return (
        min(trace.mentions, 10),
        min(trace.paragraphs, 10),
        min(now - trace.last, 20),
        trace.score,
        trace.score_before,
        trace.best_score,
        trace.sum_of_scores / now if now else 0.0,
    )


class _Rivals:
    """The best score among the others, for each of many candidates."""

    __slots__ = ("_best", "_second", "_top")

    def __init__(self, scores: Mapping[str, float]) -> None:
        ranked = sorted(scores.values(), reverse=True)
        self._top = max(scores, key=scores.__getitem__, default=None)
        self._best = ranked[0] if ranked else 0.0
        self._second = ranked[1] if len(ranked) > 1 else 0.0

    def other_than(self, code: str) -> float:
        return self._second if code == self._top else self._best
