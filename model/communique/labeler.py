"""Article in, labelled article out. Knows no file and no format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, overload

from communique.codebook import check_home
from communique.domains.passage import Passage, passages
from communique.mentions.find import language_of, read_mentions
from communique.partners.resolve import Resolution, Task
from communique.reading.plain import read_text
from communique.records import Article, Draft, Evidence, LabeledArticle, LabeledParagraph, Paragraph, Reading, Role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from communique.bundle import Bundle
    from communique.encoder.model import EncoderScores

#: Articles that are judged together, and characters of them: enough to fill the arrays, few enough to stream. Some take a
#: transformer seconds.
BATCH, BATCH_OF_TRANSFORMER, CHARACTERS = 256, 16, 1_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the model says of one draft: domain probabilities, shape (n, 4), and the partners of each body paragraph."""

    domains: NDArray[np.float64]
    resolutions: tuple[Resolution, ...]


class Labeler:
    """Labels articles with a model, for one home country (an article's own `home` comes first)."""

    def __init__(self, bundle: Bundle, *, home: str = "VNM") -> None:
        self.bundle = bundle
        self.home = check_home(home)
        self.batch = BATCH_OF_TRANSFORMER if bundle.encoder else BATCH

    @overload
    def label(self, source: str | Article) -> LabeledArticle: ...  # type: ignore[overload-overlap]  # a str is one text
    @overload
    def label(self, source: Iterable[str | Article]) -> Iterator[LabeledArticle]: ...
    def label(self, source: str | Article | Iterable[str | Article]) -> LabeledArticle | Iterator[LabeledArticle]:
        """Label a text, an `Article`, or an iterable of either, which is streamed: results come in its order.

        A text is called by its place in the iterable, from 0: "article-0".
        """
        if isinstance(source, (str, Article)):
            return self.label_all([source])[0]
        return self._stream(source)

    def _stream(self, sources: Iterable[str | Article]) -> Iterator[LabeledArticle]:
        batch: list[Article] = []
        size = 0
        for place, source in enumerate(sources):
            article = _article(source, place)
            batch.append(article)
            size += len(article.raw)
            if len(batch) >= self.batch or size >= CHARACTERS:
                yield from self.label_all(batch)
                batch, size = [], 0
        if batch:
            yield from self.label_all(batch)

    def label_all(self, sources: Sequence[str | Article]) -> list[LabeledArticle]:
        """Label a batch of articles together, in memory."""
        articles = [_article(source, place) for place, source in enumerate(sources)]
        drafts = [read_draft(article, self.home) for article in articles]
        verdicts = self.judge(drafts)
        return [self._labeled(*each) for each in zip(articles, drafts, verdicts, strict=True)]

    def judge(self, drafts: Sequence[Draft]) -> list[Verdict]:
        """Score the domains and resolve the partners of each draft's body paragraphs."""
        domains = self.bundle.domains
        encoded = self.bundle.encoder.scores(drafts) if self.bundle.encoder else None
        passages = passages_of(drafts, encoded)
        first = domains.first_.predict_proba(passages)
        resolved = self.bundle.partners.predict(tasks_of(drafts, first, encoded))
        probabilities = domains.predict_proba(with_partners(passages, resolved), first=first)
        stops = accumulate(map(len, resolved))
        return [
            Verdict(probabilities[stop - len(found) : stop], tuple(found))
            for found, stop in zip(resolved, stops, strict=True)
        ]

    def _labeled(self, article: Article, draft: Draft, verdict: Verdict) -> LabeledArticle:
        labels, partner_threshold = self.bundle.labels, self.bundle.partners.threshold_
        thresholds: list[float] = self.bundle.domains.thresholds_.tolist()
        paragraphs = []
        body = iter(zip(draft.body, verdict.domains.tolist(), verdict.resolutions, strict=True))
        for index, paragraph in enumerate(article.paragraphs):
            if paragraph.kind != "body":
                paragraphs.append(
                    LabeledParagraph(index, paragraph.text, "boilerplate", paragraph.start, paragraph.stop)
                )
                continue
            reading, row, resolution = next(body)
            chosen = tuple([d for d, s, t in zip(labels, row, thresholds, strict=True) if s >= t])
            paragraphs.append(
                LabeledParagraph(
                    index=index,
                    text=paragraph.text,
                    kind="body",
                    start=paragraph.start,
                    stop=paragraph.stop,
                    domains=chosen,
                    partners=resolution.partners,
                    named=resolution.named,
                    domain_scores={d: round(s, 4) for d, s in zip(labels, row, strict=True)},
                    partner_scores=resolution.scores,
                    evidence=_evidence(article.raw, paragraph, reading, resolution, draft.home),
                    review=confidence(row, thresholds, resolution, partner_threshold) < self.bundle.review_below,
                )
            )
        return LabeledArticle(article.id, article.title, article.date, draft.home, self.bundle.name, tuple(paragraphs))


