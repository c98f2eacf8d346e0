"""What a model said of a few articles when it was made, kept in its folder, and whether it still says so.

Another version of a library, or another processor, may change what the same weights give. A score may move by the
tolerance that the file states; and a label with it, where the score was that near to its threshold.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from communique.bundle import Bundle, as_json, load_bundle
from communique.errors import ModelError
from communique.folder import GOLDEN, MANIFEST, read_folder
from communique.labeler import Labeler
from communique.reading.plain import read_text
from communique.writing import write_files

#: How far a probability may move: more than rounding does, less than another computation (docs/trust.md has both).
TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the check of a model found.

    paragraphs: how many were judged again. differences: a line for each that has changed. libraries: a line for each that
    is another one than the model was made with.
    """

    model: str
    paragraphs: int
    differences: tuple[str, ...]
    libraries: tuple[str, ...]


def add_golden(folder: Path) -> dict[str, Any]:
    """Write what the model in `folder` says of the articles of golden.jsonl beside it; return the manifest that names it."""
    bundle = load_bundle(folder)
    lines = files("communique").joinpath("golden.jsonl").read_text("utf-8").splitlines()
    articles = [{**article, "paragraphs": _said(bundle, article)} for article in map(json.loads, lines)]
    golden = as_json({"tolerance": TOLERANCE, "articles": articles})
    listed = {**bundle.manifest["files"], GOLDEN: hashlib.sha256(golden).hexdigest()}
    manifest = {**bundle.manifest, "files": listed}
    write_files({folder / GOLDEN: golden, folder / MANIFEST: as_json(manifest)})
    return manifest


def check_golden(model: str | Path | None = None) -> Outcome:
    """Ask a model again what it was asked when it was made. Raises `ModelError` where it is none, or kept no answers."""
    bundle = load_bundle(model)
    data = read_folder(bundle.folder).data.get(GOLDEN) if bundle.folder else None
    if data is None:
        raise ModelError(f"{bundle.name}: keeps no {GOLDEN} to be compared with; train the model again")
    try:
        golden = json.loads(data)
        paragraphs = sum(len(article["paragraphs"]) for article in golden["articles"])
        differences = tuple(
            f"{article['id']}, paragraph {index}: {difference}"
            for article in golden["articles"]
            for index, difference in _differences(article["paragraphs"], _said(bundle, article), golden["tolerance"])
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{bundle.name}: expected a {GOLDEN} as a training run writes it, got {error!r}") from error
    return Outcome(bundle.name, paragraphs, differences, tuple(_other_libraries(bundle.manifest.get("libraries"))))


def _said(bundle: Bundle, article: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The labels and scores of an article's body paragraphs."""
    labelled = Labeler(bundle, home=article["home"]).label(read_text(article["text"], id=article["id"]))
    return [
        {
            "domains": list(p.domains),
            "partners": list(p.partners),
            "named": list(p.named),
            "domain_scores": dict(p.domain_scores),
            "partner_scores": dict(p.partner_scores),
        }
        for p in labelled.body
    ]


def _differences(
    before: list[dict[str, Any]], now: list[dict[str, Any]], tolerance: float
) -> Iterator[tuple[int, str]]:
    """What has changed of an article, each with the number of its paragraph."""
    if len(before) != len(now):
        yield min(len(before), len(now)), f"{len(now)} body paragraphs, were {len(before)}"
    for index, (old, new) in enumerate(zip(before, now, strict=False)):
        for labels in ("domains", "partners"):
            scores, were = new[f"{labels[:-1]}_scores"], old[f"{labels[:-1]}_scores"]
            for label in sorted({*scores, *were}):
                score, was = scores.get(label, 0.0), were.get(label, 0.0)
                if not abs(score - was) <= tolerance:
                    change = (label in new[labels]) - (label in old[labels])
                    yield index, f"{label} {score:.3f}, was {was:.3f}{_CHANGES[change]}"
        both = set(old["partners"]) & set(new["partners"])
        for code in sorted((set(old["named"]) ^ set(new["named"])) & both):
            yield index, f"{code} is {'named' if code in new['named'] else 'carried'}, was not"


_CHANGES = {0: "", 1: " (now a label)", -1: " (no label any more)"}


#: Asked for by training alone: no label hangs on them, and a core installation lacks them.
_OF_TRAINING = frozenset({"scikit-learn", "scipy"})


def _other_libraries(made_with: Any) -> Iterator[str]:
    """The libraries that labels hang on whose version is another one than the model was made with."""
    for name, number in (made_with if isinstance(made_with, dict) else {}).items():
        if name in _OF_TRAINING:
            continue
        try:
            here = version(name)
        except PackageNotFoundError:
            here = "missing"
        if here != number:
            yield f"{name} {here}, was {number}"


if __name__ == "__main__":
    for _folder in sys.argv[1:]:
        add_golden(Path(_folder))
