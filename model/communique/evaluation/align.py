"""Put what was coded beside what a labeler made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from communique.labeler import Labeler
from communique.reading.plain import read_paragraphs, read_text
from communique.records import Article, CodedArticle, Coding, LabeledArticle, LabeledParagraph

#: A predicted paragraph stands for a coded one if it covers this share of its characters.
_COVER = 0.5


@dataclass(frozen=True, slots=True)
class Pair:
    """A coded paragraph beside what the model made of it; `found` is None where the model has no such paragraph.

    parted: whether the model parted its article itself; else it was given the coded kind, and is not measured by it.
    """

    article: str
    text: str
    gold: Coding
    gold_kind: str
    found: LabeledParagraph | None
    parted: bool = True

    @property
    def predicted(self) -> Coding:
        """The model's labels: none at all for what it took for boilerplate or did not find."""
        if self.found is None or self.found.kind != "body":
            return Coding()
        return Coding(self.found.domains, self.found.partners, self.found.named)


def paired(labeler: Labeler, gold: Iterable[CodedArticle]) -> list[Pair]:
    """Label the articles of `gold` and align them. Where an article has its raw `text`, the labeler parts it itself."""
    coded = list(gold)
    labelled = labeler.label(_unlabelled(article) for article in coded)
    return [pair for article, result in zip(coded, labelled, strict=True) for pair in aligned(article, result)]


def _unlabelled(article: CodedArticle) -> Article:
    if article.text is not None:
        return read_text(article.text, id=article.id, title=article.title, home=article.home)
    return read_paragraphs(
        [(p.text, p.kind) for p in article.paragraphs], id=article.id, title=article.title, home=article.home
    )


def aligned(coded: CodedArticle, labelled: LabeledArticle) -> list[Pair]:
    """Put each coded paragraph beside the labelled one that covers most of it, by their places in the article.

    Places are found without regard to white space, in reading order; a paragraph printed twice is found twice.
    """
    squeezed_paragraphs = [_squeezed(p.text) for p in labelled.paragraphs]
    stream = "".join(squeezed_paragraphs)
    bounds = np.cumsum([0, *map(len, squeezed_paragraphs)])
    pairs = []
    cursor = 0
    for paragraph in coded.paragraphs:
        wanted = _squeezed(paragraph.text)
        at = stream.find(wanted, cursor)
        if at < 0:
            at = stream.find(wanted)
        found: LabeledParagraph | None = None
        if at >= 0 and wanted:
            cursor = at + len(wanted)
            covered = np.minimum(bounds[1:], cursor) - np.maximum(bounds[:-1], at)
            best = int(covered.argmax())
            if covered[best] >= _COVER * len(wanted):
                found = labelled.paragraphs[best]
        else:
            found = _contained(wanted, squeezed_paragraphs, labelled.paragraphs)
        pairs.append(Pair(coded.id, paragraph.text, paragraph.coding, paragraph.kind, found, coded.text is not None))
    return pairs


def _contained(wanted: str, squeezed: Sequence[str], paragraphs: Sequence[LabeledParagraph]) -> LabeledParagraph | None:
    """The longest labelled paragraph that lies whole inside a coded one ("date 2025-10-28 Le 47e Sommet …")."""
    inside = [(len(s), i) for i, s in enumerate(squeezed) if s and s in wanted and len(s) >= _COVER * len(wanted)]
    return paragraphs[max(inside)[1]] if inside else None


def _squeezed(text: str) -> str:
    return "".join(text.split())
