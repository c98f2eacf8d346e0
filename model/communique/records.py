"""The records that flow from an article to its labels. All are frozen; nothing is edited in place."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from communique.tables import dataset_of, pandas_of

if TYPE_CHECKING:
    import datasets
    import pandas

Kind: TypeAlias = Literal["body", "boilerplate"]

# A character with its combining marks, or one that normal form C replaces by itself (compatibility ideographs). No text
# has more than thirty marks on a letter (UAX #15, stream-safe text), and putting thousands in order is slow.
_UNCOMPOSED = re.compile(
    r"[^\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff][\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff]{1,30}|[^\x00-\u02ff]"
)

#: How a mention names its country or body.
Form: TypeAlias = Literal["name", "adjective", "capital", "seat", "institution", "region", "prefix"]

#: Why a code is, or is not, among a paragraph's partners.
Role: TypeAlias = Literal["named", "carried", "mention"]


@dataclass(frozen=True, slots=True)
class MappedText:
    """A text that remembers where each of its characters stands in the raw input.

    The map is a list of pieces. Piece k covers `text[at[k]:at[k + 1]]`; where `exact[k]` is true its characters
    stand one for one in the raw input from `raw[k]` on, otherwise the whole piece stands for `raw[k]:raw_stop[k]`
    (a mended word, or an inserted space, for which the two are equal). All positions are in code points.
    """

    text: str
    at: tuple[int, ...] = (0,)
    raw: tuple[int, ...] = (0,)
    raw_stop: tuple[int, ...] = (0,)
    exact: tuple[bool, ...] = (True,)

    @classmethod
    def of(cls, text: str, start: int = 0) -> MappedText:
        """`text` as it stands in the raw input from `start` on."""
        return cls(text, raw=(start,), raw_stop=(start + len(text),))

    @classmethod
    def of_pieces(cls, pieces: Iterable[tuple[str, int, int]]) -> MappedText:
        """The joined strings of `pieces`, each standing for a `[start, stop)` of the raw input."""
        parts: list[str] = []
        rows: list[tuple[int, int, int, bool]] = []
        length = 0
        for text, start, stop in pieces:
            if text:
                rows.append((length, start, stop, stop - start == len(text)))
                parts.append(text)
                length += len(text)
        return cls("".join(parts), *zip(*rows, strict=True)) if rows else cls("")

    def __len__(self) -> int:
        return len(self.text)

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """The `[start, stop)` of the raw input that `text[start:stop]` comes from."""
        if stop <= start:
            at = self._left(start)
            return at, at
        return self._left(start), self._right(stop)

    def _left(self, position: int) -> int:
        k = max(bisect_right(self.at, position) - 1, 0)
        return self.raw[k] + (position - self.at[k]) if self.exact[k] else self.raw[k]

    def _right(self, position: int) -> int:
        k = max(bisect_right(self.at, position - 1) - 1, 0)
        return self.raw[k] + (position - self.at[k]) if self.exact[k] else self.raw_stop[k]

    def _around(self, position: int) -> tuple[int, int]:
        """Where that stands which is inserted at `position`: in no place, but for a mended piece in all that this stands for."""
        left = self._left(position)
        return left, max(left, self._right(position)) if position else left

    def slice(self, start: int, stop: int) -> MappedText:
        """`text[start:stop]` with its map."""
        if self.exact == (True,) and start < stop:
            first = self.raw[0] + start - self.at[0]
            return MappedText(self.text[start:stop], (0,), (first,), (first + stop - start,), (True,))
        return self.edited([(0, start, ""), (stop, len(self.text), "")])

    def composed(self) -> MappedText:
        """The text in normal form C ("é" as one character), with its map."""
        if unicodedata.is_normalized("NFC", self.text):
            return self
        edits = [
            (m.start(), m.end(), new)
            for m in _UNCOMPOSED.finditer(self.text)
            if (new := unicodedata.normalize("NFC", m.group())) != m.group()
        ]
        return self.edited(edits)

    def edited(self, edits: Iterable[tuple[int, int, str]]) -> MappedText:
        """Replace each `text[start:stop]` by a new string; the edits are sorted and do not overlap."""
        parts: list[str] = []
        pieces: list[tuple[int, int, int, bool]] = []  # at, raw, raw_stop, exact
        length = cursor = 0

        def keep(start: int, stop: int) -> None:
            nonlocal length
            k = max(bisect_right(self.at, start) - 1, 0)
            while start < stop:
                end = min(stop, self.at[k + 1] if k + 1 < len(self.at) else len(self.text))
                if end > start:
                    if self.exact[k]:
                        at = self.raw[k] + (start - self.at[k])
                        pieces.append((length, at, at + (end - start), True))
                    else:
                        pieces.append((length, self.raw[k], self.raw_stop[k], False))
                    parts.append(self.text[start:end])
                    length += end - start
                start, k = end, k + 1

        for start, stop, new in edits:
            keep(cursor, start)
            if new:
                left, right = self.span(start, stop) if start < stop else self._around(start)
                pieces.append((length, left, right, False))
                parts.append(new)
                length += len(new)
            cursor = stop
        keep(cursor, len(self.text))
        if not pieces:
            at = self._left(cursor) if self.text else self.raw[0]
            return MappedText("", raw=(at,), raw_stop=(at,))
        starts, raws, stops, exacts = zip(*pieces, strict=True)
        return MappedText("".join(parts), starts, raws, stops, exacts)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One block of an article. `raw[start:stop]` is where it stands in the raw input, in code points.

    `text` is the block as it stands there, without markup; `clean` is what the model reads: glued words parted,
    broken characters mended, line breaks turned into spaces, with a map back to the raw input.
    """

    text: str
    kind: Kind
    start: int
    stop: int
    clean: MappedText