def _article(source: str | Article, place: int) -> Article:
    return read_text(source, id=f"article-{place}") if isinstance(source, str) else source


def read_draft(article: Article, home: str) -> Draft:
    """Find the mentions of an article's title and body paragraphs; its own home country comes before `home`."""
    home = article.home or home
    texts = [p.clean.text for p in article.paragraphs if p.kind == "body"]
    lang = language_of(" ".join(texts)[:4000])
    known: dict[str, None] = {home: None}

    def read(text: str) -> Reading:
        reading = read_mentions(text, lang=lang, known=known)
        known.update(dict.fromkeys(m.code for m in reading.mentions))
        return reading

    title = read(article.title) if article.title else None
    return Draft(home, title, tuple(read(text) for text in texts), lang)


def passages_of(drafts: Sequence[Draft], encoded: Sequence[EncoderScores] | None) -> list[Passage]:
    """The passages of all drafts one after the other, with a transformer's odds where there is one."""
    if encoded is None:
        return [p for draft in drafts for p in passages(draft)]
    return [p for draft, e in zip(drafts, encoded, strict=True) for p in passages(draft, e.domains.tolist())]


def with_partners(passages: Sequence[Passage], resolved: Iterable[Iterable[Resolution]]) -> list[Passage]:
    """The passages with the scores of their partners, as the second look takes them."""
    scores = (resolution.scores.values() for found in resolved for resolution in found)
    return [
        replace(passage, partners=(max(found, default=0.0), sum(found)))
        for passage, found in zip(passages, scores, strict=True)
    ]


def tasks_of(
    drafts: Sequence[Draft], probabilities: NDArray[np.float64], encoded: Sequence[EncoderScores] | None
) -> list[Task]:
    """The tasks of all drafts; `probabilities` has their body paragraphs one after the other, shape (n, 4)."""
    tasks = []
    at = 0
    for i, draft in enumerate(drafts):
        odds = encoded[i].partners if encoded is not None else None
        tasks.append(Task(draft, probabilities[at : at + len(draft.body)], odds))
        at += len(draft.body)
    return tasks


def confidence(
    scores: Iterable[float], thresholds: Iterable[float], resolution: Resolution, partner_threshold: float
) -> float:
    """How sure the model is of a paragraph's labels, in [0, 1].

    The probability that all its domains are right, times the root of that of its least sure partner: the product over all
    candidates would flag every paragraph with a long list, whatever its domains.
    """
    value = 1.0
    for score, threshold in zip(scores, thresholds, strict=True):
        value *= score if score >= threshold else 1 - score
    partners = [score if score >= partner_threshold else 1 - score for score in resolution.scores.values()]
    return float(value * min(partners, default=1.0) ** 0.5)


def _evidence(
    raw: str, paragraph: Paragraph, reading: Reading, resolution: Resolution, home: str
) -> tuple[Evidence, ...]:
    roles: Mapping[str, Role] = {
        **dict.fromkeys(resolution.partners, "carried"),
        **dict.fromkeys(resolution.named, "named"),
    }
    spans = [(m.code, roles.get(m.code, "mention"), m.start, m.stop) for m in reading.mentions if m.code != home]
    spans += [(code, "carried", start, stop) for code, start, stop in resolution.clues]
    found = []
    for code, role, clean_start, clean_stop in sorted(spans, key=itemgetter(2, 0)):
        start, stop = paragraph.clean.span(clean_start, clean_stop)
        found.append(Evidence(code, start, stop, raw[start:stop], role))
    return tuple(found)
