"""From aligned paragraphs to all figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from communique.codebook import DOMAINS
from communique.errors import CommuniqueError
from communique.evaluation.align import Pair, paired
from communique.evaluation.bootstrap import SAMPLES, estimates
from communique.evaluation.compare import compare
from communique.evaluation.curves import Curves, curves_of
from communique.evaluation.metrics import Observations, main_metrics, metrics, observe
from communique.evaluation.result import Comparison, Evaluation, Slice
from communique.evaluation.slices import slices_of
from communique.labeler import Labeler
from communique.records import CodedArticle


def evaluate(
    labeler: Labeler,
    gold: Iterable[CodedArticle],
    *,
    against: Labeler | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Evaluation:
    """Label the articles of `gold` and compare. Where an article has its raw `text`, the labeler parts it itself.

    against: another model of the same domains, to be compared on the same articles. samples: of articles, for intervals.

    Raises `CommuniqueError` where the two models have other domains, or `gold` is coded with one that they lack.
    """
    coded = list(gold)
    domains = labeler.bundle.labels
    for article in coded:
        if lacking := {d for p in article.paragraphs for d in p.coding.domains} - set(domains):
            raise CommuniqueError(
                f"{article.id}: coded with {', '.join(sorted(lacking))}, which {labeler.bundle.name} lacks; "
                f"its domains are {', '.join(domains)}"
            )
    if against and against.bundle.labels != domains:
        raise CommuniqueError(
            f"expected two models of the same domains, got {', '.join(domains)} in {labeler.bundle.name} "
            f"and {', '.join(against.bundle.labels)} in {against.bundle.name}; compare each with one of its own domains"
        )
    segmented = any(article.text is not None for article in coded)
    pairs = paired(labeler, coded)
    result = measure(
        pairs,
        model=labeler.bundle.name,
        segmented=segmented,
        domains=domains,
        articles=coded,
        samples=samples,
        seed=seed,
    )
    if against is None:
        return result
    differences = compare(
        pairs, paired(against, coded), segmented=segmented, domains=domains, samples=samples, seed=seed
    )
    return replace(result, comparison=Comparison(against.bundle.name, differences))


def measure(
    pairs: Sequence[Pair],
    *,
    model: str,
    segmented: bool,
    domains: Sequence[str] = DOMAINS,
    articles: Sequence[CodedArticle] = (),
    samples: int = 0,
    seed: int = 0,
) -> Evaluation:
    """All figures over aligned paragraphs.

    segmented: whether the model parted the articles itself. domains: the label set of the model. articles: those that the
    paragraphs are of, for slices; none without them. samples: of articles, for intervals; none without them.
    """
    observed = observe(pairs, domains, segmented=segmented)
    bootstrap = partial(estimates, samples=samples, seed=seed)
    slices = []
    for by, value, part in slices_of(pairs, articles) if articles else ():
        here = observe(part, domains, segmented=segmented)
        if len(here.gold):
            found = bootstrap(partial(main_metrics, here), here.articles)
            slices.append(Slice(by, value, here.articles, len(here.gold), found))
    return Evaluation(
        model=model,
        domains=tuple(domains),
        articles=observed.articles,
        n=len(observed.gold),
        samples=samples,
        metrics=bootstrap(partial(metrics, observed), observed.articles),
        curves=_curves(pairs, observed),
        slices=tuple(slices),
        paragraphs=tuple(pairs),
    )


def _curves(pairs: Sequence[Pair], observed: Observations) -> dict[str, Curves]:
    """Of each domain over the coded body paragraphs, and of partners over the candidates that have a score in them."""
    body = [p for p in pairs if p.gold_kind == "body"]
    candidates = [
        (score, code in p.gold.partners) for p in body if p.found for code, score in p.found.partner_scores.items()
    ]
    scores, right = np.asarray(candidates, dtype=float).reshape(-1, 2).T
    return {
        **{
            f"domains.{label}": curves_of(observed.gold[:, k], observed.scores[:, k])
            for k, label in enumerate(observed.labels)
        },
        "partners": curves_of(right, scores, positives=sum(len(set(p.gold.partners)) for p in body)),
    }
