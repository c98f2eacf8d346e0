"""The command's door: registers the commands, and turns errors raised on purpose into one line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from communique.cli import evaluate, info, predict, report, selftest, train
from communique.errors import CommuniqueError, FaultsError
from communique.terminal import visible
from communique.version import __version__

app = typer.Typer(
    name="communique",
    help="Which fields a country cooperates with others in, and with whom, paragraph by paragraph of a news article.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _interruptible(command: Callable[..., None]) -> Callable[..., None]:
    """The command; Control-C ends it with a word and exit code 130, in whatever version of typer."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt as error:
            print("communique: interrupted", file=sys.stderr)
            raise typer.Exit(130) from error

    return run


for _command in (predict.predict, evaluate.evaluate, train.train, report.report, info.info, selftest.selftest):
    app.command(_command.__name__)(_interruptible(_command))


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
        shown = (
            str(error) if isinstance(error, FaultsError) else visible(str(error))
        )  # faults stand on lines of their own
        print(f"communique: {shown}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output went away: "communique predict … | head"
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"communique: {visible(f'{place}{error.strerror or error}')}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("communique: interrupted", file=sys.stderr)
        sys.exit(130)
    except Exception as error:  # a fault of ours: one line, unless someone is looking for it
        if os.environ.get("COMMUNIQUE_DEBUG"):
            raise
        print(
            f"communique: internal error ({visible(f'{type(error).__name__}: {error}')}); set COMMUNIQUE_DEBUG=1 to see where",
            file=sys.stderr,
        )
        sys.exit(1)
