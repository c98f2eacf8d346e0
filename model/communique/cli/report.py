"""`communique report`: labelled output as a page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

#: What a name of labels ends in; what stands before it is the name.
_KNOWN = re.compile(r"(\.(jsonl|ndjson|csv|parquet))?(\.(gz|zst))?$", re.IGNORECASE)


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
    from communique.report.labels import labels_page
    from communique.report.names import LANGUAGES
    from communique.tables import defused
    from communique.terminal import visible
    from communique.writing import check_apart, check_writable, write_files

    if lang not in LANGUAGES:
        raise typer.BadParameter(f"expected one of {', '.join(LANGUAGES)}, got {lang!r}", param_hint="--lang")
    target = output or page_of(labels)
    for file in filter(None, (target, csv and csv / "partners.csv")):
        check_writable(file)
    check_apart(target, [labels])
    counted = summary(labels)
    page = labels_page(counted, lang=lang, source=labels.name)
    # A lone surrogate, as a broken input may hold, has no UTF-8
    files = {target: page.encode("utf-8", errors="replace")}
    if csv is not None:
        for name, frame in counted.frames().items():
            cells = frame.map(defused).rename(columns=defused)
            files[csv / f"{name}.csv"] = cells.to_csv(index=False).encode("utf-8", errors="replace")
    for file in files:
        check_apart(file, [labels])
    write_files(files)
    total = counted.total
    typer.echo(visible(f"{total.paragraphs:,} paragraphs of {total.articles:,} articles → {target}"), err=True)


def page_of(labels: Path) -> Path:
    """Where the page of a file of labels is written, if nothing else is said: beside it, by its name."""
    return labels.with_name(_KNOWN.sub("", labels.name) + ".html")
