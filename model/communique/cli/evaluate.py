"""`communique evaluate`: measure a model on coded articles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique.errors import CommuniqueError
from communique.terminal import visible

if TYPE_CHECKING:
    from rich.table import Table

    from communique.evaluation import Comparison, Evaluation, Slice

#: Slices of fewer paragraphs say little, and are left to the JSON and the page.
_SMALL = 20


def evaluate(
    gold: Annotated[list[Path], typer.Argument(help="JSONL files of coded articles, or folders of them.")],
    model: Annotated[
        str, typer.Option(help="A model: accurate (the default), fast (for archives), a folder, or a Hub id.")
    ] = "default",
    against: Annotated[
        str | None, typer.Option(help="Another model, to compare with on the same articles by a paired bootstrap.")
    ] = None,
    samples: Annotated[
        int, typer.Option(min=1, help="Bootstrap samples of the articles, behind each interval.")
    ] = 1000,
    slices: Annotated[
        bool,
        typer.Option(
            "--slices", help="Show the figures by year, home, outlet, language, length and text too, also on the page."
        ),
    ] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures as JSON here.")] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--report",
            help="Write an HTML page here: the figures, calibration, and each error in its article (needs the report extra).",
        ),
    ] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the page: en (the default) or fr.")] = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC=VALUE", help="Exit with 1 where a metric, as the JSON names it, is lower. Repeatable."
        ),
    ] = None,
) -> None:
    """Measure a model against coded articles: domains, partners, pairs, boilerplate, with 95% intervals over articles."""
    from communique import load
    from communique.evaluation import evaluate as measure
    from communique.reading.coded import coded_files, read_coded
    from communique.writing import check_apart, check_writable, write_files

    _check_page(page, lang)
    for file in filter(None, (json_file, page)):
        check_writable(file)
        check_apart(file, coded_files(gold))
    labeler = load(model)
    floors = _floors(fail_under or [], labeler.bundle.labels)
    coded = read_coded(gold, domains=labeler.bundle.labels)
    result = measure(labeler, coded, against=load(against) if against else None, samples=samples)
    if json_file:
        write_files({json_file: (json.dumps(result.to_dict(), indent=2) + "\n").encode("utf-8")})
    if page:
        from communique.report.evaluation import evaluation_page

        source = ", ".join(path.resolve().name for path in gold)
        html = evaluation_page(result, coded, lang=lang or "en", source=source, slices=slices)
        write_files({page: html.encode("utf-8", errors="replace")})  # a lone surrogate has no UTF-8
        typer.echo(visible(f"{result.n:,} paragraphs of {result.articles:,} articles → {page}"), err=True)
    _show(result, slices=slices)
    if failed := _failed(result, floors):
        for line in failed:
            typer.echo(f"communique: {line}", err=True)
        raise typer.Exit(1)


def _check_page(page: Path | None, lang: str | None) -> None:
    """Find out before anything is labelled whether the page can be made."""
    from communique.report.names import LANGUAGES
    from communique.report.page import check_extra

    if lang is not None and page is None:
        raise typer.BadParameter("is the language of the page; add --report FILE", param_hint="--lang")
    if lang not in (None, *LANGUAGES):
        raise typer.BadParameter(f"expected one of {', '.join(LANGUAGES)}, got {lang!r}", param_hint="--lang")
    if page is not None:
        check_extra()


def _floors(options: Sequence[str], domains: Sequence[str]) -> list[tuple[str, float]]:
    """The metrics and values of `--fail-under`, checked before anything is labelled."""
    from communique.evaluation import measure

    # Of the errors and the flags, less is better.
    metrics = [
        name
        for name in measure([], model="", segmented=True, domains=domains).metrics
        if not name.endswith((".ece", ".flagged"))
    ]
    floors = []
    for option in options:
        name, _, value = option.rpartition("=")
        try:
            floor = float(value)
        except ValueError:
            floor = -1.0
        if not name or not 0 <= floor <= 1:
            raise CommuniqueError(f"--fail-under: expected METRIC=VALUE such as partners.f1=0.9, got {option!r}")
        if name not in metrics:
            raise CommuniqueError(f"--fail-under: unknown metric {name!r}: expected one of {', '.join(metrics)}")
        floors.append((name, floor))
    return floors


def _failed(result: Evaluation, floors: Sequence[tuple[str, float]]) -> list[str]:
    """A line for each metric that is lower than its floor; what could not be measured has not passed."""
    lines = []
    for name, floor in floors:
        value = result.metrics[name].value
        if value is None:
            lines.append(f"{name} cannot be measured on these articles, expected at least {floor:g}")
        elif value < floor:
            lines.append(f"{name} is {value:.4f}, expected at least {floor:g}")
    return lines


def _show(result: Evaluation, *, slices: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(
        f"model {visible(result.model)}: {result.articles} articles, {result.n} body paragraphs; in brackets 95% intervals from "
        f"{result.samples} samples of the articles"
    )
    console.print(_domains(result))
    console.print(_codes(result))
    review = result.metrics["review.flagged"].value or 0.0
    console.print(
        f"review: {review:.1%} of paragraphs flagged; exact match of the rest {result.metrics['review.exact_unflagged']}"
    )
    if result.comparison:
        console.print(_comparison(result.comparison, result.model))
    if slices:
        large = [s for s in result.slices if s.n >= _SMALL]
        console.print(_slices(large))
        if few := len(result.slices) - len(large):
            console.print(
                f"{few} more have fewer than {_SMALL} paragraphs; what --json and --report write has them too"
            )


def _domains(result: Evaluation) -> Table:
    table = _table("Domains", "domain", "P", "R", "F1", "AP", "ECE", "n")
    for label in result.domains:
        found = {
            part: result.metrics[f"domains.{label}.{part}"]
            for part in ("precision", "recall", "f1", "average_precision", "ece")
        }
        precision, recall, average, error = (
            _short(found[part].value) for part in ("precision", "recall", "average_precision", "ece")
        )
        table.add_row(label, precision, recall, str(found["f1"]), average, error, str(found["f1"].n))
    for name, title in (("macro_f1", "macro-F1"), ("micro_f1", "micro-F1"), ("exact", "exact match")):
        metric = result.metrics[f"domains.{name}"]
        table.add_row(title, "", "", str(metric), "", "", str(metric.n))
    return table


def _codes(result: Evaluation) -> Table:
    table = _table("Partners", "codes", "P", "R", "F1", "n")
    titles = {
        "partners": "partners", "named": "named", "carried": "carried",
        "pairs": "pairs (domain × partner)", "kind": "boilerplate (kind)",
    }  # fmt: skip
    for name, title in titles.items():
        precision, recall, f1 = (result.metrics[f"{name}.{part}"] for part in ("precision", "recall", "f1"))
        table.add_row(title, _short(precision.value), _short(recall.value), str(f1), str(f1.n))
    exact = result.metrics["partners.exact"]
    table.add_row("partners, exact match", "", "", str(exact), str(exact.n))
    return table


def _comparison(comparison: Comparison, model: str) -> Table:
    table = _table(visible(f"{model} against {comparison.other}"), "metric", "this", "other", "difference", "holds")
    for name, d in comparison.differences.items():
        interval = "" if d.low is None else f" ({d.low:+.3f} to {d.high:+.3f})"
        table.add_row(
            name, _short(d.value), _short(d.other), f"{d.difference:+.3f}{interval}", "yes" if d.holds else "no"
        )
    return table


def _slices(slices: Sequence[Slice]) -> Table:
    table = _table("Slices", "slice", "n", "domains, exact match", "partners, F1")
    by = ""
    for s in slices:
        if s.by != by:
            table.add_section()
            by = s.by
        table.add_row(
            visible(f"{s.by} {s.value}"), str(s.n), str(s.metrics["domains.exact"]), str(s.metrics["partners.f1"])
        )
    return table


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table

    return Table(*columns, title=title, title_justify="left")


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
