"""`communique train`: train a model folder from coded articles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def train(
    data: Annotated[Path, typer.Argument(help="A folder of coded articles (JSONL), or one file.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The model folder to write.")],
    backend: Annotated[
        str,
        typer.Option(
            help="fast (minutes), or accurate: a fine-tuned transformer beside it (hours; needs the finetune extra)."
        ),
    ] = "fast",
    base: Annotated[
        str | None,
        typer.Option(
            help="The encoder that accurate starts from: a folder or a Hugging Face Hub id (multilingual-e5-small)."
        ),
    ] = None,
    layers: Annotated[int | None, typer.Option(min=1, help="Layers of it that are kept (12).")] = None,
    frozen: Annotated[int | None, typer.Option(min=0, help="The lowest of these that stay as they are (6).")] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Rounds over the data, the lowest layers frozen (3).")
    ] = None,
    thawed: Annotated[int | None, typer.Option(min=0, help="Further rounds in which all layers learn (1).")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
) -> None:
    """Train a model on coded articles and write it as a folder. An interrupted run goes on where it was."""
    from communique.training.finetune import EncoderOptions
    from communique.training.fit import TrainingOptions
    from communique.training.fit import train as fit

    if backend not in ("fast", "accurate"):
        raise typer.BadParameter(f"expected fast or accurate, got {backend!r}", param_hint="--backend")
    asked: dict[str, Any] = {"base": base, "layers": layers, "frozen": frozen, "epochs": epochs, "thawed": thawed}
    given = {name: value for name, value in asked.items() if value is not None}
    if given and backend == "fast":
        raise typer.BadParameter(
            "is for --backend accurate; add it, or leave this out", param_hint=f"--{next(iter(given))}"
        )
    if frozen == 0 and thawed:
        raise typer.BadParameter("no layer is frozen; leave this out", param_hint="--thawed")
    encoder = EncoderOptions(**given, seed=seed) if backend == "accurate" else None
    manifest = fit(data, output, options=TrainingOptions(seed=seed, encoder=encoder))
    scores = manifest["held_out"]
    typer.echo(f"{output}: model {manifest['hash'][:8]} from {manifest['data']['articles']:,} articles", err=True)
    typer.echo(
        f"held out: domains macro-F1 {scores['domains_macro_f1']:.3f}, partners F1 {scores['partners_f1']:.3f}",
        err=True,
    )
