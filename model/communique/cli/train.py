"""`communique train`: train a model folder from coded articles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    data: Annotated[Path, typer.Argument(help="A folder of coded articles (JSONL), or one file.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The model folder to write.")],
    seed: Annotated[int, typer.Option(help="Seed of every shuffle.")] = 0,
) -> None:
    """Train a model on coded articles and write it as a folder."""
    from communique.training.fit import TrainingOptions
    from communique.training.fit import train as fit

    manifest = fit(data, output, options=TrainingOptions(seed=seed))
    scores = manifest["held_out"]
    typer.echo(f"{output}: model {manifest['hash'][:8]} from {manifest['data']['articles']:,} articles", err=True)
    typer.echo(
        f"held out: domains macro-F1 {scores['domains_macro_f1']:.3f}, partners F1 {scores['partners_f1']:.3f}",
        err=True,
    )