@dataclass(frozen=True, slots=True)
class Article:
    """An article as it was read. `raw` is the input that every `start` and `stop` points into."""

    id: str
    raw: str
    paragraphs: tuple[Paragraph, ...]
    title: str | None = None
    date: str | None = None  # ISO 8601 at the precision known: "2025-11-18", "2021-12", "2019"
    home: str | None = None  # ISO 3166-1 alpha-3; None: the labeler's


@dataclass(frozen=True, slots=True)
class Mention:
    """A country or body met in a text, at `text[start:stop]`."""

    code: str
    form: Form
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that say who acts or who is meant: an office ("ministre de la Défense"), an anaphor ("les deux pays").

    `name` is the field of an office, the type of an anaphor, or the number of a group, as the cue table has it.
    """

    type: str
    name: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in one text: mentions of countries and bodies, cues, and names of persons."""

    text: str
    mentions: tuple[Mention, ...] = ()
    cues: tuple[Cue, ...] = ()
    persons: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An article with everything found in it, before any judgement: one reading a body paragraph, in reading order.

    `lang` is the language it was read in ("fr" or "en"; None: it could not be told).
    """

    home: str
    title: Reading | None
    body: tuple[Reading, ...]
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for or against a partner: the words `surface`, at `raw[start:stop]`.

    `role` is "named" (the paragraph names the partner here), "carried" (a word here refers back to it), or
    "mention" (a country or body that is met here and is no partner).
    """

    code: str
    start: int
    stop: int
    surface: str
    role: Role


@dataclass(frozen=True, slots=True)
class LabeledParagraph:
    """A paragraph with its labels and the reasons for them. Scores are probabilities in [0, 1]."""

    index: int
    text: str
    kind: Kind
    start: int
    stop: int
    domains: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    domain_scores: Mapping[str, float] = field(default_factory=dict)
    partner_scores: Mapping[str, float] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    review: bool = False

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> LabeledParagraph:
        """The paragraph of a row that `communique predict` wrote. Raises `KeyError` where a column is missing."""
        return cls(
            index=row["paragraph"],
            text=row["text"],
            kind=row["kind"],
            start=row["start"],
            stop=row["stop"],
            domains=tuple(row["domains"]),
            partners=tuple(row["partners"]),
            named=tuple(row["named"]),
            domain_scores=dict(row["domain_scores"]),
            partner_scores=dict(row["partner_scores"]),
            evidence=tuple(
                Evidence(e["code"], e["start"], e["stop"], e["surface"], e["role"]) for e in row["evidence"]
            ),
            review=row["review"],
        )

    def segments(self) -> Iterator[tuple[str, tuple[Evidence, ...]]]:
        """The pieces of `text` in their order, each with the evidence that covers it; joined they are `text`.

        Evidence is looked for at its place first, then behind what came before it: in a web page markup stands between
        the words, so that places in the raw input are none in `text`. What is not found covers nothing.
        """
        spans: list[tuple[int, int, Evidence]] = []
        for e in filter(lambda e: e.surface, self.evidence):
            at = e.start - self.start
            if self.text[at : at + len(e.surface)] != e.surface:
                start, stop, before = spans[-1] if spans else (0, 0, e)
                at = self.text.find(e.surface, stop if e.start >= before.stop else start)
            if at >= 0:
                spans.append((at, at + len(e.surface), e))
        cuts = sorted({0, len(self.text), *(cut for start, stop, _ in spans for cut in (start, stop))})
        waiting = sorted(range(len(spans)), key=lambda k: spans[k][0], reverse=True)
        covering: list[int] = []  # what covers the piece, in the order of the evidence
        for start, stop in pairwise(cuts):
            covering = [k for k in covering if spans[k][1] > start]
            while waiting and spans[waiting[-1]][0] == start:
                insort(covering, waiting.pop())
            yield self.text[start:stop], tuple(spans[k][2] for k in covering)


