"""`communique predict`: label articles."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from communique.errors import CommuniqueError, InputError
from communique.terminal import visible

if TYPE_CHECKING:
    from communique.batch.journal import Done
    from communique.batch.run import MakeEngine
    from communique.labeler import Labeler
    from communique.records import Article


def predict(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Text, HTML, JSONL, CSV or Parquet files (.gz, .zst), folders of them, or - for standard input: JSON lines, CSV, a page, or one text.",
            metavar="[PATH]...",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write here instead of to standard output.")
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            help="table, jsonl, csv or parquet. Default: by the output's name; else a table on a terminal, JSON lines in a pipe."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help="A model: accurate (the default), fast (for archives), a folder, or a Hub id.")
    ] = "default",
    home: Annotated[str, typer.Option(help="The country whose cooperation is tracked, ISO 3166-1 alpha-3.")] = "VNM",
    keep_boilerplate: Annotated[
        bool, typer.Option("--keep-boilerplate", help="Write rows for boilerplate too.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j",
            "--jobs",
            min=1,
            help="Processes that label, for the fast model: the accurate one uses all cores in one. Default: one; on a Ray cluster all its cores.",
        ),
    ] = None,
    engine: Annotated[str, typer.Option(help="local, or ray: on a Ray cluster (needs the ray extra).")] = "local",
    address: Annotated[
        str | None, typer.Option(help="The address of the Ray cluster. Default: one is started on this machine.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was interrupted.")] = False,
    failed: Annotated[
        Path | None,
        typer.Option(help="Label only what an earlier run failed on: its .failures.jsonl, in place of PATH."),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Show no progress and no summary.")] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Print what each label rests on, in place of the rows: a page to read, or with --format jsonl JSON.",
        ),
    ] = False,
    text_column: Annotated[str, typer.Option(help="Name of the text column in tables and JSON lines.")] = "text",
    id_column: Annotated[str, typer.Option(help="Name of the id column.")] = "id",
    title_column: Annotated[str, typer.Option(help="Name of the title column.")] = "title",
    date_column: Annotated[str, typer.Option(help="Name of the date column.")] = "date",
    home_column: Annotated[str, typer.Option(help="Name of the column with each article's home country.")] = "home",
    encoding: Annotated[str, typer.Option(help="Encoding of text inputs.")] = "utf-8",
    max_bytes: Annotated[int, typer.Option(min=1, help="Largest article read, in bytes.")] = 20_000_000,
    max_characters: Annotated[int, typer.Option(min=1, help="Longest article read, in characters.")] = 1_000_000,
    max_paragraphs: Annotated[int, typer.Option(min=1, help="Most paragraphs of an article read.")] = 10_000,
    max_expansion: Annotated[
        int, typer.Option(min=1, help="How many times its size a compressed file may grow (beyond --max-bytes).")
    ] = 200,
) -> None:
    """Label every paragraph of the articles in PATH with domains and partners."""
    from communique import load
    from communique.batch.formats import FORMATS
    from communique.batch.journal import failures_of
    from communique.batch.run import BatchOptions, label_files
    from communique.reading.sources import read_paths
    from communique.reading.tables import ReadOptions

    chosen = format or _format_of(output)
    _refuse(
        (chosen not in FORMATS, f"expected one of {', '.join(FORMATS)}, got {chosen!r}", "--format"),
        (engine not in ("local", "ray"), f"expected local or ray, got {engine!r}", "--engine"),
        (address is not None and engine != "ray", "is for --engine ray", "--address"),
        (failed is not None and (bool(paths) or explain), "goes without PATH and without --explain", "--failed"),
        (resume and output is None, "goes on with a file; name it with -o", "--resume"),
        (
            explain and (output is not None or chosen not in ("table", "jsonl")),
            "goes to standard output, as table or jsonl",
            "--explain",
        ),
        (
            not paths and failed is None and sys.stdin.isatty(),
            "expected a file, a folder, or - for standard input",
            "PATH",
        ),
    )
    paths = paths or ([] if failed else ["-"])
    read = ReadOptions(
        text_column, id_column, title_column, date_column, home_column, encoding,
        max_bytes, max_characters, max_paragraphs, max_expansion,
    )  # fmt: skip
    labeler = load(model, home=home)
    if explain:
        if not _explain(labeler, read_paths(paths, options=read), chosen, _report):
            raise typer.Exit(1)
        return
    options = BatchOptions(chosen, read, keep_boilerplate, jobs or 1, resume, quiet, failed)
    try:
        done = label_files(
            labeler, paths, output, options=options, on_failure=_report, on_repeated=_repeated,
            engine=_ray_engine(jobs, address) if engine == "ray" else None,
        )  # fmt: skip
    except (KeyboardInterrupt, OSError) as error:
        if output is None:
            raise
        raise typer.Exit(_interrupted(error, from_input=paths == ["-"])) from error
    if output is not None and not quiet:
        typer.echo(visible(_summary(done, output)), err=True)
    if done.failures or (output is not None and not done.items and failures_of(output).exists()):
        raise typer.Exit(1)


def _refuse(*rules: tuple[bool, str, str]) -> None:
    """Stop at the first rule that is broken: (is it, what to do, which option)."""
    for broken, message, hint in rules:
        if broken:
            raise typer.BadParameter(message, param_hint=hint)


def _report(failure: InputError) -> None:
    _say(str(failure))


def _repeated(id: str) -> None:
    _say(f"more than one article has the id {id!r}; all are labelled")


def _interrupted(error: BaseException, *, from_input: bool) -> int:
    """Say why the run ended and how to go on; return the exit code."""
    reason = error.strerror or error if isinstance(error, OSError) else "interrupted"
    if from_input:
        _say(f"{reason}; standard input cannot be read again: start again, from a file if it is long")
    else:
        _say(f"{reason}; what is done is kept: go on with the same command and --resume")
    return 130 if isinstance(error, KeyboardInterrupt) else 1


def _say(message: str) -> None:
    """On standard error; where nobody listens any more, the run goes on."""
    with suppress(BrokenPipeError):
        typer.echo(f"communique: {visible(message)}", err=True)


def _summary(done: Done, output: Path) -> str:
    from communique.batch.journal import failures_of

    if not done.complete:
        return f"{output} is finished; leave out --resume to label again"
    if not done.items:
        return f"no article in the input; {output} has no rows"
    bodiless = f" ({done.bodiless:,} without a paragraph of body)" if done.bodiless else ""
    failed = f", {done.failures:,} failed (listed in {failures_of(output).name})" if done.failures else ""
    return f"{done.articles:,} articles{bodiless}, {done.paragraphs:,} paragraphs{failed} → {output}"


def _ray_engine(jobs: int | None, address: str | None) -> MakeEngine:
    from communique.distributed import RayEngine

    return lambda labeler, job: RayEngine(labeler, job, jobs, address)


def _explain(
    labeler: Labeler, source: Iterable[Article | InputError], format: str, report: Callable[[InputError], None]
) -> bool:
    """Print an explanation of every body paragraph; whether all inputs could be read."""
    from rich.console import Console
    from rich.markup import escape

    from communique.explain import explain

    console = Console(highlight=False, soft_wrap=True)
    whole = True
    for item in source:
        if isinstance(item, InputError):
            whole = False
            report(item)
            continue
        for index, explanation in enumerate(explain(labeler, item)):
            if format == "jsonl":
                typer.echo(
                    json.dumps({"article": item.id, "body_paragraph": index, **asdict(explanation)}, ensure_ascii=False)
                )
                continue
            console.print(f"\n[bold]{escape(visible(item.id))}[/bold]  {escape(visible(explanation.text))}")
            for label, score, reasons in explanation.ranked():
                shown = ", ".join(f"{escape(visible(reason.what))} {reason.change:+.1f}" for reason in reasons)
                console.print(f"  {label:14} {score:.2f}  [dim]{shown}[/dim]")
    return whole


def _format_of(output: Path | None) -> str:
    if output is None:
        return "table" if sys.stdout.isatty() else "jsonl"
    suffix = output.suffix.lower().lstrip(".")
    known = {"jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv", "parquet": "parquet", "txt": "table"}
    if suffix not in known:
        raise CommuniqueError(f"{output}: expected a name that ends in .jsonl, .csv, .parquet or .txt, or --format")
    return known[suffix]
