"""Articles as a transformer reads them: countries masked by slots, a token for each paragraph to read it.

A window is a title and paragraphs in reading order:

    <s> title </s>   ⟦read⟧ paragraph </s>   ⟦read⟧ paragraph </s>   …

A mention of a country is replaced by the slot its code has in the window, and by its form, so that no country is learnt
by heart; a body keeps its surface behind its slot, as do seats and institutions ("la Royal Navy"). A person tied to a
country earlier on gets that country's slot. A token sees its own and earlier paragraphs, never later ones: a coder does
not look ahead.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from communique.codebook import BODIES
from communique.partners.memory import Memory
from communique.records import Draft, Reading

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Countries and bodies that a window tells apart; more than these share slots.
SLOTS = 24
#: Tokens of a window, of its title, and of a paragraph in it; of each paragraph that a later window repeats, and of all
#: these together.
LENGTH, TITLE, PARAGRAPH, REPEATED, CONTEXT = 480, 48, 224, 80, 180

#: Names that every encoder knows for countries': slots start from them, and are dealt out anew in each window.
_NAMES = (
    "France Italie Espagne Portugal Belgique Suisse Autriche Pologne Suède Norvège Finlande Danemark Grèce Turquie Iran Irak "
    "Égypte Maroc Japon Inde Mexique Argentine Brésil Chili"
).split()
#: Tokens that the base encoder lacks, each with the words that it starts from; brackets that no keyboard has, so that no
#: text holds them by chance.
MEANINGS = MappingProxyType(
    {
        **{f"⟦{slot}⟧": name for slot, name in enumerate(_NAMES)},
        "⟦home⟧": "notre pays",
        "⟦read⟧": "sujet :",
        "⟦body⟧": "organisation",
        "⟦person⟧": "personne",
        "⟦adjective⟧": "national",
        "⟦capital⟧": "capitale",
        "⟦seat⟧": "gouvernement",
        "⟦institution⟧": "institution",
        "⟦region⟧": "région",
        "⟦prefix⟧": "relations",
    }
)
MARKERS: tuple[str, ...] = tuple(MEANINGS)
#: Tokens that every base has, by their names in the RoBERTa and in the BERT family.
_USUAL = (("<s>", "[CLS]"), ("</s>", "[SEP]"), ("<unk>", "[UNK]"))


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids of a part of an article, and where its answers are to be read.

    segments: of each token, 0 for the title, then the paragraphs counted within the window. paragraphs: (index in the
    article, position of its ⟦read⟧). candidates: (index, code, segment of the paragraph, token of the code's slot).
    Repeated paragraphs have neither.
    """

    tokens: tuple[int, ...]
    segments: tuple[int, ...]
    paragraphs: tuple[tuple[int, int], ...]
    candidates: tuple[tuple[int, str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A title or paragraph as runs of tokens; a run that stands for a code has it in `codes`, others have None there."""

    runs: tuple[tuple[int, ...], ...]
    codes: tuple[str | None, ...]
    candidates: tuple[str, ...] = ()


class Script:
    """Turns readings into lines, and lines into windows, with one tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """`tokenizer` has the `MARKERS` among its special tokens; it is told to take them for text where text has them."""
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        self.ids: dict[str, int] = {}
        for names in (*((marker,) for marker in MARKERS), *_USUAL):
            known = [id for name in names if (id := tokenizer.token_to_id(name)) is not None]
            if not known:
                raise ValueError(f"the tokenizer has no {' or '.join(names)}: expected one of the BERT or RoBERTa kind")
            self.ids[names[0]] = known[0]

    def save(self, path: Path) -> None:
        """Write the tokenizer, markers included."""
        self._tokenizer.save(str(path))

    def windows_of(self, draft: Draft) -> Iterator[Window]:
        """The windows that together answer for every body paragraph of an article once."""
        return self.windows(*self.lines(draft))

    def lines(self, draft: Draft) -> tuple[Line | None, tuple[Line, ...]]:
        """The title and body paragraphs of an article, each with the candidates met in it or alive from before."""
        title, body, home = draft.title, draft.body, draft.home
        memory = Memory(home)
        drafts: list[tuple[list[tuple[str | None, str]], tuple[str, ...]]] = []
        if title:
            drafts.append((list(_pieces(title, memory)), ()))
            memory.read_title(title)
        for reading in body:
            drafts.append((list(_pieces(reading, memory)), tuple(memory.candidates(reading))))
            memory.take(reading, {})
        texts = [text for pieces, _ in drafts for code, text in pieces if code is None]
        encoded = iter(self._tokenizer.encode_batch(texts, add_special_tokens=False))
        lines = []
        for pieces, candidates in drafts:
            runs: list[tuple[int, ...]] = []
            codes: list[str | None] = []
            for code, text in pieces:
                if code is None:
                    runs.append(tuple(next(encoded).ids))
                    codes.append(None)
                elif code == home:
                    runs.append((self.ids["⟦home⟧"], *(self.ids[f"⟦{form}⟧"] for form in text.split())))
                    codes.append(None)
                else:
                    runs.append(tuple(self.ids[f"⟦{form}⟧"] for form in text.split()))
                    codes.append(code)
            lines.append(Line(tuple(runs), tuple(codes), candidates))
        return (lines[0], tuple(lines[1:])) if title else (None, tuple(lines))

    def windows(self, title: Line | None, body: Sequence[Line]) -> Iterator[Window]:
        """Windows that together answer for every paragraph once; later ones repeat the lede and the latest paragraphs."""
        start = 0
        while start < len(body):
            shown = _context(body, start)
            room = LENGTH - (min(_length(title), TITLE) + 2 if title else 0)
            room -= sum(_cost(body[i], REPEATED) for i in shown)
            stop = start
            while stop < len(body) and (stop == start or _cost(body[stop]) <= room):
                room -= _cost(body[stop])
                stop += 1
            yield self._window(title, body, [*shown, *range(start, stop)], start)
            start = stop

    def _window(self, title: Line | None, body: Sequence[Line], indexes: Sequence[int], start: int) -> Window:
        begin, read, end = self.ids["<s>"], self.ids["⟦read⟧"], self.ids["</s>"]
        slots: dict[str, int] = {}

        def slot(code: str) -> int:
            return self.ids[MARKERS[slots.setdefault(code, len(slots)) % SLOTS]]

        def words(line: Line, most: int) -> list[int]:
            found: list[int] = []
            for run, code in zip(line.runs, line.codes, strict=True):
                if code is not None:
                    found.append(slot(code))
                found += run
            return found[:most]

        tokens: list[int] = []
        segments: list[int] = []
        paragraphs: list[tuple[int, int]] = []
        candidates: list[tuple[int, str, int, int]] = []
        if title:
            tokens = [begin, *words(title, TITLE), end]
            segments = [0] * len(tokens)
        for segment, index in enumerate(indexes, 1):
            line, repeated = body[index], index < start
            spoken = [read, *words(line, REPEATED if repeated else PARAGRAPH), end]
            if not repeated:
                paragraphs.append((index, len(tokens)))
                candidates += [(index, code, segment, slot(code)) for code in line.candidates]
            tokens += spoken
            segments += [segment] * len(spoken)
        return Window(tuple(tokens), tuple(segments), tuple(paragraphs), tuple(candidates))


def _context(body: Sequence[Line], start: int) -> list[int]:
    """The paragraphs before `start` that a window begins with: the lede, and as many of the latest as there is room."""
    if not start:
        return []
    room = CONTEXT - _cost(body[0], REPEATED)
    latest: list[int] = []
    for index in range(start - 1, 0, -1):
        room -= _cost(body[index], REPEATED)
        if room < 0 and latest:
            break
        latest.append(index)
    return [0, *reversed(latest)]


def _length(line: Line) -> int:
    return sum(len(run) + (code is not None) for run, code in zip(line.runs, line.codes, strict=True))


def _cost(line: Line, most: int = PARAGRAPH) -> int:
    return min(_length(line), most) + 2


def _pieces(reading: Reading, memory: Memory) -> Iterator[tuple[str | None, str]]:
    """(None, text) for words as they stand, (code, forms) for what a slot replaces or announces."""
    text = reading.text
    marks: list[tuple[int, int, str, str]] = []
    for m in reading.mentions:
        form: str = "body" if m.code in BODIES else "" if m.form == "name" else m.form
        keep = m.code in BODIES or m.form in ("seat", "institution")
        marks.append((m.start, m.start if keep else m.stop, m.code, form))
    ends = [m.stop for m in reading.mentions]  # in order, and apart
    last = -9
    for code, start, stop in memory.persons_in(text):
        if start - last > 1:
            behind = bisect_right(ends, start)  # the first that does not end before the name
            if behind == len(ends) or reading.mentions[behind].start >= stop:
                marks.append((start, start, code, "person"))
        last = stop
    cursor = 0
    for start, stop, code, form in sorted(marks):
        if start < cursor:
            continue
        if words := text[cursor:start].strip():
            yield None, words
        yield code, form
        cursor = stop
    if words := text[cursor:].strip():
        yield None, words