@dataclass(frozen=True, slots=True)
class LabeledArticle:
    """An article with its labelled paragraphs, boilerplate among them, in reading order."""

    id: str
    title: str | None
    date: str | None
    home: str
    model: str
    paragraphs: tuple[LabeledParagraph, ...]

    @property
    def body(self) -> tuple[LabeledParagraph, ...]:
        """The paragraphs of the article itself, without boilerplate."""
        return tuple(p for p in self.paragraphs if p.kind == "body")

    def rows(self, *, keep_boilerplate: bool = False) -> Iterator[dict[str, Any]]:
        """The rows that `communique predict` writes, one a paragraph."""
        for p in self.paragraphs:
            if p.kind == "body" or keep_boilerplate:
                yield {
                    "article": self.id,
                    "paragraph": p.index,
                    "kind": p.kind,
                    "start": p.start,
                    "stop": p.stop,
                    "text": p.text,
                    "domains": list(p.domains),
                    "domain_scores": dict(p.domain_scores),
                    "partners": list(p.partners),
                    "partner_scores": dict(p.partner_scores),
                    "named": list(p.named),
                    "evidence": [
                        {"code": e.code, "start": e.start, "stop": e.stop, "surface": e.surface, "role": e.role}
                        for e in p.evidence
                    ],
                    "review": p.review,
                    "title": self.title,
                    "date": self.date,
                    "model": self.model,
                }

    def to_pandas(self, *, keep_boilerplate: bool = False) -> pandas.DataFrame:
        """The rows as a DataFrame; labels are lists, scores dicts. Raises `MissingExtraError` without pandas."""
        return pandas_of(self.rows(keep_boilerplate=keep_boilerplate))

    def to_dataset(self, *, keep_boilerplate: bool = False) -> datasets.Dataset:
        """The rows as a Hugging Face dataset. Raises `MissingExtraError` without the `datasets` package."""
        return dataset_of(self.rows(keep_boilerplate=keep_boilerplate))

    def _repr_html_(self) -> str:
        """How a notebook shows the article: body paragraphs with their labels, evidence marked, the rest counted."""
        shown = self.body[:_SHOWN]
        more = len(self.body) - len(shown)
        heading = " · ".join(escape(part) for part in (self.title or self.id, self.date, self.model) if part)
        return (
            f'<div style="max-width:50em"><p><b>{heading}</b></p>'
            + "".join(_paragraph_html(p) for p in shown)
            + (f"<p>… and {more} more paragraphs</p>" if more else "")
            + "</div>"
        )


#: Paragraphs that a notebook shows of an article.
_SHOWN = 20

#: How a notebook marks a piece of evidence; readable on light and dark ground.
_MARKS: Mapping[Role, str] = {
    "named": "background:#2a78d655;color:inherit",
    "carried": "background:#1baf7a55;color:inherit",
    "mention": "background:none;color:inherit;border-bottom:1px dotted",
}


def _paragraph_html(paragraph: LabeledParagraph) -> str:
    pieces = []
    for text, evidence in paragraph.segments():
        piece = escape(text)
        if evidence:
            reasons = escape(", ".join(f"{e.code} ({e.role})" for e in evidence))
            piece = f'<mark style="{_MARKS[evidence[0].role]}" title="{reasons}">{piece}</mark>'
        pieces.append(piece)
    codes = (code if code in paragraph.named else f"({code})" for code in paragraph.partners)
    labels = escape(" · ".join((*paragraph.domains, *codes)) or "–") + (" · review" if paragraph.review else "")
    return f"<p><small>{labels}</small><br>{''.join(pieces)}</p>"


@dataclass(frozen=True, slots=True)
class Coding:
    """What a coder, or a model, says of one paragraph."""

    domains: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodedParagraph:
    """A paragraph as a coder left it."""

    text: str
    kind: Kind
    coding: Coding


@dataclass(frozen=True, slots=True)
class CodedArticle:
    """An article as a coder left it. `text` is the raw article where it was kept; None is what was not written down."""

    id: str
    title: str | None
    paragraphs: tuple[CodedParagraph, ...]
    home: str = "VNM"
    lang: str | None = None
    date: str | None = None
    source: str | None = None
    text: str | None = None
