"""What a training run measures on articles it holds out: for the card, not for choosing anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.evaluation import Evaluation, Pair, calibration_curve, calibration_error, measure
from communique.labeler import confidence
from communique.partners.resolve import Resolution
from communique.records import CodedArticle, LabeledParagraph

#: Homes are left out in so many groups, the most frequent home being one by itself.
HOME_GROUPS = 5
_SHORT, _LONG = 25, 60  # words
NO_DOMAIN = "no domain"  # the slice of paragraphs coded without one


def held_out_pairs(
    articles: Sequence[CodedArticle],
    domains: NDArray[np.float64],
    partners: Sequence[Sequence[Resolution]],
    *,
    thresholds: Mapping[str, Any],
    review_below: float,
) -> list[Pair]:
    """Each coded body paragraph beside the labels it got while its article was held out.

    domains: probabilities, shape (n, k). partners: the resolutions of each article. thresholds: as in the manifest.
    """
    pairs = []
    rows = iter(domains)
    labels, limits = list(thresholds["domains"]), list(thresholds["domains"].values())
    for article, resolved in zip(articles, partners, strict=True):
        body = [p for p in article.paragraphs if p.kind == "body"]
        for index, (paragraph, resolution) in enumerate(zip(body, resolved, strict=True)):
            row = next(rows)
            codes = tuple(c for c, score in resolution.scores.items() if score >= thresholds["partners"])
            found = LabeledParagraph(
                index=index, text=paragraph.text, kind="body", start=0, stop=len(paragraph.text),
                domains=tuple(d for d, score, limit in zip(labels, row, limits, strict=True) if score >= limit),
                partners=codes, named=tuple(c for c in codes if c in resolution.named),
                domain_scores=dict(zip(labels, row.tolist(), strict=True)), partner_scores=resolution.scores,
                review=confidence(row, limits, resolution, thresholds["partners"]) < review_below,
            )  # fmt: skip
            pairs.append(Pair(article.id, paragraph.text, paragraph.coding, "body", found))
    return pairs


def scores(pairs: Sequence[Pair], articles: Sequence[CodedArticle], labels: Sequence[str]) -> dict[str, Any]:
    """All figures over held-out paragraphs, by slice too, with the bins of their calibration."""
    whole = measure(pairs, model="held out", segmented=False, domains=labels)
    return {
        **figures(whole),
        "labels": {name: _rounded(asdict(score)) for name, score in whole.labels.items()},
        "calibration": {
            "domains": _bins(
                [(p.found.domain_scores[d], d in p.gold.domains) for p in pairs if p.found for d in labels]
            ),
            "partners": _bins(
                [(s, c in p.gold.partners) for p in pairs if p.found for c, s in p.found.partner_scores.items()]
            ),
        },
        "review": {
            "flagged": round(whole.review, 4),
            "exact": round(whole.exact, 4),
            "exact_unflagged": round(whole.exact_unflagged or 0.0, 4),
        },
        "slices": {
            name: figures(measure(part, model="", segmented=False, domains=labels))
            for name, part in _slices(pairs, articles)
        },
    }


def figures(result: Evaluation) -> dict[str, Any]:
    """The main figures of an evaluation, with n."""
    return {
        "n": result.n,
        "domains_macro_f1": round(result.macro_f1, 4),
        "domains_exact": round(result.exact, 4),
        "partners_f1": round(result.partners.f1, 4),
        "named_f1": round(result.named.f1, 4),
        "carried_f1": round(result.carried.f1, 4),
        "pairs_f1": round(result.pairs.f1, 4),
    }


def home_groups(articles: Sequence[CodedArticle]) -> dict[str, str]:
    """Home country to group: the most frequent one is a group by itself, the others are dealt out by their frequency."""
    ranked = [home for home, _ in Counter(sorted(a.home for a in articles)).most_common()]
    names = {home: home if k == 0 else f"others {(k - 1) % (HOME_GROUPS - 1) + 1}" for k, home in enumerate(ranked)}
    return names if len(ranked) >= HOME_GROUPS else {home: home for home in ranked}


def _slices(pairs: Sequence[Pair], articles: Sequence[CodedArticle]) -> list[tuple[str, list[Pair]]]:
    by_id = {article.id: article for article in articles}
    most = Counter(sorted(a.home for a in articles)).most_common(1)[0][0]
    kinds: dict[str, Callable[[Pair], bool]] = {
        f"home {most}": lambda p: by_id[p.article].home == most,
        "other homes": lambda p: by_id[p.article].home != most,
        **{f"language {lang}": _of_language(by_id, lang) for lang in sorted({a.lang for a in articles if a.lang})},
        f"up to {_SHORT} words": lambda p: len(p.text.split()) <= _SHORT,
        f"over {_LONG} words": lambda p: len(p.text.split()) > _LONG,
        "several partners": lambda p: len(p.gold.partners) > 1,
        "several domains": lambda p: len(p.gold.domains) > 1,
        NO_DOMAIN: lambda p: not p.gold.domains,
    }
    parts = [(name, [p for p in pairs if belongs(p)]) for name, belongs in kinds.items()]
    return [(name, part) for name, part in parts if part]


def _of_language(articles: Mapping[str, CodedArticle], lang: str) -> Callable[[Pair], bool]:
    return lambda p: articles[p.article].lang == lang


def _bins(scored: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """Expected calibration error, and for each bin that is not empty its lower edge, n, mean score and share of hits."""
    if not scored:
        return {"ece": 0.0, "bins": []}
    values, hits = np.asarray([s for s, _ in scored]), np.asarray([h for _, h in scored], dtype=float)
    bins = [[b.low, b.n, round(b.score, 4), round(b.share, 4)] for b in calibration_curve(hits, values)]
    return {"ece": round(calibration_error(hits, values), 4), "bins": bins}


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}
