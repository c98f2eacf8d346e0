"""The command's door: registers the commands, and turns errors raised on purpose into one line and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from communique.cli import evaluate, info, predict, report, train
from communique.errors import CommuniqueError
from communique.version import __version__

app = typer.Typer(
    name="communique",
    help="Which fields a country cooperates with others in, and with whom, paragraph by paragraph of a news article.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("predict")(predict.predict)
app.command("evaluate")(evaluate.evaluate)
app.command("train")(train.train)
app.command("report")(report.report)
app.command("info")(info.info)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"communique {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command. Exit 0: all done; 1: some inputs failed; 2: wrong usage."""
    try:
        app()
    except CommuniqueError as error:
        print(f"communique: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output went away: "communique predict … | head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"communique: {place}{error.strerror or error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("communique: interrupted", file=sys.stderr)
        sys.exit(130)
    except Exception as error:  # a fault of ours: one line, unless someone is looking for it
        if os.environ.get("COMMUNIQUE_DEBUG"):
            raise
        print(
            f"communique: internal error ({type(error).__name__}: {error}); set COMMUNIQUE_DEBUG=1 to see where",
            file=sys.stderr,
        )
        sys.exit(1)
