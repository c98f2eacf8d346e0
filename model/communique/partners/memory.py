"""What a reader remembers while going through an article: which codes are alive, and who belongs to whom."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from communique.records import Mention, Reading
from communique.sentences import CAPITALISED, ends_within

#: How far from a person's name the country may stand, in characters, before and (behind a comma or bracket) after it.
_BEFORE, _AFTER = 140, 80
#: A memory of more candidates than this keeps the most salient: lists of participants are no dramatis personae.
MAX_CANDIDATES = 12


@dataclass(slots=True)
class Trace:
    """What is remembered of one code."""

    mentions: int = 0
    paragraphs: int = 0
    last: int = -99  # index of the paragraph that mentioned it last
    in_title: bool = False
    in_lede: bool = False
    # Of being a partner: of the last paragraph, of the one before, and over all paragraphs read so far
    score: float = 0.0
    score_before: float = 0.0
    best_score: float = 0.0
    sum_of_scores: float = 0.0

    def take(self, score: float) -> None:
        """Remember how likely it was a partner of the paragraph that was read."""
        self.score_before, self.score = self.score, score
        self.best_score = max(self.best_score, score)
        self.sum_of_scores += score


@dataclass(slots=True)
class Memory:
    """The state of reading one article, filled paragraph by paragraph and looked at before each."""

    home: str
    traces: dict[str, Trace] = field(default_factory=dict)
    persons: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    read: int = 0

    def read_title(self, title: Reading) -> None:
        for mention in title.mentions:
            if mention.code != self.home:
                self._trace(mention.code).in_title = True
        self._tie(title)

    def candidates(self, reading: Reading) -> list[str]:
        """The codes that the next paragraph, `reading`, may have as partners: met in it, or alive from before."""
        here = dict.fromkeys([m.code for m in reading.mentions if m.code != self.home])
        alive = [code for code in self.traces if code not in here]
        if len(alive) > MAX_CANDIDATES:
            alive = sorted(alive, key=self.salience, reverse=True)[:MAX_CANDIDATES]
        return [*here, *alive]

    def salience(self, code: str) -> float:
        """How present a code is: its score in the last paragraphs, title and lede, and how lately it was met."""
        trace = self.traces[code]
        recent = max(trace.score, trace.score_before)
        return 2 * recent + trace.in_title + 0.5 * trace.in_lede + 1.0 / (1 + self.read - trace.last)

    def take(self, reading: Reading, scores: dict[str, float]) -> None:
        """Remember a paragraph that was read, and how likely each candidate was its partner."""
        for mention in reading.mentions:
            if mention.code != self.home:
                trace = self._trace(mention.code)
                trace.mentions += 1
                trace.paragraphs += trace.last != self.read
                trace.last = self.read
                trace.in_lede |= self.read == 0
        for code, trace in self.traces.items():
            trace.take(scores.get(code, 0.0))
        self._tie(reading)
        self.read += 1

    def owners(self, text: str) -> dict[str, int]:
        """The codes (home among them) that the persons named in `text` belong to, with how many names each."""
        found: dict[str, int] = {}
        if self.persons:
            for name in self.persons.keys() & CAPITALISED.findall(text):
                code = _first(self.persons[name])
                found[code] = found.get(code, 0) + 1
        return found

    def names_of(self, code: str, text: str) -> Iterator[tuple[int, int]]:
        """Where `text` names a person who belongs to `code`."""
        return ((start, stop) for owner, start, stop in self.persons_in(text) if owner == code)

    def persons_in(self, text: str) -> Iterator[tuple[str, int, int]]:
        """The names in `text` of persons met earlier, word by word, each with the code (home's too) it belongs to."""
        if self.persons:
            for match in CAPITALISED.finditer(text):
                if owners := self.persons.get(match.group()):
                    yield _first(owners), *match.span()

    def _trace(self, code: str) -> Trace:
        trace = self.traces.get(code)
        if trace is None:
            trace = self.traces[code] = Trace()
        return trace

    def _tie(self, reading: Reading) -> None:
        starts = [mention.start for mention in reading.mentions]
        stops = [mention.stop for mention in reading.mentions]
        for start, stop in reading.persons:
            first, last = bisect_left(stops, start - _BEFORE), bisect_right(starts, stop + _AFTER)
            owner = _owner(reading.text, start, stop, reading.mentions[first:last])
            if owner:
                for word in reading.text[start:stop].split():
                    if len(word) > 2 and word[0].isupper():
                        self.persons[word][owner] += 1


def _first(owners: Counter[str]) -> str:
    """The code with the most, of several the one met first."""
    return max(owners, key=owners.__getitem__)


def _owner(text: str, start: int, stop: int, around: Iterable[Mention]) -> str | None:
    """The country of the office that a person's name stands next to: the nearest mention in its sentence."""
    best: tuple[int, str] | None = None
    for distance, mention in _near(text, start, stop, around):
        if best is None or distance < best[0]:
            best = distance, mention.code
    return best[1] if best else None


def _near(text: str, start: int, stop: int, around: Iterable[Mention]) -> Iterable[tuple[int, Mention]]:
    apposed = text[stop : stop + 2].startswith((",", " ("))
    for mention in around:
        if mention.stop <= start:
            if start - mention.stop <= _BEFORE and not ends_within(text, mention.stop, start):
                # A place is a weaker tie than an office: "à Hanoï, le ministre slovaque X"
                yield start - mention.stop + (60 if mention.form in ("capital", "region") else 0), mention
        elif mention.start >= stop and apposed:
            if mention.start - stop <= _AFTER and not ends_within(text, stop, mention.start):
                yield mention.start - stop + (60 if mention.form in ("capital", "region") else 0), mention
