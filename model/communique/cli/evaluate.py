"""`communique evaluate`: measure a model on coded articles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from communique.evaluation import Evaluation, Score


def evaluate(
    gold: Annotated[list[Path], typer.Argument(help="JSONL files of coded articles, or folders of them.")],
    model: Annotated[str, typer.Option(help="A model by name (fast), a folder, or a Hub id.")] = "default",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON here.")] = None,
) -> None:
    """Measure a model against coded articles: domains, partners, pairs, boilerplate."""
    from communique import load
    from communique.evaluation import evaluate as measure
    from communique.reading.coded import read_coded

    labeler = load(model)
    result = measure(labeler, read_coded(gold, domains=labeler.bundle.labels))
    if json_file:
        json_file.write_text(json.dumps(result.to_dict(), indent=2) + "\n", encoding="utf-8")
    _show(result)


def _show(result: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"model {result.model}: {result.articles} articles, {result.n} body paragraphs")
    domains = Table("domain", "P", "R", "F1", "AP", "ECE", "n", title="Domains", title_justify="left")
    for name, s in result.labels.items():
        average = "–" if s.average_precision is None else f"{s.average_precision:.3f}"
        domains.add_row(name, f"{s.precision:.3f}", f"{s.recall:.3f}", f"{s.f1:.3f}", average, f"{s.ece:.3f}", str(s.n))
    domains.add_row("macro-F1", "", "", f"{result.macro_f1:.3f}", "", "", "", style="bold")
    domains.add_row("micro-F1", "", "", f"{result.micro_f1:.3f}", "", "", "")
    domains.add_row("exact match", "", "", f"{result.exact:.3f}", "", "", str(result.n))
    console.print(domains)
    codes = Table("codes", "P", "R", "F1", "n", title="Partners", title_justify="left")
    rows: list[tuple[str, Score | None]] = [
        ("partners", result.partners), ("named", result.named), ("carried", result.carried),
        ("pairs (domain × partner)", result.pairs), ("boilerplate (kind)", result.kind),
    ]  # fmt: skip
    for name, score in rows:
        if score:
            codes.add_row(name, f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}", str(score.n))
    codes.add_row("partners, exact match", "", "", f"{result.partners_exact:.3f}", str(result.n))
    console.print(codes)
    unflagged = "–" if result.exact_unflagged is None else f"{result.exact_unflagged:.3f}"
    console.print(f"review: {result.review:.1%} of paragraphs flagged; exact match of the rest {unflagged}")
