"""`communique report`: labelled output as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    labels: Annotated[
        Path, typer.Argument(help="What predict wrote: JSON lines (.gz, .zst) or Parquet.", metavar="LABELS")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The HTML file to write. Default: LABELS with .html.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the page: en or fr.")] = "en",
    csv: Annotated[Path | None, typer.Option(help="Write the tables as CSV files into this folder too.")] = None,
) -> None:
    """Show labels as one HTML page: partners, domains, time line, map, paragraphs to review (needs the report extra)."""
    from communique import summary
    from communique.cli.files import check_target, write_whole
    from communique.report.labels import labels_page
    from communique.report.names import LANGUAGES

    if lang not in LANGUAGES:
        raise typer.BadParameter(f"expected one of {', '.join(LANGUAGES)}, got {lang!r}", param_hint="--lang")
    target = output or labels.with_name(labels.name.partition(".")[0] + ".html")
    check_target(target)
    counted = summary(labels)
    write_whole(target, labels_page(counted, lang=lang, source=labels.name))
    if csv is not None:
        csv.mkdir(parents=True, exist_ok=True)
        for name, frame in counted.frames().items():
            frame.to_csv(csv / f"{name}.csv", index=False)
    total = counted.total
    typer.echo(f"{total.paragraphs:,} paragraphs of {total.articles:,} articles → {target}", err=True)
