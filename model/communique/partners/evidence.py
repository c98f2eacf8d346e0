"""What speaks for and against a candidate partner of a paragraph, as numbers that name no country.

Every column would read the same for any country, so that one never seen in training is judged like any other.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from communique.codebook import BODIES
from communique.partners.memory import Memory, Trace
from communique.records import Mention, Reading

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
    *(f"anaphor:{name}" for name in _ANAPHORS),
    "pronoun", "civil", "persons:own", "persons:rival", "persons:home", "persons:known", "carry:words", "length",
    "index", "alive", "domain:max",
)  # fmt: skip

#: The last columns where the model has a transformer: its log-odds.
ENCODER_COLUMNS = ("encoder:partner", "encoder:named")


def columns(labels: Sequence[str], *, encoder: bool = False) -> list[str]:
    """All columns of an evidence row, in a model of these domains."""
    return [*COLUMNS, *(f"domain:{label}" for label in labels), *(ENCODER_COLUMNS if encoder else ())]


_BEFORE = re.compile(r"([\w]+['’]?|[,;(:–—-])[\s«“\"(]*$")
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
_DATELINE = re.compile(r"[^.!?]{0,45}?(?:\([A-Z][A-Za-zÀ-ÿ/. ]{1,20}\)|\d{4}|--)\s*(?:[-–—:]+|$)")
_PRONOUN = re.compile(
    r"\W*(?:il|elle|ils|elles|he|she|they|it|ce dernier|cette dernière|ceux-ci|celui-ci)\b", re.IGNORECASE
)
_CIVIL = re.compile(r"\b(?:M\.|MM\.|Mme|Mgr|Mr\.?|Ms\.?|Mrs\.?)\s")
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
    by_place: tuple[tuple[Mapping[str, float], ...], ...] = field(init=False, repr=False)  # of all, and more for bodies

    def __post_init__(self) -> None:
        by_place = tuple(tuple(self.around.get(prefix + p, _NONE) for p in _PLACES) for prefix in ("", _AS_BODY))
        object.__setattr__(self, "by_place", by_place)


class Words:
    """The words of a text in lower case, found once for all that is asked about their places."""

    __slots__ = ("_starts", "_stops", "_words", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        lower = text.lower()
        if len(lower) != len(text):  # "İ" becomes two characters
            lower = "".join(c.lower()[0] for c in text)
        found = list(_WORD.finditer(lower))
        self._starts = [m.start() for m in found]
        self._stops = [m.end() for m in found]
        self._words = [m.group() for m in found]

    def distinct(self, mentions: Sequence[Mention]) -> list[str]:
        """The distinct words in order, without those of the mentions."""
        words = dict.fromkeys(self._words)
        for mention in mentions:
            for word in self.between(mention.start, mention.stop):
                words.pop(word, None)
        return list(words)

    def between(self, start: int, stop: int) -> list[str]:
        """The words in `text[start:stop]`, those that stand across its ends cut off there."""
        first, last = bisect_right(self._stops, start), bisect_left(self._starts, stop)
        words = self._words[first:last]
        if words and self._stops[last - 1] > stop:
            words[-1] = words[-1][: stop - self._starts[last - 1]]
        if words and self._starts[first] < start:
            words[0] = words[0][start - self._starts[first] :]
        return words


@dataclass(frozen=True, slots=True)
class Scene:
    """A paragraph with all that is the same for each of its candidates."""

    reading: Reading
    mentions: Mapping[str, tuple[Mention, ...]]
    around: Mapping[Mention, float]  # the learnt weight of the words around each mention
    lists: Mapping[Mention, tuple[int, float]]  # size of the list it stands in, and the weight of its best member
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
) -> Scene:
    """Look at a paragraph once for all candidates; `domains` are its domain probabilities."""
    mentions: dict[str, list[Mention]] = {}
    for mention in reading.mentions:
        mentions.setdefault(mention.code, []).append(mention)
    anaphors = Counter(c.name for c in reading.cues if c.type == "anaphor")
    words = Words(reading.text)
    distinct = words.distinct(reading.mentions)
    dateline = _DATELINE.match(reading.text)
    carry = sum([weights.carry.get(word, 0.0) for word in distinct])
    around = {m: weight_around(words, m, weights) for m in reading.mentions}
    return Scene(
        reading,
        {code: tuple(found) for code, found in mentions.items()},
        around,
        _lists(reading, around),
        anaphors,
        dateline.end() if dateline else 0,
        carry,
        len(distinct),
        domains,
        odds,
    )


def _lists(reading: Reading, around: Mapping[Mention, float]) -> dict[Mention, tuple[int, float]]:
    lists: dict[Mention, tuple[int, float]] = {}
    run: list[Mention] = []
    for mention in (*reading.mentions, None):
        if run and mention and _BETWEEN.fullmatch(reading.text, run[-1].stop, mention.start):
            run.append(mention)
            continue
        best = max((around[m] for m in run), default=0.0)
        lists.update(dict.fromkeys(run, (len(run), best)))
        run = [mention] if mention else []
    return lists


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
    for form, *near, left, right, back in weights.by_place if mention.code in BODIES else weights.by_place[:1]:
        weight += form.get(mention.form, 0.0)
        for known, word in zip(near[:4], before):
            weight += known.get(word, 0.0)
        for known, word in zip(near[4:], after):
            weight += known.get(word, 0.0)
        for known, some in ((left, before), (right, after), (back, sentence)):
            for word in dict.fromkeys(some):
                if word in known:
                    weight += known[word]
    return weight


_LEFT, _RIGHT = ("-1", "-2", "-3", "-4"), ("+1", "+2", "+3", "+4")
_PLACES = ("form", *_LEFT, *_RIGHT, "-", "+", "<")
_AS_BODY = "body "
_NONE: Mapping[str, float] = MappingProxyType({})


def _surroundings(words: Words, mention: Mention) -> tuple[list[str], list[str], list[str]]:
    """The words just before a mention, nearest first, those just after it, and all before it in its sentence."""
    start = mention.start
    back = max(start - _SENTENCE - 1, 0)
    sentence = words.between(max(words.text.rfind(". ", back, start) + 1, start - _SENTENCE), start)
    before = words.between(max(start - 48, 0), start)[: -len(_LEFT) - 1 : -1]
    after = words.between(mention.stop, mention.stop + 48)[: len(_RIGHT)]
    return before, after, sentence


def link(reading: Reading, mention: Mention) -> str:
    """How a mention is tied to what stands before it: one of "with", "place", "of", "subject", …"""
    text = reading.text[max(mention.start - 24, 0) : mention.start].lower().replace("’", "'")
    match = _BEFORE.search(text)
    if not match:
        return "start"
    word = match.group(1)
    if word in _ARTICLE:  # look past the article: "avec la Chine" is "with", "la Chine" alone a subject
        before = _BEFORE.search(text[: match.start()])
        outer = _LINK_OF.get(before.group(1)) if before else None
        return outer if outer in ("with", "between", "to", "against", "place") else "subject"
    return _LINK_OF.get(word, "other")


def rows(current: Scene, memory: Memory, candidates: Sequence[str]) -> list[list[float]]:
    """One evidence row, as `columns` names them, for each candidate of the paragraph."""
    text = current.reading.text
    home = current.mentions.get(memory.home, ())
    here = [code for code in current.mentions if code != memory.home]
    bodies = sum(code in BODIES for code in here)
    last = {code: trace.score for code, trace in memory.traces.items()}
    alive = sum(value > _ALIVE for value in last.values())
    rival, rival_here = _Rivals(last), _Rivals({code: last.get(code, 0.0) for code in here})
    titled = sum(trace.in_title for trace in memory.traces.values())
    owners = memory.owners(text)
    home_persons = owners.pop(memory.home, 0)
    known = sum(owners.values())
    whole = [
        *(float(min(current.anaphors.get(name, 0), 3)) for name in _ANAPHORS),
        float(bool(_PRONOUN.match(text))),
        float(bool(_CIVIL.search(text))),
    ]
    rest = [
        float(min(home_persons, 3)),
        float(min(known + home_persons, 4)),
        current.carry,
        float(min(current.length, 150)),
        float(min(memory.read, 12)),
        float(alive),
        max(current.domains),
        *current.domains,
    ]
    at_home = [float(min(len(home), 4)), float(any(m.start < current.dateline for m in home))]
    result = []
    for code in candidates:
        mentioned = code in current.mentions
        trace = memory.traces.get(code, _NEVER)
        own = owners.get(code, 0)
        result.append(
            [
                *(_here(current, code) if mentioned else _NOT_HERE),
                float(code in BODIES),
                float(trace.in_title),
                float(trace.in_lede),
                float(titled - trace.in_title),
                *_past(trace, memory.read),
                rival.other_than(code),
                float(alive - (last.get(code, 0.0) > _ALIVE)),
                rival_here.other_than(code),
                float(min(len(here) - mentioned, 8)),
                float(min(bodies - (mentioned and code in BODIES), 4)),
                *at_home,
                *whole,
                float(min(own, 3)),
                float(min(known - own, 3)),
                *rest,
                *(() if current.odds is None else current.odds.get(code, _UNASKED)),
            ]
        )
    return result


#: A candidate is alive whose score of being a partner of the last paragraph was above a half.
_ALIVE = 0.5
_NEVER = Trace()
_UNASKED = (0.0, 0.0)
_NOT_HERE: tuple[float, ...] = (0.0,) * (len(_FORMS) + len(_LINKS) + 1) + (-1.0, 0.0, 0.0, 0.0, 0.0)


def _here(current: Scene, code: str) -> list[float]:
    """How the paragraph mentions a candidate: its forms, how they are tied to what stands before, the words around."""
    found = current.mentions[code]
    outside = [m for m in found if m.start >= current.dateline]
    counts = [0.0] * (len(_FORMS) + len(_LINKS))
    for mention in found:
        counts[_COUNTED[mention.form]] += 1.0
    for mention in outside:
        counts[_COUNTED[link(current.reading, mention)]] += 1.0
    size, listed = max((current.lists[m] for m in outside), key=lambda entry: entry[1], default=(0, 0.0))
    return [
        *(count if count < 3 else 3.0 for count in counts),
        float(min(len(found), 5)),
        found[0].start / max(len(current.reading.text), 1),
        float(not outside),
        max((current.around[m] for m in outside), default=0.0),
        float(min(size, 6)),
        listed,
    ]


_COUNTED = {name: k for k, name in enumerate((*_FORMS, *_LINKS))}


def _past(trace: Trace, now: int) -> list[float]:
    """What the article said of a candidate so far, and how lately."""
    return [
        float(min(trace.mentions, 10)),
        float(min(trace.paragraphs, 10)),
        float(min(now - trace.last, 20)),
        trace.score,
        trace.score_before,
        trace.best_score,
        trace.sum_of_scores / now if now else 0.0,
    ]


class _Rivals:
    """The best score among the others, for each of many candidates."""

    __slots__ = ("_best", "_second", "_top")

    def __init__(self, scores: Mapping[str, float]) -> None:
        ranked = sorted(scores.values(), reverse=True)[:2]
        self._top = max(scores, key=lambda code: scores[code], default=None)
        self._best = ranked[0] if ranked else 0.0
        self._second = ranked[1] if len(ranked) > 1 else 0.0

    def other_than(self, code: str) -> float:
        return self._second if code == self._top else self._best
