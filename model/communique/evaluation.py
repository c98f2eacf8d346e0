"""Measure a labeler against coded articles, with the metrics of the field's practice, on body paragraphs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.codebook import DOMAINS
from communique.labeler import Labeler
from communique.reading.plain import read_paragraphs, read_text
from communique.records import Article, CodedArticle, Coding, LabeledArticle, LabeledParagraph

#: A predicted paragraph stands for a coded one if it covers this share of its characters.
_COVER = 0.5
_BINS = 10


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1, each in [0, 1], with what they are made of; `n` counts gold items."""

    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True, slots=True)
class LabelScore:
    """A domain's score, its average precision, and its expected calibration error over ten bins of equal width."""

    precision: float
    recall: float
    f1: float
    average_precision: float | None
    ece: float
    n: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one evaluation. F1 of partners, named, carried and pairs are micro, over sets of codes.

    n: coded body paragraphs. kind: F1 of boilerplate over all coded blocks; None where no article brought its raw text.
    """

    model: str
    articles: int
    n: int
    macro_f1: float
    micro_f1: float
    exact: float
    labels: Mapping[str, LabelScore]
    partners: Score
    named: Score
    carried: Score
    partners_exact: float
    pairs: Score
    kind: Score | None
    review: float
    exact_unflagged: float | None

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain dictionaries, for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Pair:
    """A coded paragraph beside what the model made of it; `found` is None where the model has no such paragraph."""

    article: str
    text: str
    gold: Coding
    gold_kind: str
    found: LabeledParagraph | None

    @property
    def predicted(self) -> Coding:
        """The model's labels: none at all for what it took for boilerplate or did not find."""
        if self.found is None or self.found.kind != "body":
            return Coding()
        return Coding(self.found.domains, self.found.partners, self.found.named)


def evaluate(labeler: Labeler, gold: Iterable[CodedArticle]) -> Evaluation:
    """Label the articles of `gold` and compare. Where an article has its raw `text`, the labeler parts it itself."""
    coded = list(gold)
    domains = labeler.bundle.labels
    labelled = labeler.label(_unlabelled(article) for article in coded)
    pairs = [pair for article, result in zip(coded, labelled, strict=True) for pair in aligned(article, result)]
    return measure(pairs, model=labeler.bundle.name, segmented=any(a.text is not None for a in coded), domains=domains)


def measure(pairs: Sequence[Pair], *, model: str, segmented: bool, domains: Sequence[str] = DOMAINS) -> Evaluation:
    """All figures over aligned paragraphs; `domains` is the label set of the model."""
    body = [p for p in pairs if p.gold_kind == "body"]
    gold = _matrix([p.gold.domains for p in body], domains)
    predicted = _matrix([p.predicted.domains for p in body], domains)
    scores = np.asarray(
        [[(p.found.domain_scores if p.found else {}).get(d, 0.0) for d in domains] for p in body], dtype=float
    ).reshape(len(body), len(domains))
    labels = {d: _label_score(gold[:, k], predicted[:, k], scores[:, k]) for k, d in enumerate(domains)}
    right = (gold == predicted).all(axis=1)
    flagged = np.asarray([bool(p.found and p.found.review) for p in body], dtype=bool)
    return Evaluation(
        model=model,
        articles=len({p.article for p in pairs}),
        n=len(body),
        macro_f1=float(np.mean([s.f1 for s in labels.values()])),
        micro_f1=_score(int((gold & predicted).sum()), int(predicted.sum()), int(gold.sum())).f1,
        exact=_mean(right),
        labels=labels,
        partners=_sets(body, lambda c: set(c.partners)),
        named=_sets(body, lambda c: set(c.named)),
        carried=_sets(body, lambda c: set(c.partners) - set(c.named)),
        partners_exact=_mean(np.asarray([set(p.gold.partners) == set(p.predicted.partners) for p in body])),
        pairs=_sets(body, lambda c: {(d, code) for d in c.domains for code in c.partners}),
        kind=_kind(pairs) if segmented else None,
        review=_mean(flagged),
        exact_unflagged=_mean(right[~flagged]) if (~flagged).any() else None,
    )


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
        pairs.append(Pair(coded.id, paragraph.text, paragraph.coding, paragraph.kind, found))
    return pairs


def _contained(wanted: str, squeezed: Sequence[str], paragraphs: Sequence[LabeledParagraph]) -> LabeledParagraph | None:
    """The longest labelled paragraph that lies whole inside a coded one ("date 2025-10-28 Le 47e Sommet …")."""
    inside = [(len(s), i) for i, s in enumerate(squeezed) if s and s in wanted and len(s) >= _COVER * len(wanted)]
    return paragraphs[max(inside)[1]] if inside else None


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _matrix(sets: Sequence[Sequence[str]], domains: Sequence[str]) -> NDArray[np.int_]:
    return np.asarray([[int(d in s) for d in domains] for s in sets], dtype=int).reshape(len(sets), len(domains))


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else 0.0


def _score(hits: int, predicted: int, gold: int) -> Score:
    return Score(
        precision=hits / predicted if predicted else 0.0,
        recall=hits / gold if gold else 0.0,
        f1=2 * hits / (predicted + gold) if predicted + gold else 0.0,
        n=gold,
    )


def _sets(pairs: Sequence[Pair], pick: Callable[[Coding], set[Any]]) -> Score:
    hits = predicted = gold = 0
    for pair in pairs:
        expected, got = pick(pair.gold), pick(pair.predicted)
        hits += len(expected & got)
        predicted += len(got)
        gold += len(expected)
    return _score(hits, predicted, gold)


def _kind(pairs: Sequence[Pair]) -> Score:
    gold = [p.gold_kind == "boilerplate" for p in pairs]
    got = [p.found is not None and p.found.kind == "boilerplate" for p in pairs]
    return _score(sum(g and f for g, f in zip(gold, got, strict=True)), sum(got), sum(gold))


def _label_score(gold: NDArray[np.int_], predicted: NDArray[np.int_], scores: NDArray[np.float64]) -> LabelScore:
    from sklearn.metrics import average_precision_score

    base = _score(int((gold & predicted).sum()), int(predicted.sum()), int(gold.sum()))
    average = float(average_precision_score(gold, scores)) if gold.any() else None
    return LabelScore(base.precision, base.recall, base.f1, average, calibration_error(gold, scores), base.n)


def calibration_error(gold: NDArray[np.int_], scores: NDArray[np.float64], *, bins: int = _BINS) -> float:
    """Expected calibration error: mean gap between score and share of positives, over `bins` of equal width."""
    if not len(gold):
        return 0.0
    index = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = [
        abs(scores[index == b].mean() - gold[index == b].mean()) * (index == b).sum()
        for b in range(bins)
        if (index == b).any()
    ]
    return float(sum(gaps) / len(gold))
