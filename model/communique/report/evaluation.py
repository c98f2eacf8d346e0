"""The page of an evaluation: how right a model is, and each of its errors in its article."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from itertools import groupby
from random import Random
from typing import Any

from communique.errors import CommuniqueError
from communique.evaluation import Evaluation, Pair, confusion, count_errors, errors_of
from communique.evaluation.slices import outlet_of
from communique.records import CodedArticle, Coding, LabeledParagraph
from communique.report import charts
from communique.report.names import domain_name, language_name, partner_name, strings
from communique.report.page import Page, check_extra, json_size, marked

#: Bytes of articles that a page holds at most.
ROOM = 3_000_000

#: Partners that were not chosen are shown with their score from here on.
_LEAST_SCORE = 0.1


def evaluation_page(
    result: Evaluation, gold: Iterable[CodedArticle], *, lang: str = "en", source: str = "", slices: bool = False
) -> str:
    """The page of an evaluation as HTML.

    gold: the articles that were measured. source: names them. slices: whether the page has the slices.

    Of the articles with errors it holds as many as find room, drawn at random; its figures count everything. Raises
    `MissingExtraError` where the packages of the report extra are not installed, `CommuniqueError` on a language that the
    pages do not have.
    """
    check_extra()
    words = strings(lang)
    page = Page(
        "evaluation",
        lang=lang,
        values={"source": source, "slices": slices and result.slices, "comparison": result.comparison},
        charts={
            "calibration": charts.calibration(words),
            "curves": charts.precision_recall(words),
            "thresholds": charts.thresholds(words),
        },
        data={"source": source, **_figures(result, lang, slices=slices), **_errors(result, gold, lang)},
    )
    return page.render()


def _figures(result: Evaluation, lang: str, *, slices: bool) -> dict[str, Any]:
    confused = confusion(result.paragraphs, result.domains)
    return {
        "model": result.model,
        "articles": result.articles,
        "n": result.n,
        "samples": result.samples,
        "metrics": {name: astuple(estimate) for name, estimate in result.metrics.items()},
        "domains": [[domain, domain_name(domain, lang)] for domain in result.domains],
        "curves": {
            name: {
                "calibration": [astuple(one) for one in curves.calibration],
                "thresholds": [astuple(one) for one in curves.thresholds],
            }
            for name, curves in result.curves.items()
        },
        "slices": [
            {
                "by": part.by,
                "value": _slice_name(part.by, part.value, lang),
                "articles": part.articles,
                "n": part.n,
                "metrics": {name: astuple(estimate) for name, estimate in part.metrics.items()},
            }
            for part in (result.slices if slices else ())
        ],
        "comparison": result.comparison
        and {
            "other": result.comparison.other,
            "differences": [[name, *astuple(d)] for name, d in result.comparison.differences.items()],
        },
        "confusion": {
            "labels": [[label, domain_name(label, lang)] for label in confused.labels],
            "counts": confused.counts,
            "missed": confused.missed,
            "n": confused.n,
        },
        "kinds": [[kind, count.paragraphs, count.errors] for kind, count in count_errors(result.paragraphs).items()],
    }


def _slice_name(by: str, value: str, lang: str) -> str:
    if by == "home":
        return partner_name(value, lang)
    if by == "language":
        return language_name(value, lang)
    return strings(lang).get(f"slice.{by}:{value}", value)


def _errors(result: Evaluation, gold: Iterable[CodedArticle], lang: str) -> dict[str, Any]:
    """The articles with errors that find room, in their order, and how many there are in all."""
    by_id = {article.id: article for article in gold}
    wrong = []
    paragraphs = 0
    for id, group in groupby(result.paragraphs, key=lambda pair: pair.article):
        if id not in by_id:
            raise CommuniqueError(f"expected the articles that were measured; {id!r} is not among those given")
        pairs = list(group)
        if count := sum(bool(errors_of(pair)) for pair in pairs):
            wrong.append((by_id[id], pairs))
            paragraphs += count
    kept = {}
    room = ROOM
    for k in Random(0).sample(range(len(wrong)), len(wrong)):
        article = _article(*wrong[k], lang)
        if (size := json_size(article)) <= room:
            kept[k] = article
            room -= size
    codes = {code for _, pairs in (wrong[k] for k in kept) for pair in pairs for code in _codes(pair)}
    return {
        "texts": [kept[k] for k in sorted(kept)],
        "partners": [[code, partner_name(code, lang)] for code in sorted(codes)],
        "all_articles": len(wrong),
        "all_paragraphs": paragraphs,
    }


def _article(article: CodedArticle, pairs: Sequence[Pair], lang: str) -> dict[str, Any]:
    """An article once, with all its paragraphs: the script finds those with errors."""
    return {
        "id": article.id,
        "title": article.title,
        "date": article.date,
        "home": [article.home, partner_name(article.home, lang)],
        "language": [article.lang, language_name(article.lang, lang)] if article.lang else None,
        "outlet": outlet_of(article),
        "paragraphs": [_paragraph(pair, lang) for pair in pairs],
    }


def _paragraph(pair: Pair, lang: str) -> dict[str, Any]:
    """The coded text with the model's evidence in it, both codings, and what is wrong: `[kind, label]` each."""
    found = pair.found or LabeledParagraph(0, pair.text, "body", 0, 0)
    errors = errors_of(pair)
    return {
        "kinds": [pair.gold_kind, pair.found and pair.found.kind],
        "coded": _labels(pair.gold),
        "model": _labels(pair.predicted),
        "review": found.review,
        "errors": [[error.kind, error.label] for error in errors],
        "scores": _scores(found, pair.gold) if errors else [],
        **marked(replace(found, text=pair.text), lang),
    }


def _labels(coding: Coding) -> dict[str, Any]:
    return {"domains": coding.domains, "partners": [[code, code in coding.named] for code in coding.partners]}


def _scores(found: LabeledParagraph, gold: Coding) -> list[tuple[str, float]]:
    """Of all domains, and of the partners that were coded, chosen, or nearly so, the highest first."""
    ranked = sorted(found.partner_scores.items(), key=lambda item: -item[1])
    shown = {*gold.partners, *found.partners}
    partners = [(code, round(score, 4)) for code, score in ranked if code in shown or score >= _LEAST_SCORE]
    return [*found.domain_scores.items(), *partners]


def _codes(pair: Pair) -> set[str]:
    return {*pair.gold.partners, *pair.predicted.partners, *(pair.found.partner_scores if pair.found else ())}
