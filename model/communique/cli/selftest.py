"""`communique selftest`: whether models say here what they said when they were made."""

from __future__ import annotations

from typing import Annotated

import typer


def selftest(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            help="Models by name, folder or Hub id. Default: those that the package ships.", metavar="[MODEL]..."
        ),
    ] = None,
) -> None:
    """Ask models again what they were asked when they were made: after an upgrade, or on another machine."""
    from communique.bundle import SHIPPED
    from communique.golden import check_golden
    from communique.terminal import visible

    changed = False
    for model in models or SHIPPED:
        outcome = check_golden(model)
        lines = [*outcome.differences, *(outcome.libraries if outcome.differences else ())]
        verdict = f"{len(outcome.differences)} differences" if outcome.differences else "as when it was made"
        typer.echo(visible(f"{outcome.model}: {outcome.paragraphs} paragraphs, {verdict}"))
        for line in lines:
            typer.echo(visible(f"  {line}"))
        changed = changed or bool(outcome.differences)
    if changed:
        raise typer.Exit(1)
