"""`communique info`: what a model is and came from."""

from __future__ import annotations

from typing import Annotated

import typer


def info(
    model: Annotated[
        str, typer.Option(help="A model: accurate (the default), fast (for archives), a folder, or a Hub id.")
    ] = "default",
) -> None:
    """Show a model's manifest: hash, training data, thresholds, scores."""
    import json

    from communique.bundle import load_bundle
    from communique.terminal import visible
    from communique.version import __version__

    bundle = load_bundle(model)
    shown = {"communique": __version__, "name": bundle.name, **bundle.manifest}
    for line in json.dumps(shown, indent=2, ensure_ascii=False).splitlines():
        typer.echo(visible(line))
