"""The model folder: weights as safetensors, a manifest, and a card. Loading it runs no code of its own.

Format 2 (1 was none of a release):
    manifest.json         format, version, label set, parameters, thresholds, training data, scores, file hashes
    domains.safetensors   `ContextDomainClassifier.to_arrays`
    partners.safetensors  `PartnerResolver.to_arrays`
    encoder.onnx          the transformer of an accurate model, int8; tokenizer.json: its tokenizer
    golden.json           what the model says of a few articles, for `communique selftest`; no part of the hash
    README.md             the card, written by the training run
To change the format: raise `FORMAT`, keep reading the old one, and add a folder of it to tests/models.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from communique.domains.context import ContextDomainClassifier
from communique.encoder.model import Encoder
from communique.errors import ModelError
from communique.folder import (
    DOMAINS_FILE,
    ENCODER_FILES,
    FORMAT,
    LIMITS,
    MANIFEST,
    PARTNERS_FILE,
    ModelFiles,
    digest_of,
    read_folder,
)
from communique.hub import download, is_hub_id
from communique.partners.evidence import columns
from communique.partners.resolve import PartnerResolver
from communique.writing import write_files

#: The models that the package ships, and the one that is meant where none is named.
SHIPPED = ("fast", "accurate")
DEFAULT = "accurate"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A trained model: its two estimators and what is known of how they came about.

    name: the model's name or its folder's, with the first eight digits of the hash. review_below: a paragraph whose
    labels are less likely than this to be all right, by the model's own probabilities, is flagged. folder: where it was
    read from.
    """

    name: str
    domains: ContextDomainClassifier
    partners: PartnerResolver
    review_below: float
    manifest: Mapping[str, Any]
    encoder: Encoder | None = None
    folder: Path | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The domains, in the order of their scores."""
        return tuple(self.domains.first_.labels)


def load_bundle(model: str | Path | None = None, *, name: str | None = None, threads: int = 0) -> Bundle:
    """Read a model: one that the package ships ("fast", "accurate"; None or "default" for the default one), a folder, or one on the Hugging Face Hub.

    name: of the bundle, if it is not to be the model's. threads: of a transformer, 0 for as many as there are cores.
    The network is reached for a Hub id ("org/name") and nothing else. Raises `ModelError` where the model is missing, of
    another format, or not as it was saved.
    """
    folder, label = _find(model)
    found = read_folder(folder)
    name = name or f"{label}-{found.manifest['hash'][:8]}"
    try:
        return _bundle(found, name=name, folder=folder, threads=threads)
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        reason = error if isinstance(error, ValueError) else repr(error)
        raise ModelError(f"{folder}: not a model that this version reads ({reason}); copy or train it again") from error


def _bundle(found: ModelFiles, *, name: str, folder: Path, threads: int) -> Bundle:
    """The model of a folder's files. Raises `ValueError` and the like where they are none of one model."""
    manifest, labels = found.manifest, found.manifest["labels"]
    encoder = None
    if ENCODER_FILES[0] in found.data:
        encoder = Encoder.from_bytes(*(found.data[file] for file in ENCODER_FILES), threads=threads)
        if encoder.labels != len(labels):
            raise ValueError(f"expected a transformer of {len(labels)} domains, got one of {encoder.labels}")
    gathered = columns(labels, encoder=encoder is not None)
    if unknown := [column for column in manifest["evidence"] if column not in gathered]:
        raise ValueError(f"trained on evidence that this version does not gather: {', '.join(unknown)}")
    parameters = manifest["parameters"]
    if parameters["domains"]["first__labels"] != labels:
        raise ValueError(f"expected parameters of {', '.join(labels)}, got others")
    arrays = {file: _arrays(file, found.data[file]) for file in (DOMAINS_FILE, PARTNERS_FILE)}
    return Bundle(
        name=name,
        domains=ContextDomainClassifier.from_arrays(
            arrays[DOMAINS_FILE], parameters["domains"], encoder=encoder is not None
        ),
        partners=PartnerResolver.from_arrays(
            arrays[PARTNERS_FILE],
            parameters["partners"],
            places=[gathered.index(column) for column in manifest["evidence"]],  # later versions may gather more
        ),
        review_below=float(manifest["review_below"]),
        manifest=manifest,
        encoder=encoder,
        folder=folder,
    )


def _find(model: str | Path | None) -> tuple[Path, str]:
    name = DEFAULT if model is None or str(model) == "default" else str(model)
    if name in SHIPPED:
        return Path(str(files("communique"))) / "models" / name, name
    if is_hub_id(name):
        return download(name), name
    return Path(name), Path(name).resolve().name


def _arrays(name: str, data: bytes) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return dict(load(data))
    except SafetensorError as error:
        raise ValueError(f"{name}: {error}") from error


def thresholds_of(domains: ContextDomainClassifier, partners: PartnerResolver) -> dict[str, Any]:
    """The thresholds as a manifest has them."""
    return {
        "domains": dict(zip(domains.first_.labels, (round(float(t), 4) for t in domains.thresholds_), strict=True)),
        "partners": round(partners.threshold_, 4),
    }


def save_bundle(
    folder: Path,
    *,
    domains: ContextDomainClassifier,
    partners: PartnerResolver,
    review_below: float,
    facts: Mapping[str, Any],
    encoder: Path | None = None,
) -> dict[str, Any]:
    """Write a model folder and return its manifest; `facts` (data, scores, library versions) go into it as they are.

    encoder: the folder that has an encoder's files; None for a model without one. The hash covers weights and parameters
    alone, so that the same data and seed give the same hash. A model that stood there is lost only when this one is safe.
    """
    from safetensors.numpy import save

    written = {DOMAINS_FILE: save(domains.to_arrays()), PARTNERS_FILE: save(partners.to_arrays())}
    of_encoder = {name: (encoder / name).read_bytes() for name in ENCODER_FILES} if encoder else {}
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "labels": list(domains.first_.labels),
        "parameters": {"domains": domains.parameters(), "partners": partners.get_params()},
        "thresholds": thresholds_of(domains, partners),
        "evidence": columns(domains.first_.labels, encoder=encoder is not None),
        "review_below": review_below,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in {**written, **of_encoder}.items()},
    }
    manifest = {**manifest, "hash": digest_of(manifest), **facts}
    write_files({folder / name: data for name, data in {**written, **of_encoder, MANIFEST: as_json(manifest)}.items()})
    for name in set(LIMITS) - set(manifest["files"]) - {MANIFEST}:  # of a model that stood here before
        (folder / name).unlink(missing_ok=True)
    return manifest


def as_json(value: Any) -> bytes:
    """A value as the JSON files of a model folder have it."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
