"""The model folder: weights as safetensors, a manifest, and a card. Loading it runs no code of its own.

Format 1:
    manifest.json         format, version, label set, parameters, thresholds, training data, scores, file hashes
    domains.safetensors   `ContextDomainClassifier.to_arrays`
    partners.safetensors  `PartnerResolver.to_arrays`
    encoder.onnx          the transformer of an accurate model, int8; tokenizer.json: its tokenizer
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
from communique.hub import download, is_hub_id
from communique.partners.evidence import columns
from communique.partners.resolve import PartnerResolver

FORMAT = 1
MANIFEST, DOMAINS_FILE, PARTNERS_FILE, CARD = (
    "manifest.json",
    "domains.safetensors",
    "partners.safetensors",
    "README.md",
)
ENCODER_FILES = ("encoder.onnx", "tokenizer.json")
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
    another format, or its files are not those it was saved with.
    """
    folder, label = _find(model)
    manifest = _read_manifest(folder)
    arrays = {name: _read_arrays(folder / name, manifest) for name in (DOMAINS_FILE, PARTNERS_FILE)}
    encoder = [_read_bytes(folder / name, manifest) for name in ENCODER_FILES if name in manifest.get("files", {})]
    try:
        return Bundle(
            name=name or f"{label}-{manifest['hash'][:8]}",
            domains=ContextDomainClassifier.from_arrays(arrays[DOMAINS_FILE], manifest["parameters"]["domains"]),
            partners=PartnerResolver.from_arrays(arrays[PARTNERS_FILE], manifest["parameters"]["partners"]),
            review_below=float(manifest["review_below"]),
            manifest=manifest,
            encoder=Encoder.from_bytes(*encoder, threads=threads) if encoder else None,
            folder=folder,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder}: the model folder is damaged ({error!r}); train or copy it again") from error


def _find(model: str | Path | None) -> tuple[Path, str]:
    name = DEFAULT if model is None or str(model) == "default" else str(model)
    if name in SHIPPED:
        return Path(str(files("communique"))) / "models" / name, name
    if is_hub_id(name):
        return download(name), name
    return Path(name), Path(name).resolve().name


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelError(f"{folder}: no model here (expected {MANIFEST}); give a folder that `communique train` wrote")
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(f"{path}: broken JSON ({error}); copy the model folder again") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise ModelError(f"{folder}: model format {found!r}, this version reads {FORMAT}; update communique or retrain")
    encoder = ENCODER_FILES[0] in manifest.get("files", {})
    if list(manifest.get("evidence", ())) != columns(manifest.get("labels", ()), encoder=encoder):
        raise ModelError(f"{folder}: trained on other evidence than this version gathers; retrain the model")
    return manifest


def _read_bytes(path: Path, manifest: Mapping[str, Any]) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; copy the model folder again") from error
    if hashlib.sha256(data).hexdigest() != manifest.get("files", {}).get(path.name):
        raise ModelError(f"{path}: not the file that the manifest was written for; copy the model folder again")
    return data


def _read_arrays(path: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    data = _read_bytes(path, manifest)
    try:
        return dict(load(data))
    except SafetensorError as error:
        raise ModelError(f"{path}: {error}; copy the model folder again") from error


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
    encoder: bool = False,
) -> dict[str, Any]:
    """Write a model folder and return its manifest; `facts` (data, scores, library versions) go into it as they are.

    An encoder's files are those that stand in the folder already. The hash covers weights and parameters alone, so that
    the same data and seed give the same hash.
    """
    from safetensors.numpy import save

    folder.mkdir(parents=True, exist_ok=True)
    digests = {}
    for name, arrays in ((DOMAINS_FILE, domains.to_arrays()), (PARTNERS_FILE, partners.to_arrays())):
        data = save(arrays)
        (folder / name).write_bytes(data)
        digests[name] = hashlib.sha256(data).hexdigest()
    if encoder:
        digests |= {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ENCODER_FILES}
    core = {
        "format": FORMAT,
        "labels": list(domains.first_.labels),
        "parameters": {"domains": domains.parameters(), "partners": partners.get_params()},
        "thresholds": thresholds_of(domains, partners),
        "evidence": columns(domains.first_.labels, encoder=encoder),
        "review_below": review_below,
        "files": digests,
    }
    digest = hashlib.sha256(json.dumps(core, sort_keys=True).encode("utf-8")).hexdigest()
    manifest = {**core, "hash": digest, **facts}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest
