"""The metrics, each over many samples of articles at once.

Almost all of them are made of counts that add up over articles: they are counted once, and a sample is a product with how
often each article was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from communique.evaluation.align import Pair
from communique.evaluation.bootstrap import Metric, Values, Weights
from communique.evaluation.curves import BINS, bin_of, ratio
from communique.records import Coding

#: The metrics that slices and comparisons show.
MAIN = (
    "domains.macro_f1",
    "domains.micro_f1",
    "domains.exact",
    "partners.f1",
    "partners.exact",
    "named.f1",
    "carried.f1",
    "pairs.f1",
    "kind.f1",
)

#: What is compared as sets of codes, by paragraph.
_SETS: Mapping[str, Callable[[Coding], set[Any]]] = {
    "partners": lambda c: set(c.partners),
    "named": lambda c: set(c.named),
    "carried": lambda c: set(c.partners) - set(c.named),
    "pairs": lambda c: {(domain, code) for domain in c.domains for code in c.partners},
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What the metrics are made of. The first axis of each array is articles, or samples of them: a.

    paragraphs: (a,) of the body. right, partners_right: (a,) those with exactly the coded domains, partners. unflagged,
    unflagged_right: (a,) those not flagged for review, and those of them with the coded domains. domains: (a, k, 3), sets:
    (a, 4, 3), kind: (a, 3) hits, predicted and gold items. gaps: (a, k, bins) score minus truth, summed over each bin.
    """

    paragraphs: Values
    right: Values
    partners_right: Values
    unflagged: Values
    unflagged_right: Values
    domains: Values
    sets: Values
    kind: Values
    gaps: Values

    def summed(self, weights: Weights) -> Counts:
        """The counts of samples in which each article stands as often as `weights`, (samples, articles), say."""
        return Counts(*(np.tensordot(weights, getattr(self, field.name), axes=1) for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Observations:
    """Aligned paragraphs as arrays: n coded body paragraphs, k domains, `labels` in their order.

    gold: (n, k) of 0 and 1. scores: (n, k) in [0, 1]. article: (n,) which of `articles` a paragraph is of. segmented: whether
    any article was parted by the model, so that its boilerplate is a finding.
    """

    labels: tuple[str, ...]
    gold: NDArray[np.int_]
    scores: Values
    article: NDArray[np.intp]
    articles: int
    counts: Counts
    segmented: bool


def observe(pairs: Sequence[Pair], labels: Sequence[str], *, segmented: bool) -> Observations:
    """Count what the metrics need. A paragraph that the model did not find has scores of 0."""
    ids = {id: i for i, id in enumerate(dict.fromkeys(p.article for p in pairs))}
    body = [p for p in pairs if p.gold_kind == "body"]
    article = np.asarray([ids[p.article] for p in body], dtype=np.intp)
    gold = _matrix([p.gold.domains for p in body], labels)
    predicted = _matrix([p.predicted.domains for p in body], labels)
    scores = np.asarray(
        [[(p.found.domain_scores if p.found else {}).get(d, 0.0) for d in labels] for p in body], dtype=float
    ).reshape(len(body), len(labels))
    right = (gold == predicted).all(axis=1)
    unflagged = np.asarray([not (p.found and p.found.review) for p in body], dtype=bool)
    sets = [[_hits(pick(p.gold), pick(p.predicted)) for pick in _SETS.values()] for p in body]
    parted = [p for p in pairs if p.parted]
    kind = [_hits(_boilerplate(p.gold_kind), _boilerplate(p.found.kind if p.found else None)) for p in parted]

    def by_article(values: NDArray[Any]) -> Values:
        return _summed_by(article, values, len(ids))

    counts = Counts(
        paragraphs=by_article(np.ones(len(body))),
        right=by_article(right),
        partners_right=by_article(
            np.asarray([set(p.gold.partners) == set(p.predicted.partners) for p in body], dtype=bool)
        ),
        unflagged=by_article(unflagged),
        unflagged_right=by_article(unflagged & right),
        domains=by_article(np.stack([gold & predicted, predicted, gold], axis=-1)),
        sets=by_article(np.asarray(sets).reshape(len(body), len(_SETS), 3)),
        kind=_summed_by(
            np.asarray([ids[p.article] for p in parted], dtype=np.intp), np.asarray(kind).reshape(-1, 3), len(ids)
        ),
        gaps=by_article(np.eye(BINS)[bin_of(scores)] * (scores - gold)[..., None]),
    )
    return Observations(
        tuple(labels), gold, scores, article, len(ids), counts, segmented and (bool(parted) or not pairs)
    )


def metrics(observed: Observations, weights: Weights) -> dict[str, Metric]:
    """Every metric by its name, over the samples of `weights`, shape (s, articles)."""
    found = count_metrics(observed, weights)
    by_paragraph = weights[:, observed.article]
    for k, label in enumerate(observed.labels):
        average = average_precision(observed.gold[:, k], observed.scores[:, k], by_paragraph)
        found[f"domains.{label}.average_precision"] = Metric(average, found[f"domains.{label}.f1"].n)
    return found


def count_metrics(observed: Observations, weights: Weights) -> dict[str, Metric]:
    """The metrics that are made of counts: all but average precision, which needs every score."""
    c = observed.counts.summed(weights)
    n = c.paragraphs
    found = {
        "domains.macro_f1": Metric(_f1(c.domains).mean(axis=-1), n),
        "domains.micro_f1": Metric(_f1(c.domains.sum(axis=1)), n),
        "domains.exact": Metric(ratio(c.right, n), n),
        "partners.exact": Metric(ratio(c.partners_right, n), n),
        "review.flagged": Metric(ratio(n - c.unflagged, n), n),
        "review.exact_unflagged": Metric(ratio(c.unflagged_right, c.unflagged, empty=np.nan), c.unflagged),
    }
    for k, label in enumerate(observed.labels):
        found |= _scores(f"domains.{label}", c.domains[:, k])
        found[f"domains.{label}.ece"] = Metric(ratio(np.abs(c.gaps[:, k]).sum(axis=-1), n), n)
    for k, name in enumerate(_SETS):
        found |= _scores(name, c.sets[:, k])
    kind = _scores("kind", c.kind)
    if not observed.segmented:
        kind = {name: Metric(np.full_like(m.values, np.nan), np.zeros_like(m.n)) for name, m in kind.items()}
    return found | kind


def main_metrics(observed: Observations, weights: Weights) -> dict[str, Metric]:
    """The metrics of `MAIN`, in its order."""
    found = count_metrics(observed, weights)
    return {name: found[name] for name in MAIN}


def average_precision(gold: NDArray[np.int_], scores: Values, weights: Weights) -> Values:
    """Average precision, AP = sum of (R_k - R_(k-1)) P_k over the distinct scores from the highest down, shape (s,).

    gold, scores: (n,). weights: (s, n). NaN where a sample has no positives. The definition is scikit-learn's
    `average_precision_score`.
    """
    if not len(scores):
        return np.full(len(weights), np.nan)
    order = np.argsort(-scores, kind="stable")
    last_of_equals = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    drawn = weights[:, order]
    above = np.cumsum(drawn, axis=1)[:, last_of_equals]
    hits = np.cumsum(drawn * gold[order], axis=1)[:, last_of_equals]
    gained = np.diff(hits, axis=1, prepend=0.0)
    return ratio((ratio(hits, above) * gained).sum(axis=1), hits[:, -1], empty=np.nan)


def _scores(name: str, counts: Values) -> dict[str, Metric]:
    """Precision, recall and F1 from hits, predicted and gold items, shape (s, 3)."""
    hits, predicted, gold = np.moveaxis(counts, -1, 0)
    values = {"precision": ratio(hits, predicted), "recall": ratio(hits, gold), "f1": _f1(counts)}
    return {f"{name}.{part}": Metric(value, gold) for part, value in values.items()}


def _f1(counts: Values) -> Values:
    """F1 = 2 hits / (predicted + gold), shape (…) from (…, 3); 0 where there is neither."""
    return ratio(2 * counts[..., 0], counts[..., 1] + counts[..., 2])


def _hits(gold: set[Any], predicted: set[Any]) -> tuple[int, int, int]:
    return len(gold & predicted), len(predicted), len(gold)


def _boilerplate(kind: str | None) -> set[str]:
    return {kind} if kind == "boilerplate" else set()


def _summed_by(index: NDArray[np.intp], values: NDArray[Any], size: int) -> Values:
    """The sums of the rows of `values`, (n, …), that have the same `index`, (n,): shape (size, …)."""
    sums = np.zeros((size, *values.shape[1:]))
    np.add.at(sums, index, values)
    return sums


def _matrix(sets: Sequence[Sequence[str]], labels: Sequence[str]) -> NDArray[np.int_]:
    return np.asarray([[int(d in s) for d in labels] for s in sets], dtype=int).reshape(len(sets), len(labels))
