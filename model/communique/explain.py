"""What labels rest on: how the scores of a paragraph change when a phrase, the title, or what came before is left out.

Occlusion asks the model itself, whatever it is made of (Zeiler & Fergus 2014), so that the reasons are those of the scores.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from communique.labeler import Labeler, Verdict, read_draft
from communique.mentions.find import read_mentions
from communique.reading.plain import read_text
from communique.records import Article, Draft

#: A change of less than this, in log-odds, is no reason.
_LEAST = 0.25
#: Reasons for each label, the strongest first.
_MOST = 5
#: What is less likely than this needs no reasons on a page.
_POSSIBLE = 0.1
_PHRASE_END = re.compile(
    r"[,;:.!?()«»“”\"–—]+|\s(?=(?:à|au|aux|de|du|des|d['’]\w+|en|et|dans|pour|par|sur|avec|entre|qui|que|lors|le|la|les|"
    r"of|to|in|on|at|and|for|by|with|from|between|that|which|during|the)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Something the article says, and by how much a label's log-odds fall without it (negative: by how much they rise).

    what: words of the paragraph, or "(title)", "(paragraphs before)".
    """

    what: str
    change: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons for and against each label of one body paragraph.

    Domains and candidate partners are in the order of their scores, the strongest reasons first.
    """

    text: str
    domain_scores: Mapping[str, float]
    partner_scores: Mapping[str, float]
    domains: Mapping[str, tuple[Reason, ...]]
    partners: Mapping[str, tuple[Reason, ...]]

    def ranked(self) -> Iterator[tuple[str, float, tuple[Reason, ...]]]:
        """(label, score, reasons) of each domain and candidate partner that is not out of the question."""
        for scores, reasons in ((self.domain_scores, self.domains), (self.partner_scores, self.partners)):
            for label, score in scores.items():
                if score >= _POSSIBLE:
                    yield label, score, reasons[label]


def explain(labeler: Labeler, source: str | Article) -> Iterator[Explanation]:
    """An explanation for each body paragraph, in reading order.

    A paragraph is labelled once for each of its phrases, some twenty times, and each time with all that comes before it: the
    cost grows with the square of the article's length.
    """
    article = read_text(source) if isinstance(source, str) else source
    draft, labels = read_draft(article, labeler.home), labeler.bundle.labels
    for index, reading in enumerate(draft.body):
        whole = replace(draft, body=draft.body[: index + 1])
        variants = list(_variants(whole))
        verdicts = labeler.judge([whole, *(variant for _, variant in variants)])
        names = [name for name, _ in variants]
        base, without = verdicts[0], verdicts[1:]
        domains = dict(zip(labels, base.domains[-1].tolist(), strict=True))
        partners = base.resolutions[-1].scores
        yield Explanation(
            text=reading.text,
            domain_scores={d: round(domains[d], 4) for d in sorted(domains, key=lambda d: -domains[d])},
            partner_scores=partners,
            domains={
                d: _reasons(domains[d], names, [v.domains[-1][labels.index(d)] for v in without])
                for d in sorted(domains, key=lambda d: -domains[d])
            },
            partners={code: _reasons(score, names, _scores_of(code, without)) for code, score in partners.items()},
        )


def _scores_of(code: str, verdicts: Sequence[Verdict]) -> list[float]:
    """The scores of a candidate; where it is not even one any more, as good as none."""
    return [verdict.resolutions[-1].scores.get(code, 0.0) for verdict in verdicts]


def _variants(draft: Draft) -> Iterator[tuple[str, Draft]]:
    """The draft without a phrase of its last paragraph, one after the other; without its title; without what came before."""
    *before, last = draft.body
    # What is left is read as the whole was: in the article's language, with the codes met before.
    known = {draft.home, *(m.code for reading in (draft.title, *before) if reading for m in reading.mentions)}
    for start, stop in _phrases(last.text):
        rest = read_mentions(f"{last.text[:start]} {last.text[stop:]}", lang=draft.lang, known=known)
        yield last.text[start:stop], replace(draft, body=(*before, rest))
    if draft.title:
        yield "(title)", replace(draft, title=None)
    if before:
        yield "(paragraphs before)", replace(draft, body=(last,))


def _phrases(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in (*(m.start() for m in _PHRASE_END.finditer(text)), len(text)):
        phrase = text[start:end]
        if any(c.isalnum() for c in phrase):
            left = start + len(phrase) - len(phrase.lstrip(' ,;:.!?()«»“”"–—'))
            if len(text[left:end].split()) >= 2 or end == len(text):
                yield left, end
                start = end
        else:
            start = end


def _reasons(score: float, names: Sequence[str], without: Sequence[float]) -> tuple[Reason, ...]:
    changes = [round(_odds(score) - _odds(other), 2) for other in without]
    found = [Reason(name, change) for name, change in zip(names, changes, strict=True) if abs(change) >= _LEAST]
    return tuple(sorted(found, key=lambda reason: -abs(reason.change))[:_MOST])


def _odds(probability: float) -> float:
    clipped = min(max(float(probability), 1e-3), 1 - 1e-3)
    return math.log(clipped / (1 - clipped))
