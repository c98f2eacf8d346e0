"""The page of labelled output: what was counted, drawn and to be read."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from communique.dates import month_of
from communique.report import charts
from communique.report.names import domain_name, partner_name, strings
from communique.report.page import Page, check_extra, shown
from communique.report.summary import ANY, NO_DOMAIN, Excerpt, Summary


def labels_page(summary: Summary, *, lang: str = "en", source: str = "") -> str:
    """The page of a summary as HTML; `source` names what was counted.

    Raises `MissingExtraError` where the packages of the report extra are not installed, `CommuniqueError` on a language
    that the pages do not have.
    """
    check_extra()
    words = strings(lang)
    page = Page(
        "labels",
        lang=lang,
        values={"source": source, "models": ", ".join(summary.models), "total": summary.total},
        charts={
            "months": charts.months(words),
            "map": charts.world_map(words),
            "years": charts.years(words),
        },
        data=_data(summary, lang),
    )
    return page.render()


def _data(summary: Summary, lang: str) -> dict[str, Any]:
    """What the script of the page counts with.

    cells: `[domain, partner, [month, paragraphs, articles, review, …]]` each, where domain, partner and month are places in
    the lists of these names, and place 0 of the first two stands for any.
    """
    domains = (*summary.domains, NO_DOMAIN)
    domain_at = {domain: k for k, domain in enumerate((ANY, *domains))}
    partner_at = {code: k for k, code in enumerate((ANY, *summary.partners))}
    months = sorted({cell.month for cell in summary.cells})
    month_at = {month: k for k, month in enumerate(months)}
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for cell, count in summary.cells.items():
        counts = cells[domain_at[cell.domain], partner_at[cell.partner]]
        counts += month_at[cell.month], count.paragraphs, count.articles, count.review
    total = summary.total
    return {
        "domains": [[domain, domain_name(domain, lang)] for domain in domains],
        "partners": [[code, partner_name(code, lang)] for code in summary.partners],
        "months": months,
        "cells": [[*key, counts] for key, counts in cells.items()],
        "flagged": [_excerpt(excerpt, lang) for excerpt in summary.flagged],
        "others": [_excerpt(excerpt, lang) for excerpt in summary.others],
        "all_flagged": total.review,
        "all_others": total.paragraphs - total.review,
    }


def _excerpt(excerpt: Excerpt, lang: str) -> dict[str, Any]:
    return {
        "article": excerpt.article,
        "title": excerpt.title,
        "date": excerpt.date,
        "month": month_of(excerpt.date),
        **shown(excerpt.paragraph, lang),
    }
